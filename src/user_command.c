#include "user_command.h"

#include <string.h>

#include "modules/access/staff.h"
#include "modules/org/org.h"
#include "store/store.h"

const char user_command_help[] =
    "usage: yimen [--data DIR] [--tenant CODE] user COMMAND ...\n\n"
    "  add LOGIN NAME [--post POST --unit CODE] [--password-stdin]\n"
    "                      make an account; without --password-stdin the first password is printed\n"
    "  passwd LOGIN [--password-stdin]\n"
    "                      a new password; all sessions and tokens of the person end\n"
    "  grant LOGIN POST UNIT [--from DAY] [--to DAY]\n"
    "                      a post at the unit with that code, from day to day (both included)\n"
    "  revoke LOGIN POST UNIT\n"
    "                      take the post back; its orders return to their queue\n"
    "  suspend LOGIN WHY   out at once; tokens end, orders return to their queues\n"
    "  resume LOGIN        undo a suspension\n"
    "  unlock LOGIN        forget failed tries\n"
    "  totp LOGIN off      take the second factor away from who lost it; tokens end\n"
    "  token LOGIN NAME POST UNIT [--days N]\n"
    "                      a token for a program, with the reach of that post; printed once\n"
    "  list                all accounts and what they may do today\n"
    "  posts               the posts there are\n";

struct user_args {
    FILE *in, *out;
    const char *words[8];
    size_t count;
    const char *post, *unit, *from, *to, *days;
    bool password_stdin;
};

struct work { /* what a function inside a transaction gets */
    struct actor actor;
    const struct user_args *args;
    struct staff staff;
    struct staff_new new;
    struct unit unit;
    int64_t id, grant;
    struct list all, grants;
};

static enum err bad_usage(struct task *t)
{
    return task_fail(t, ERR_BAD_INPUT, "用法不对；`yimen user --help` 说明怎么用");
}

static enum err read_args(struct task *t, int argc, char **argv, struct user_args *args)
{
    const struct {
        const char *name, **into;
    } options[] = {{"--post", &args->post},
                   {"--unit", &args->unit},
                   {"--from", &args->from},
                   {"--to", &args->to},
                   {"--days", &args->days}};

    for (int i = 1; i < argc; i++) {
        const char **into = NULL;

        if (!strcmp(argv[i], "--password-stdin")) {
            args->password_stdin = true;
            continue;
        }
        for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
            if (!strcmp(argv[i], options[k].name))
                into = options[k].into;
        }
        if (into && i + 1 < argc)
            *into = argv[++i];
        else if (into || !strncmp(argv[i], "--", 2) ||
                 args->count == sizeof args->words / sizeof *args->words)
            return bad_usage(t);
        else
            args->words[args->count++] = argv[i];
    }
    return args->count ? OK : bad_usage(t);
}

/* One line of stdin, or a random one that must be changed; *ret_chosen says which. */
static enum err take_password(struct task *t, const struct user_args *args, struct str login,
                              struct str name, struct str *ret_password, bool *ret_chosen)
{
    char line[1024];

    *ret_chosen = args->password_stdin;
    if (!args->password_stdin) {
        *ret_password = password_random(t);
        return OK;
    }
    if (!fgets(line, sizeof line, args->in))
        return task_fail(t, ERR_BAD_INPUT, "标准输入里没有密码");
    struct str password = str_of(line);
    while (password.len && strchr("\r\n", password.at[password.len - 1]))
        password.len--;
    *ret_password = str_copy(t, password);
    explicit_bzero(line, sizeof line);
    const char *fault = password_fault(t, *ret_password, login, name);
    if (!fault)
        return OK;
    task_field_error(t, S("password"), "%s", fault);
    return task_input_verdict(t);
}

static void print_password(const struct user_args *args, struct str password)
{
    fprintf(args->out, "初始密码：%.*s（第一次登录须更换，过几天作废）\n", STR_ARG(password));
}

static enum err find_staff(struct task *t, void *arg)
{
    struct work *work = arg;

    return staff_by_login(t, str_of(work->args->words[1]), &work->staff);
}

static enum err give_post(struct task *t, struct work *work, int64_t staff, const char *post,
                          const char *unit, int64_t *ret_grant)
{
    const struct user_args *args = work->args;
    struct grant grant = {
        .staff = staff, .post = str_of(post), .from_day = DAY_NONE, .to_day = DAY_NONE};

    if (args->from && !day_parse(str_of(args->from), &grant.from_day))
        task_field_error(t, S("--from"), "日期写成 2026-10-14 这样");
    if (args->to && !day_parse(str_of(args->to), &grant.to_day))
        task_field_error(t, S("--to"), "日期写成 2026-10-14 这样");
    enum err e = task_input_verdict(t);
    if (!e)
        e = org_unit_by_code(t, str_of(unit), &work->unit);
    grant.unit = work->unit.id;
    return e ? e : staff_grant(t, &work->actor, &grant, ret_grant);
}

static enum err add(struct task *t, void *arg)
{
    struct work *work = arg;
    const struct user_args *args = work->args;
    enum err e = staff_create(t, &work->actor, &work->new, &work->id);

    if (e || !args->post)
        return e;
    return give_post(t, work, work->id, args->post, args->unit, &work->grant);
}

static enum err command_add(struct task *t, struct work *work)
{
    const struct user_args *args = work->args;
    struct str password;
    bool chosen;

    if (args->count != 3 || !args->post != !args->unit)
        return bad_usage(t);
    work->new.login = str_of(args->words[1]);
    work->new.name = str_of(args->words[2]);
    enum err e = take_password(t, args, work->new.login, work->new.name, &password, &chosen);
    if (!e)
        e = password_hash(t, password, &work->new.password_hash);
    work->new.must_change = !chosen;
    if (!e)
        e = store_write(t, add, work);
    if (e)
        return e;
    fprintf(args->out, "已建账号 %s\n", args->words[1]);
    if (!chosen)
        print_password(args, password);
    return OK;
}

static enum err command_passwd(struct task *t, struct work *work)
{
    struct str password;
    bool chosen;

    if (work->args->count != 2)
        return bad_usage(t);
    enum err e = store_read(t, find_staff, work);
    if (!e)
        e = take_password(t, work->args, work->staff.login, work->staff.name, &password, &chosen);
    if (!e)
        e = staff_set_password(t, &work->actor, work->staff.id, password, !chosen, 0);
    if (!e && !chosen)
        print_password(work->args, password);
    return e;
}

static enum err grant(struct task *t, void *arg)
{
    struct work *work = arg;
    const struct user_args *args = work->args;
    enum err e = find_staff(t, work);

    return e ? e : give_post(t, work, work->staff.id, args->words[2], args->words[3], &work->grant);
}

static enum err command_grant(struct task *t, struct work *work)
{
    return work->args->count == 4 ? store_write(t, grant, work) : bad_usage(t);
}

/* The grant of today for that post at that unit. */
static enum err find_grant(struct task *t, struct work *work, const char *post, const char *unit)
{
    struct list grants;
    enum err e = find_staff(t, work);

    if (!e)
        e = org_unit_by_code(t, str_of(unit), &work->unit);
    if (!e)
        e = staff_grants(t, work->staff.id, true, &grants);
    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        if (grant->unit == work->unit.id && str_is(grant->post, post)) {
            work->grant = grant->id;
            return OK;
        }
    }
    return task_fail(t, ERR_NOT_FOUND, "此人今天在这个机构没有这个岗位");
}

static enum err revoke(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = find_grant(t, work, work->args->words[2], work->args->words[3]);

    return e ? e : staff_end_grant(t, &work->actor, work->grant);
}

static enum err command_revoke(struct task *t, struct work *work)
{
    return work->args->count == 4 ? store_write(t, revoke, work) : bad_usage(t);
}

static enum err suspend(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = find_staff(t, work);

    return e ? e : staff_suspend(t, &work->actor, work->staff.id, str_of(work->args->words[2]));
}

static enum err command_suspend(struct task *t, struct work *work)
{
    return work->args->count == 3 ? store_write(t, suspend, work) : bad_usage(t);
}

static enum err resume(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = find_staff(t, work);

    return e ? e : staff_resume(t, &work->actor, work->staff.id);
}

static enum err command_resume(struct task *t, struct work *work)
{
    return work->args->count == 2 ? store_write(t, resume, work) : bad_usage(t);
}

static enum err unlock(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = find_staff(t, work);

    return e ? e : staff_unlock(t, &work->actor, work->staff.id);
}

static enum err command_unlock(struct task *t, struct work *work)
{
    return work->args->count == 2 ? store_write(t, unlock, work) : bad_usage(t);
}

static enum err totp_off(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = find_staff(t, work);

    return e ? e : staff_totp_off(t, &work->actor, work->staff.id);
}

static enum err command_totp(struct task *t, struct work *work)
{
    if (work->args->count != 3 || strcmp(work->args->words[2], "off"))
        return bad_usage(t);
    return store_write(t, totp_off, work);
}

static enum err find_token_grant(struct task *t, void *arg)
{
    struct work *work = arg;

    return find_grant(t, work, work->args->words[3], work->args->words[4]);
}

static enum err command_token(struct task *t, struct work *work)
{
    const struct user_args *args = work->args;
    struct str token;
    int64_t id, days = 90;

    if (args->count != 5 || (args->days && !str_int(str_of(args->days), &days)))
        return bad_usage(t);
    enum err e = store_read(t, find_token_grant, work);
    if (!e)
        e = access_create_token(t, &work->actor, work->staff.id, str_of(args->words[2]),
                                work->grant, days, &id, &token);
    if (!e)
        fprintf(args->out, "%.*s\n", STR_ARG(token));
    return e;
}

static enum err read_all(struct task *t, void *arg)
{
    struct work *work = arg;
    enum err e = staff_all(t, &work->all);

    return e ? e : staff_grants(t, 0, false, &work->grants);
}

static enum err unit_name(struct task *t, void *arg)
{
    struct work *work = arg;

    return org_unit(t, work->unit.id, &work->unit);
}

static enum err command_list(struct task *t, struct work *work)
{
    FILE *out = work->args->out;
    int32_t today = day_of(t->now);
    enum err e = store_read(t, read_all, work);

    if (e)
        return e;
    LIST_EACH (struct staff, staff, work->all) {
        fprintf(out, "%-16.*s %.*s%s%s\n", STR_ARG(staff->login), STR_ARG(staff->name),
                str_is(staff->state, "active") ? "" : "（已停用）",
                staff->totp ? "（两步验证）" : "");
        LIST_EACH (struct grant, grant, work->grants) {
            const struct post *post = post_find(grant->post);

            if (grant->staff != staff->id || grant->from_day > today)
                continue;
            work->unit.id = grant->unit;
            e = store_read(t, unit_name, work);
            if (e)
                return e;
            fprintf(out, "    %.*s（%s） @ %.*s %.*s\n", STR_ARG(grant->post),
                    post ? post->title : "", STR_ARG(work->unit.code), STR_ARG(work->unit.name));
        }
    }
    return OK;
}

static enum err command_posts(struct task *t, struct work *work)
{
    (void)t;
    for (const struct post *post = posts; post->code; post++)
        fprintf(work->args->out, "%-12s %s\n", post->code, post->title);
    return OK;
}

static const struct {
    const char *word;
    enum err (*run)(struct task *t, struct work *work);
} subcommands[] = {
    {"add", command_add},       {"passwd", command_passwd},   {"grant", command_grant},
    {"revoke", command_revoke}, {"suspend", command_suspend}, {"resume", command_resume},
    {"unlock", command_unlock}, {"totp", command_totp},       {"token", command_token},
    {"list", command_list},     {"posts", command_posts},
};

enum err user_command_to(struct task *t, int argc, char **argv, FILE *in, FILE *out)
{
    struct user_args args = {.in = in, .out = out};
    struct work work = {.actor = system_actor, .args = &args};
    enum err e = read_args(t, argc, argv, &args);

    if (e)
        return e;
    work.actor.tenant = t->tenant;
    work.actor.name = S("主机命令");
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (!strcmp(args.words[0], subcommands[i].word))
            return subcommands[i].run(t, &work);
    }
    return bad_usage(t);
}

enum err user_command(struct task *t, int argc, char **argv)
{
    return user_command_to(t, argc, argv, stdin, stdout);
}
