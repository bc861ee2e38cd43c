#include "search/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

int (*index_fault)(const char *what);

static bool faulty(const char *what)
{
    int error = index_fault ? index_fault(what) : 0;

    if (error)
        errno = error;
    return error != 0;
}

static bool write_all(int fd, const uint8_t *at, size_t n)
{
    if (faulty("write")) {
        /* As a full disk does: a part of it is there. */
        ssize_t part = write(fd, at, n / 2);
        (void)part;
        return false;
    }
    while (n) {
        ssize_t written = write(fd, at, n);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        n -= (size_t)written;
    }
    return true;
}

static int open_new(const char *path)
{
    if (faulty("open"))
        return -1;
    return open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
}

static bool sync_file(int fd)
{
    return !faulty("fsync") && fsync(fd) == 0;
}

uint32_t page_sum(const uint8_t *page, size_t n)
{
    return (uint32_t)XXH3_64bits(page, n);
}

bool out_begin(struct out *out, const char *path)
{
    *out = (struct out){.fd = open_new(path), .page = malloc(PAGE)};
    out->failed = out->fd < 0 || !out->page;
    return !out->failed;
}

static void flush_page(struct out *out)
{
    if (out->n_sums == out->sums_capacity) {
        size_t capacity = out->sums_capacity * 2 + 64;
        uint32_t *sums = realloc(out->sums, capacity * sizeof *sums);
        if (!sums) {
            out->failed = true;
            return;
        }
        out->sums = sums;
        out->sums_capacity = capacity;
    }
    out->sums[out->n_sums++] = page_sum(out->page, out->used);
    if (!write_all(out->fd, out->page, out->used))
        out->failed = true;
    out->used = 0;
}

void out_bytes(struct out *out, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    while (n && !out->failed) {
        size_t part = PAGE - out->used < n ? PAGE - out->used : n;

        memcpy(out->page + out->used, at, part);
        out->used += part;
        out->at += part;
        at += part;
        n -= part;
        if (out->used == PAGE)
            flush_page(out);
    }
}

void out_align(struct out *out, size_t to)
{
    static const uint8_t zeroes[64];

    if (out->at % to)
        out_bytes(out, zeroes, to - out->at % to);
}

void out_page_end(struct out *out)
{
    if (out->used && !out->failed) {
        size_t rest = PAGE - out->used;
        memset(out->page + out->used, 0, rest);
        out->used = PAGE;
        out->at += rest;
        flush_page(out);
    }
}

bool out_end(struct out *out, bool sync)
{
    bool fine = !out->failed;

    if (fine && out->used)
        fine = write_all(out->fd, out->page, out->used);
    if (fine && sync)
        fine = sync_file(out->fd);
    if (out->fd >= 0 && close(out->fd) != 0)
        fine = false;
    free(out->page);
    free(out->sums);
    *out = (struct out){.fd = -1, .failed = true};
    return fine;
}

bool file_replace(const char *path, const void *bytes, size_t n)
{
    char temporary[PATH_BYTES + 8];

    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    int fd = open_new(temporary);
    if (fd < 0)
        return false;
    bool fine = write_all(fd, bytes, n) && sync_file(fd);
    if (close(fd) != 0)
        fine = false;
    if (fine)
        fine = !faulty("rename") && rename(temporary, path) == 0;
    if (!fine)
        unlink(temporary);
    return fine;
}

bool folder_sync(const char *folder)
{
    if (faulty("fsync-folder"))
        return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool fine = fsync(fd) == 0;
    close(fd);
    return fine;
}

bool file_remove(const char *path)
{
    return !faulty("unlink") && (unlink(path) == 0 || errno == ENOENT);
}

uint8_t *file_read(const char *path, size_t most, size_t *ret_n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    uint8_t *bytes = NULL;
    size_t n = 0;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && status.st_size >= 0 && (uint64_t)status.st_size <= most)
        bytes = malloc((size_t)status.st_size + 1);
    while (bytes && n < (size_t)status.st_size) {
        ssize_t got = read(fd, bytes + n, (size_t)status.st_size - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(bytes);
            bytes = NULL;
            break;
        }
        n += (size_t)got;
    }
    close(fd);
    if (bytes)
        *ret_n = n;
    return bytes;
}

static int folder_lock(const char *folder, const char *name, bool wait)
{
    char path[PATH_BYTES];

    if (!path_of(path, folder, name))
        return -1;
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int locked;
    do
        locked = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (locked != 0 && errno == EINTR);
    if (locked != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void drop(void *thing)
{
    lock_drop(thing);
}

struct lock *lock_take(struct task *t, const char *folder, const char *name, bool wait)
{
    struct lock *lock = NEW(t, struct lock, 1);

    lock->fd = -1;
    task_defer(t, drop, lock);
    lock->fd = folder_lock(folder, name, wait);
    return lock;
}

void lock_drop(struct lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

bool path_of(char *path, const char *folder, const char *name)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s", folder, name);

    return n > 0 && n < PATH_BYTES;
}
