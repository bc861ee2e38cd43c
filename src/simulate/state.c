/*
 * state.c - what the simulator remembers, in two files that take turns.
 *
 * A slice writes what follows it inside its transaction, before the commit.  Whoever starts again
 * finds two states; the store says by the number of its newest event which one it belongs to.  So
 * neither a crash before the commit nor one behind it does anything twice or leaves anything out.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "install.h"
#include "simulate/simulate_private.h"

#define MAGIC UINT64_C(0x316d697379696d31)

static uint64_t check_of(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    return sum;
}

static struct str file_of(struct sim *sim, struct task *t, int64_t serial)
{
    return str_format(t, "%s/simulate.%d", sim->app->data, (int)(serial & 1));
}

/* Their numbers follow the queues of the city: what grows in an arena would leave its smaller
 * selves behind. */
static enum err make_room(struct sim *sim, struct sim_walker **ret_walkers)
{
    void *at = mmap(NULL, SIM_WALKERS * sizeof **ret_walkers, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return task_fail(sim->t, ERR_NO_MEMORY, "没有地方放工单：%s", strerror(errno));
    *ret_walkers = at;
    return OK;
}

enum err sim_state_room(struct sim *sim)
{
    enum err e = make_room(sim, &sim->walkers);

    return e ? e : make_room(sim, &sim->kept);
}

enum err sim_state_make(struct sim *sim)
{
    const struct simulate_options *o = sim->options;
    struct sim_head *head = sim->head;

    memset(head, 0, sizeof *head);
    head->magic = MAGIC;
    head->seed = o->seed;
    head->window = o->window;
    head->matters = o->matters;
    head->faults = o->faults;
    head->first_day = o->first_day;
    head->now = day_start(o->first_day);
    head->id_floor = head->now;
    head->day = -1;
    head->timers_at = head->now + 10 * MINUTE_MS;
    for (size_t i = 0; i < SIM_RECENT; i++)
        head->recent[i] = 0;
    return OK;
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Half of the file may be written when the power goes: the check says so. */
enum err sim_state_write(struct sim *sim)
{
    struct task *t = sim->st ? sim->st : sim->t;
    struct sim_head *head = sim->head;
    size_t walkers = (size_t)head->walker_count * sizeof *sim->walkers;
    const char *path = str_terminated(t, file_of(sim, t, head->serial));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    head->check = 0;
    head->check = check_of(head, sizeof *head) ^ check_of(sim->walkers, walkers) * UINT64_C(31);
    bool written =
        fd >= 0 && write_all(fd, head, sizeof *head) && write_all(fd, sim->walkers, walkers);
    if (fd >= 0)
        close(fd);
    return written ? OK : task_fail(t, ERR_STORE, "不能写 %s：%s", path, strerror(errno));
}

void sim_state_commit(struct sim *sim)
{
    sim->kept_head = *sim->head;
    memcpy(sim->kept, sim->walkers, (size_t)sim->head->walker_count * sizeof *sim->walkers);
}

static void load(struct sim *sim, const struct sim_head *head, const void *walkers)
{
    *sim->head = *head;
    memcpy(sim->walkers, walkers, (size_t)head->walker_count * sizeof *sim->walkers);
}

static bool sound(unsigned char *bytes, size_t len)
{
    struct sim_head *head = (struct sim_head *)bytes;

    if (len < sizeof *head || head->magic != MAGIC || head->walker_count < 0 ||
        head->walker_count > SIM_WALKERS ||
        (size_t)head->walker_count > (len - sizeof *head) / sizeof(struct sim_walker))
        return false;
    uint64_t check = head->check;
    size_t walkers = (size_t)head->walker_count * sizeof(struct sim_walker);

    head->check = 0;
    bool fits = check == (check_of(head, sizeof *head) ^
                          check_of(bytes + sizeof *head, walkers) * UINT64_C(31));
    head->check = check;
    return fits;
}

static enum err read_one(struct sim *sim, struct task *t, int which, struct str *ret_bytes)
{
    enum { STATE_MOST = SIM_WALKERS * sizeof(struct sim_walker) + sizeof(struct sim_head) };
    const char *path = str_terminated(t, file_of(sim, t, which));
    struct stat about;
    struct str bytes;

    if (stat(path, &about) || about.st_size > STATE_MOST)
        return ERR_NOT_FOUND;
    enum err e = read_whole_file(t, path, (size_t)about.st_size, &bytes);

    if (!e && !sound((unsigned char *)(uintptr_t)bytes.at, bytes.len))
        e = ERR_NOT_FOUND;
    if (!e)
        *ret_bytes = bytes;
    task_clear_error(t);
    return e;
}

void sim_state_restore(struct sim *sim)
{
    load(sim, &sim->kept_head, sim->kept);
}

enum err sim_state_read(struct sim *sim, int64_t mark)
{
    const struct simulate_options *o = sim->options;
    const struct sim_head *best = NULL;
    struct task t;

    task_begin(&t, NULL, 0, (size_t)3 * TASK_BUDGET);
    for (int which = 0; which < 2; which++) {
        struct str bytes;

        if (read_one(sim, &t, which, &bytes))
            continue;
        const struct sim_head *head = (const struct sim_head *)(const void *)bytes.at;
        if (head->mark == mark && (!best || head->serial > best->serial))
            best = head;
    }
    enum err e = best ? OK : ERR_NOT_FOUND;
    if (best &&
        (best->seed != o->seed || best->window != o->window || best->matters != o->matters ||
         best->faults != o->faults || best->first_day != o->first_day))
        e = ERR_CONFLICT;
    if (!e) {
        load(sim, best, best + 1);
        sim_state_commit(sim);
    }
    task_end(&t);
    return e;
}
