#include "keys_command.h"

#include <string.h>

#include "modules/access/access.h"
#include "modules/access/staff.h"
#include "modules/orders/orders.h"
#include "modules/org/keys.h"
#include "modules/party/party.h"
#include "store/store.h"

const char keys_command_help[] =
    "usage: yimen [--data DIR] [--tenant CODE] keys COMMAND\n\n"
    "  name                  the name of the key that a backup of this installation needs\n"
    "  rotate                a new key for the tenant: every key of a row is wrapped again\n"
    "  rotate-installation   a new key in the key file: the keys of all tenants are wrapped again\n\n"
    "Both may run while the server runs, and go on where they stopped when they are repeated.\n"
    "Keep a copy of the key file apart from the backups, and a new one after each rotate-installation.\n";

const char erase_command_help[] =
    "usage: yimen [--data DIR] [--tenant CODE] erase order NUMBER WHY\n"
    "       yimen [--data DIR] [--tenant CODE] erase party ID WHY\n\n"
    "Destroys the key of a closed order, or of a party with all that finds it.  What was sealed with\n"
    "it cannot be read again by anybody; the chain of events still verifies.\n";

static const struct key_holder *const holders[] = {&staff_key_holder, &party_key_holder,
                                                   &order_key_holder, NULL};

static enum err bad_usage(struct task *t, const char *command)
{
    return task_fail(t, ERR_BAD_INPUT, "用法不对；`yimen %s --help` 说明怎么用", command);
}

struct record {
    struct actor actor;
    const char *word, *subject;
    int64_t party;
    struct str why;
};

static struct actor host_actor(const struct task *t)
{
    struct actor actor = system_actor;

    actor.tenant = t->tenant;
    actor.name = S("主机命令");
    return actor;
}

static enum err put_on_record(struct task *t, void *arg)
{
    const struct record *record = arg;

    return actor_record(t, &record->actor, record->word, 0, 0, str_of(record->subject),
                        record->why);
}

static enum err record_rotation(struct task *t, const char *subject)
{
    struct record record = {.actor = host_actor(t), .word = "keys", .subject = subject};

    return store_write(t, put_on_record, &record);
}

enum err keys_command(struct task *t, int argc, char **argv, FILE *out,
                      void (*progress)(const char *what, int64_t done))
{
    enum err e;

    if (argc != 2)
        return bad_usage(t, "keys");
    if (!strcmp(argv[1], "name")) {
        fprintf(out, "%.*s\n", STR_ARG(keys_name(t)));
        return OK;
    }
    if (!strcmp(argv[1], "rotate")) {
        e = keys_rotate_tenant(t, holders, progress);
        return e ? e : record_rotation(t, "tenant");
    }
    if (!strcmp(argv[1], "rotate-installation")) {
        e = keys_rotate_installation(t);
        if (!e)
            fprintf(out, "%.*s\n", STR_ARG(keys_name(t)));
        return e ? e : record_rotation(t, "installation");
    }
    return bad_usage(t, "keys");
}

struct naming {
    struct str no;
    int64_t id;
};

static enum err find_order(struct task *t, void *arg)
{
    struct naming *naming = arg;
    enum err e = order_id_of_no(t, naming->no, &naming->id);

    if (e)
        return e;
    return naming->id ? OK : task_fail(t, ERR_NOT_FOUND, "没有这个工单号");
}

static enum err erase_party(struct task *t, void *arg)
{
    const struct record *record = arg;
    enum err e = party_erase(t, record->party);

    return e ? e
             : actor_record(t, &record->actor, record->word, 0, record->party, S(""), record->why);
}

enum err erase_command(struct task *t, int argc, char **argv, FILE *out)
{
    struct record record = {.actor = host_actor(t), .word = "erasure"};
    enum err e;

    if (argc != 4 || !argv[3][0])
        return bad_usage(t, "erase");
    record.why = str_of(argv[3]);
    if (!strcmp(argv[1], "order")) {
        struct naming naming = {.no = str_of(argv[2])};

        e = store_read(t, find_order, &naming);
        if (!e)
            e = order_erase(t, &record.actor, naming.id, record.why);
    } else if (!strcmp(argv[1], "party")) {
        record.party = store_id_at(str_of(argv[2]));
        if (!record.party)
            return bad_usage(t, "erase");
        e = store_write(t, erase_party, &record);
    } else {
        return bad_usage(t, "erase");
    }
    if (!e)
        fputs("已清除，不能恢复\n", out);
    return e;
}
