/* Proving who one is beyond the first password: the second factor, and again before something
 * dangerous. */
#include "modules/access/access.h"

#include "core/time.h"
#include "http/http.h"
#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "modules/access/totp.h"
#include "session_sql.h"
#include "staff_sql.h"
#include "store/store.h"

#define PROVED_MS ((int64_t)15 * 60 * 1000) /* how long a proof holds for dangerous acts */

enum code_kind { CODE_WRONG, CODE_OF_DEVICE, CODE_OF_RECOVERY };

static enum err open_secret(struct task *t, const struct secrets *secrets, struct str *ret_secret)
{
    struct key key;
    enum err e = staff_key(t, secrets, &key);

    if (e)
        return e;
    e = crypto_open(t, &key, staff_place(t, secrets->id, "totp"), secrets->totp, ret_secret);
    key_clear(&key);
    return e;
}

/* Six digits of the device, each step of its clock once. */
static enum err check_digits(struct task *t, const struct secrets *secrets, struct str code,
                             enum code_kind *ret_kind)
{
    struct str secret;
    int64_t counter;

    *ret_kind = CODE_WRONG;
    if (!secrets->totp.len || code.len != TOTP_DIGITS)
        return OK;
    enum err e = open_secret(t, secrets, &secret);
    if (e || !totp_matches(t, secret, t->now, secrets->totp_last, code, &counter))
        return e;
    e = store_run(t, &q_staff_totp_used,
                  ARGS(INT("tenant", t->tenant), INT("id", secrets->id), INT("counter", counter)),
                  NULL);
    if (!e && store_changed(t))
        *ret_kind = CODE_OF_DEVICE;
    return e;
}

static enum err check_code(struct task *t, const struct secrets *secrets, struct str code,
                           enum code_kind *ret_kind)
{
    struct str hash;
    enum err e = check_digits(t, secrets, str_trim(code), ret_kind);

    if (e || *ret_kind != CODE_WRONG)
        return e;
    struct str recovery = code_normalise(t, code);
    if (recovery.len <= TOTP_DIGITS)
        return OK;
    e = recovery_hash(t, secrets->id, recovery, &hash);
    if (!e)
        e = store_run(
            t, &q_staff_recovery_use,
            ARGS(INT("tenant", t->tenant), INT("staff", secrets->id), BYTES("hash", hash)), NULL);
    if (!e && store_changed(t))
        *ret_kind = CODE_OF_RECOVERY;
    return e;
}

struct second {
    const struct actor *actor;
    struct str code;
    int64_t wait_s;
    enum code_kind kind;
};

static enum err second_step(struct task *t, void *arg)
{
    struct second *second = arg;
    const struct actor *actor = second->actor;
    struct secrets secrets;

    second->kind = CODE_WRONG;
    const struct guess guess = {actor->login, actor->remote, true};
    enum err e = try_count(t, &guess, &second->wait_s);
    if (e || second->wait_s)
        return e;
    e = staff_secrets(t, actor->staff, &secrets);
    if (!e)
        e = check_code(t, &secrets, second->code, &second->kind);
    if (e)
        return e;
    if (second->kind == CODE_WRONG)
        return actor_record(t, actor, "sign-in-failed", 0, 0, S(""), S("验证码不对"));
    e = store_run(t, &q_session_second_done,
                  ARGS(INT("tenant", t->tenant), INT("id", actor->session), INT("now", t->now)),
                  NULL);
    if (!e)
        e = try_right(t, &guess);
    return e ? e
             : actor_record(t, actor, "second-factor", 0, 0, S(""),
                            second->kind == CODE_OF_DEVICE ? S("通过") : S("用恢复码通过"));
}

enum err access_second_factor(struct task *t, const struct actor *actor, struct str code,
                              int64_t *ret_wait_s)
{
    struct second second = {.actor = actor, .code = code};

    *ret_wait_s = 0;
    if (!actor->second_factor_due)
        return OK;
    enum err e = store_write(t, second_step, &second);
    if (e)
        return e;
    if (second.wait_s) {
        *ret_wait_s = second.wait_s;
        return fail_locked(t, second.wait_s);
    }
    if (second.kind == CODE_WRONG) {
        task_field_error(t, S("code"), "验证码不对，或已经用过");
        return task_input_verdict(t);
    }
    return OK;
}

/* ---- another secret for the session ---- */

struct renewing {
    const struct actor *actor;
    int64_t proved_at;
    struct str cookie, csrf;
};

static enum err renew(struct task *t, void *arg)
{
    struct renewing *renewing = arg;
    struct str hash;

    renewing->cookie = credential_make(t, "", &hash);
    enum err e = session_csrf(t, hash, &renewing->csrf);
    if (e)
        return e;
    return store_run(t, &q_session_renew,
                     ARGS(INT("tenant", t->tenant), INT("id", renewing->actor->session),
                          BYTES("hash", hash), INT("proved_at", renewing->proved_at)),
                     NULL);
}

static void take_renewed(struct task *t, struct request *request, struct response *response,
                         const struct renewing *renewed)
{
    struct actor *actor = NEW(t, struct actor, 1);

    *actor = *request->actor;
    actor->csrf = renewed->csrf;
    actor->proved_at = renewed->proved_at;
    request->actor = actor;
    response->set_cookie = access_cookie(t, renewed->cookie, request->secure);
}

enum err access_renew(struct task *t, struct request *request, struct response *response)
{
    const struct actor *actor = request->actor;

    if (!actor || !actor->session)
        return OK;
    /* Past the second factor the person has just proved it. */
    struct renewing renewing = {.actor = actor,
                                .proved_at = actor->second_factor_due ? t->now : actor->proved_at};
    enum err e = store_write(t, renew, &renewing);
    if (!e)
        take_renewed(t, request, response, &renewing);
    return e;
}

/* ---- again, before something dangerous ---- */

struct proof {
    const struct actor *actor;
    struct guess guess;
    struct str given;
    int64_t wait_s;
    struct secrets secrets;
    enum code_kind kind;
    struct renewing renewing;
};

static enum err begin_proof(struct task *t, void *arg)
{
    struct proof *proof = arg;
    enum err e = try_count(t, &proof->guess, &proof->wait_s);

    proof->kind = CODE_WRONG;
    if (e || proof->wait_s)
        return e;
    e = staff_secrets(t, proof->actor->staff, &proof->secrets);
    return e ? e : check_digits(t, &proof->secrets, str_trim(proof->given), &proof->kind);
}

static enum err proof_failed(struct task *t, void *arg)
{
    const struct proof *proof = arg;

    return actor_record(t, proof->actor, "proof", 0, 0, S(""), S("不对"));
}

static enum err proof_done(struct task *t, void *arg)
{
    struct proof *proof = arg;

    proof->renewing = (struct renewing){.actor = proof->actor, .proved_at = t->now};
    enum err e = renew(t, &proof->renewing);
    if (!e)
        e = try_right(t, &proof->guess);
    return e ? e
             : actor_record(t, proof->actor, "proof", 0, 0, S(""),
                            proof->kind == CODE_OF_DEVICE ? S("用验证码") : S("用密码"));
}

/* ERR_PROVE whatever is wrong, so that the page asks again and keeps the form. */
static enum err check_proof(struct task *t, struct proof *proof)
{
    proof->guess = (struct guess){proof->actor->login, proof->actor->remote, true};
    enum err e = store_write(t, begin_proof, proof);

    if (e)
        return e;
    if (proof->wait_s) {
        task_field_error(t, S(PROOF_FIELD), "连续输错太多次，请 %lld 分钟后再试",
                         (long long)((proof->wait_s + 59) / 60));
        return task_fail(t, ERR_PROVE, "连续输错太多次");
    }
    if (proof->kind == CODE_WRONG) {
        e = password_verify(t, proof->secrets.password, proof->given);
        if (e == ERR_UNAUTHENTICATED) {
            e = store_write(t, proof_failed, proof);
            if (e)
                return e;
            task_field_error(t, S(PROOF_FIELD), "密码或验证码不对，或验证码已经用过");
            return task_fail(t, ERR_PROVE, "密码或验证码不对");
        }
    }
    if (!e)
        e = store_write(t, proof_done, proof);
    return e ? try_not_wrong(t, e, &proof->guess) : OK;
}

enum err access_prove(struct task *t, struct request *request, struct response *response)
{
    const struct actor *actor = request->actor;
    struct proof proof = {.actor = actor, .given = json_get_str(request->body, PROOF_FIELD)};

    json_put(t, request->body, S(PROOF_FIELD), NULL);
    if (!actor || actor->kind != ACTOR_STAFF || actor->token ||
        t->now - actor->proved_at < PROVED_MS)
        return OK;
    if (!proof.given.len)
        return task_fail(t, ERR_PROVE, "请把密码或验证码放在 " PROOF_FIELD " 里再交一次");
    enum err e = check_proof(t, &proof);
    if (e)
        return e;
    take_renewed(t, request, response, &proof.renewing);
    return OK;
}
