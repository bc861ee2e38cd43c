/* What keeps a person from a matter, and the second factor: the sealed parts of an account. */
#include "modules/access/staff.h"

#include "modules/access/staff_private.h"
#include "modules/access/totp.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "staff_sql.h"
#include "store/store.h"

enum { RECOVERY_CODES = 10 };

enum err staff_facts(struct task *t, int64_t staff, struct staff_facts *ret_facts)
{
    struct staff_facts facts = {0};
    struct secrets secrets;
    struct json *json;
    struct str plain;
    struct key key;
    enum err e = staff_secrets(t, staff, &secrets);

    if (e)
        return e;
    if (secrets.facts.len) {
        e = staff_key(t, &secrets, &key);
        if (e)
            return e;
        e = crypto_open(t, &key, staff_place(t, staff, "facts"), secrets.facts, &plain);
        key_clear(&key);
        if (!e)
            e = json_parse(t, plain, &json);
        if (e)
            return e;
        facts.id_number = json_get_str(json, "id_number");
        facts.phone = json_get_str(json, "phone");
        facts.household = json_get_str(json, "household");
        facts.employer = json_get_str(json, "employer");
        JSON_EACH (one, json_get(json, "relatives")) {
            struct relative *relative = list_add(t, &facts.relatives, sizeof *relative);

            *relative = (struct relative){json_get_str(one, "relation"), json_get_str(one, "name"),
                                          json_get_str(one, "id_number")};
        }
        JSON_EACH (one, json_get(json, "interests")) {
            struct str *interest = list_add(t, &facts.interests, sizeof *interest);

            *interest = json_as_str(one);
        }
    }
    *ret_facts = facts;
    return OK;
}

static struct str facts_text(struct task *t, const struct staff_facts *facts)
{
    struct json *json = json_object(t);
    struct json *relatives = json_list(t), *interests = json_list(t);

    json_put_str(t, json, "id_number", facts->id_number);
    json_put_str(t, json, "phone", facts->phone);
    json_put_str(t, json, "household", facts->household);
    json_put_str(t, json, "employer", facts->employer);
    LIST_EACH (struct relative, relative, facts->relatives) {
        struct json *one = json_object(t);

        json_put_str(t, one, "relation", relative->relation);
        json_put_str(t, one, "name", relative->name);
        json_put_str(t, one, "id_number", relative->id_number);
        json_append(relatives, one);
    }
    LIST_EACH (struct str, interest, facts->interests)
        json_append(interests, json_str(t, *interest));
    json_put(t, json, S("relatives"), relatives);
    json_put(t, json, S("interests"), interests);
    return json_text(t, json);
}

/* Seal a text with the person's key. */
static enum err seal(struct task *t, int64_t staff, const char *what, struct str plain,
                     struct str *ret_sealed)
{
    struct secrets secrets;
    struct key key;
    enum err e = staff_secrets(t, staff, &secrets);

    if (!e)
        e = staff_key(t, &secrets, &key);
    if (e)
        return e;
    *ret_sealed = crypto_seal(t, &key, staff_place(t, staff, what), plain);
    key_clear(&key);
    return OK;
}

static staff_declaring_fn *declaring;

void staff_when_declaring(staff_declaring_fn *fn)
{
    declaring = fn;
}

enum err staff_set_facts(struct task *t, const struct actor *actor, int64_t staff,
                         const struct staff_facts *facts)
{
    struct str sealed;
    enum err e = seal(t, staff, "facts", facts_text(t, facts), &sealed);

    if (!e)
        e = store_run(t, &q_staff_set_facts,
                      ARGS(INT("tenant", t->tenant), INT("id", staff), BYTES("facts", sealed)),
                      NULL);
    if (!e)
        e = record_about(t, actor, "staff", staff, S("更新回避信息"));
    return e || !declaring ? e : declaring(t, actor, staff, facts);
}

/* What an authenticator app reads from the QR code. */
static struct str device_address(struct task *t, const struct tenant *tenant,
                                 const struct staff *account, struct str secret)
{
    return str_format(t, "otpauth://totp/yimen-%.*s:%.*s?secret=%.*s&issuer=yimen-%.*s",
                      STR_ARG(tenant->code), STR_ARG(account->login), STR_ARG(secret),
                      STR_ARG(tenant->code));
}

static enum err open_waiting(struct task *t, const struct secrets *secrets, struct str *ret_secret)
{
    struct key key;
    enum err e = staff_key(t, secrets, &key);

    if (e)
        return e;
    e = crypto_open(t, &key, staff_place(t, secrets->id, "totp"), secrets->totp_next, ret_secret);
    key_clear(&key);
    return e;
}

enum err staff_totp_begin(struct task *t, int64_t staff, struct str *ret_secret,
                          struct str *ret_address)
{
    unsigned char bytes[TOTP_SECRET_BYTES];
    struct tenant tenant;
    struct staff account;
    struct str sealed;
    enum err e = staff_by_id(t, staff, &account);

    if (!e)
        e = org_tenant(t, &tenant);
    if (e)
        return e;
    random_bytes(bytes, sizeof bytes);
    struct str secret = {(const char *)bytes, sizeof bytes};
    e = seal(t, staff, "totp", secret, &sealed);
    if (!e)
        e = store_run(t, &q_staff_set_totp_next,
                      ARGS(INT("tenant", t->tenant), INT("id", staff), BYTES("secret", sealed)),
                      NULL);
    if (e)
        return e;
    *ret_secret = base32(t, secret);
    *ret_address = device_address(t, &tenant, &account, *ret_secret);
    return OK;
}

enum err staff_totp_waiting(struct task *t, int64_t staff, struct str *ret_secret,
                            struct str *ret_address)
{
    struct secrets secrets;
    struct tenant tenant;
    struct staff account;
    struct str secret;
    enum err e = staff_secrets(t, staff, &secrets);

    *ret_secret = *ret_address = (struct str){0};
    if (e || !secrets.totp_next.len)
        return e;
    e = staff_by_id(t, staff, &account);
    if (!e)
        e = org_tenant(t, &tenant);
    if (!e)
        e = open_waiting(t, &secrets, &secret);
    if (e)
        return e;
    *ret_secret = base32(t, secret);
    *ret_address = device_address(t, &tenant, &account, *ret_secret);
    return OK;
}

enum err recovery_hash(struct task *t, int64_t staff, struct str code, struct str *ret_hash)
{
    unsigned char mac[HASH_BYTES];
    struct key key;
    enum err e = lasting_key(t, "recovery", &key);

    if (e)
        return e;
    crypto_hmac(&key, (struct str[]){staff_place(t, staff, "recovery"), code}, 2, mac);
    key_clear(&key);
    *ret_hash = str_copy(t, (struct str){(const char *)mac, sizeof mac});
    return OK;
}

static enum err make_recovery_codes(struct task *t, int64_t staff, struct list *ret_codes)
{
    struct list codes = {0};
    enum err e = store_run(t, &q_staff_recovery_drop,
                           ARGS(INT("tenant", t->tenant), INT("staff", staff)), NULL);

    for (int i = 0; !e && i < RECOVERY_CODES; i++) {
        struct str *code = list_add(t, &codes, sizeof *code);
        struct str hash;

        *code = random_code(t, 3);
        e = recovery_hash(t, staff, code_normalise(t, *code), &hash);
        if (!e)
            e = store_run(t, &q_staff_recovery_add,
                          ARGS(INT("tenant", t->tenant), INT("staff", staff), BYTES("hash", hash)),
                          NULL);
    }
    if (!e)
        *ret_codes = codes;
    return e;
}

enum err staff_totp_confirm(struct task *t, const struct actor *actor, int64_t staff,
                            struct str code, struct list *ret_codes)
{
    struct secrets secrets;
    struct str secret;
    int64_t counter;
    enum err e = session_stands(t, actor);

    if (!e)
        e = staff_secrets(t, staff, &secrets);
    if (e)
        return e;
    if (!secrets.totp_next.len)
        return task_fail(t, ERR_CONFLICT, "请先取得新的密钥，再填验证码");
    e = open_waiting(t, &secrets, &secret);
    if (e)
        return e;
    if (!totp_matches(t, secret, t->now, 0, str_trim(code), &counter)) {
        task_field_error(t, S("code"), "验证码不对；请看手机时间是否准确");
        return task_input_verdict(t);
    }
    e = store_run(t, &q_staff_set_totp,
                  ARGS(INT("tenant", t->tenant), INT("id", staff),
                       BYTES("secret", secrets.totp_next), INT("counter", counter)),
                  NULL);
    if (!e)
        e = make_recovery_codes(t, staff, ret_codes);
    /* Whoever else is signed in got in without it. */
    if (!e)
        e = sessions_end(t, staff, actor->staff == staff ? actor->session : 0);
    return e ? e : record_about(t, actor, "second-factor", staff, S("开启"));
}

/* The device with its codes, a setting up that somebody began, and whoever is in. */
static enum err take_factor(struct task *t, const struct actor *actor, int64_t staff,
                            struct factor_reset *taken)
{
    struct str ended = {0};
    bool own = actor->kind == ACTOR_STAFF && actor->staff == staff;
    enum err e = store_run(
        t, &q_staff_set_totp,
        ARGS(INT("tenant", t->tenant), INT("id", staff), NOTHING("secret"), INT("counter", 0)),
        NULL);

    if (!e)
        e = store_run(t, &q_staff_recovery_drop,
                      ARGS(INT("tenant", t->tenant), INT("staff", staff)), NULL);
    if (!e)
        e = sessions_end(t, staff, own ? actor->session : 0);
    if (!e)
        taken->sessions = store_changed(t);
    /* Whoever has a lost device may have had the account. */
    if (!e && !own)
        e = tokens_revoke(t, staff, &ended);
    if (e || !ended.len)
        return e;
    taken->tokens = store_changed(t);
    return record_about(t, actor, "token", staff, ended);
}

enum err staff_totp_off(struct task *t, const struct actor *actor, int64_t staff)
{
    struct factor_reset taken = {0};
    enum err e = take_factor(t, actor, staff, &taken);

    return e ? e : record_about(t, actor, "second-factor", staff, S("关闭"));
}

static struct str reset_detail(struct task *t, const struct factor_reset *taken, struct str why)
{
    if (taken->device)
        return str_join(t, S("重设："), why);
    return str_format(t, "没有设备可以重设%s，退出登录 %lld 处：%.*s",
                      taken->begun ? "，开始了的设置作废" : "", (long long)taken->sessions,
                      STR_ARG(why));
}

enum err staff_totp_reset(struct task *t, const struct actor *actor, int64_t staff, struct str why,
                          struct factor_reset *ret_taken)
{
    struct secrets secrets;

    if (actor->kind == ACTOR_STAFF && actor->staff == staff)
        return task_fail(t, ERR_FORBIDDEN, "不能重设自己的两步验证，请找另一位安全管理员");
    if (!str_trim(why).len) {
        task_field_error(t, S("why"), "请写明怎样核对了本人");
        return task_input_verdict(t);
    }
    enum err e = staff_secrets(t, staff, &secrets);
    if (e)
        return e;
    struct factor_reset taken = {.device = secrets.totp.len > 0,
                                 .begun = secrets.totp_next.len > 0};
    e = take_factor(t, actor, staff, &taken);
    if (!e && factor_reset_any(&taken))
        e = record_about(t, actor, "second-factor", staff, reset_detail(t, &taken, why));
    if (!e)
        *ret_taken = taken;
    return e;
}
