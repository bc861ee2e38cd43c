/*
 * connection.c - what is the same for every database: the way to its driver, numbers of queries,
 * parameters in their order.
 */
#include <string.h>

#include "core/buf.h"
#include "store/store_private.h"

void connection_close(struct connection *c)
{
    if (c)
        c->driver->close(c);
}

struct trouble connection_do(struct connection *c, enum connection_step step)
{
    return c->driver->run_step(c, step);
}

bool connection_in_transaction(const struct connection *c)
{
    return c->driver->in_transaction(c);
}

void connection_settle(struct connection *c)
{
    c->driver->settle(c);
}

enum err connection_run(struct task *t, struct connection *c, const struct query *query,
                        const struct arg *args, size_t n, row_fn *row, void *sink,
                        int64_t *ret_changed)
{
    return c->driver->run(t, c, query, args, n, row, sink, ret_changed);
}

int64_t connection_changed(struct connection *c)
{
    return c->driver->changed ? c->driver->changed(c) : 0;
}

enum err connection_prepare(struct task *t, struct connection *c, const struct query *query)
{
    return c->driver->prepare(t, c, query);
}

enum err connection_script(struct task *t, struct connection *c, struct str what, const char *sql)
{
    return c->driver->script(t, c, what, sql);
}

int query_slot(const struct query *query)
{
    static atomic_int last;
    int none = 0;
    int slot = __atomic_load_n(query->slot, __ATOMIC_RELAXED);

    if (slot)
        return slot;
    slot = atomic_fetch_add(&last, 1) + 1;
    if (__atomic_compare_exchange_n(query->slot, &none, slot, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        return slot;
    return none;
}

/* Where the parameter stands; callers mostly keep the order of the query, though they may begin
 * elsewhere in it: so look first behind the last one that was found. */
static size_t parameter_at(const struct query *query, const char *name, size_t hint)
{
    for (size_t i = 0; i < query->parameter_count; i++) {
        size_t at = (hint + i) % query->parameter_count;
        if (!strcmp(query->parameters[at], name))
            return at;
    }
    return SIZE_MAX;
}

enum err args_in_order(struct task *t, const struct query *query, const struct arg *args, size_t n,
                       const struct arg *ret_ordered[PARAMETERS_MOST])
{
    size_t hint = 0;

    if (n != query->parameter_count || n > PARAMETERS_MOST)
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：要 %zu 个参数，给了 %zu 个",
                         query->name, query->parameter_count, n);
    memset(ret_ordered, 0, n * sizeof *ret_ordered);
    for (size_t i = 0; i < n; i++) {
        size_t at = parameter_at(query, args[i].name, hint);
        if (at == SIZE_MAX || ret_ordered[at])
            return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：没有参数 %s，或给了两次",
                             query->name, args[i].name);
        ret_ordered[at] = &args[i];
        hint = at + 1;
    }
    return OK;
}

struct str str_replaced(struct task *t, struct str text, struct str what, struct str instead)
{
    struct buf b = buf_new(t, text.len * 2 + 1);
    size_t at;

    while ((at = str_find(text, what)) != SIZE_MAX) {
        buf_add(&b, str_first(text, at));
        buf_add(&b, instead);
        text = str_from(text, at + what.len);
    }
    buf_add(&b, text);
    return buf_str(&b);
}

/* ---- connections that are taken by turns ---- */

void connections_start(struct connections *connections)
{
    pthread_mutex_init(&connections->lock, NULL);
    pthread_cond_init(&connections->free_again, NULL);
}

void connections_add(struct connections *connections, struct connection *connection)
{
    connections->idle[connections->idle_count++] = connection;
    connections->all++;
}

struct connection *connections_take(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    while (!connections->idle_count)
        pthread_cond_wait(&connections->free_again, &connections->lock);
    /* The last one that was used has the warmest cache. */
    struct connection *connection = connections->idle[--connections->idle_count];
    connections->uses++;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void connections_give_back(struct connections *connections, struct connection *connection)
{
    pthread_mutex_lock(&connections->lock);
    connections->idle[connections->idle_count++] = connection;
    pthread_cond_signal(&connections->free_again);
    pthread_mutex_unlock(&connections->lock);
}

int64_t connections_uses(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    int64_t uses = connections->uses;
    pthread_mutex_unlock(&connections->lock);
    return uses;
}

void connections_rest(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    for (int i = 0; i < connections->idle_count; i++)
        connection_rest(connections->idle[i]);
    pthread_mutex_unlock(&connections->lock);
}

void connections_close(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    while (connections->idle_count < connections->all)
        pthread_cond_wait(&connections->free_again, &connections->lock);
    pthread_mutex_unlock(&connections->lock);
    while (connections->idle_count)
        connection_close(connections->idle[--connections->idle_count]);
    connections->all = 0;
}
