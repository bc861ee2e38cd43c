#include "store/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* right behind this struct */
};

static struct {
    pthread_mutex_t lock;
    unsigned kinds;
    int64_t nth, calls, hits;
    int code;
    bool lasting;
} plan = {.lock = PTHREAD_MUTEX_INITIALIZER};

static sqlite3_vfs fault_vfs;
static sqlite3_vfs *real_vfs;
static sqlite3_mem_methods real_memory;

/* SQLITE_OK, or the code that this call fails with. */
static int strike(unsigned kind)
{
    int code = SQLITE_OK;

    pthread_mutex_lock(&plan.lock);
    if (plan.kinds & kind) {
        plan.calls++;
        if (plan.calls == plan.nth || (plan.lasting && plan.calls > plan.nth)) {
            plan.hits++;
            code = plan.code;
        }
    }
    pthread_mutex_unlock(&plan.lock);
    return code;
}

void fault_arm(unsigned kinds, int64_t nth, int code, bool lasting)
{
    pthread_mutex_lock(&plan.lock);
    plan.kinds = kinds;
    plan.nth = nth;
    plan.calls = plan.hits = 0;
    plan.code = code;
    plan.lasting = lasting;
    pthread_mutex_unlock(&plan.lock);
}

int64_t fault_disarm(int64_t *ret_calls)
{
    pthread_mutex_lock(&plan.lock);
    int64_t hits = plan.hits;
    if (ret_calls)
        *ret_calls = plan.calls;
    plan.kinds = 0;
    pthread_mutex_unlock(&plan.lock);
    return hits;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)(void *)file)->real;
}

#define REAL(file) (real_of(file)->pMethods)

static int file_close(sqlite3_file *file)
{
    return REAL(file)->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *at, int n, sqlite3_int64 offset)
{
    int code = strike(FAULT_READ);

    return code ? code : REAL(file)->xRead(real_of(file), at, n, offset);
}

static int file_write(sqlite3_file *file, const void *at, int n, sqlite3_int64 offset)
{
    int code = strike(FAULT_WRITE);

    if (!code)
        return REAL(file)->xWrite(real_of(file), at, n, offset);
    REAL(file)->xWrite(real_of(file), at, n / 2, offset);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = strike(FAULT_SIZE);

    return code ? code : REAL(file)->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int code = strike(FAULT_SYNC);

    return code ? code : REAL(file)->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    int code = strike(FAULT_SIZE);

    return code ? code : REAL(file)->xFileSize(real_of(file), ret_size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return REAL(file)->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return REAL(file)->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *ret_lock)
{
    return REAL(file)->xCheckReservedLock(real_of(file), ret_lock);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    return REAL(file)->xFileControl(real_of(file), op, arg);
}

static int file_sector(sqlite3_file *file)
{
    return REAL(file)->xSectorSize(real_of(file));
}

static int file_device(sqlite3_file *file)
{
    return REAL(file)->xDeviceCharacteristics(real_of(file));
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
    int code = strike(FAULT_SHM_MAP);

    return code ? code : REAL(file)->xShmMap(real_of(file), page, size, extend, ret);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    /* Only taking a lock can fail. */
    int code = flags & SQLITE_SHM_LOCK ? strike(FAULT_SHM_LOCK) : SQLITE_OK;

    return code ? code : REAL(file)->xShmLock(real_of(file), offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    REAL(file)->xShmBarrier(real_of(file));
}

static int shm_unmap(sqlite3_file *file, int erase)
{
    return REAL(file)->xShmUnmap(real_of(file), erase);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    struct fault_file *f = (struct fault_file *)(void *)file;
    int code = strike(FAULT_OPEN);

    (void)vfs;
    f->base.pMethods = NULL;
    f->real = (sqlite3_file *)(void *)(f + 1);
    if (!code)
        code = real_vfs->xOpen(real_vfs, name, f->real, flags, ret_flags);
    if (!code)
        f->base.pMethods = &methods;
    return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    int code = strike(FAULT_DELETE);

    (void)vfs;
    return code ? code : real_vfs->xDelete(real_vfs, name, sync_folder);
}

static void *memory_malloc(int n)
{
    return strike(FAULT_MEMORY) ? NULL : real_memory.xMalloc(n);
}

static void *memory_realloc(void *at, int n)
{
    return strike(FAULT_MEMORY) ? NULL : real_memory.xRealloc(at, n);
}

void fault_install(void)
{
    sqlite3_mem_methods memory;

    if (real_vfs)
        return;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    memory = real_memory;
    memory.xMalloc = memory_malloc;
    memory.xRealloc = memory_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) || sqlite3_initialize()) {
        fputs("fault_install: SQLite is in use already\n", stderr);
        abort();
    }
    real_vfs = sqlite3_vfs_find(NULL);
    fault_vfs = *real_vfs;
    fault_vfs.zName = "fault";
    fault_vfs.pNext = NULL;
    fault_vfs.szOsFile += (int)sizeof(struct fault_file);
    fault_vfs.xOpen = open_file;
    fault_vfs.xDelete = delete_file;
    sqlite3_vfs_register(&fault_vfs, 1);
}
