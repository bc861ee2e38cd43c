/*
 * What a person typed stays with them, whatever became of the request: on the page that asks for a
 * proof, and on every error page that answers a form.  There it stands in a form that sends the
 * same thing again with the same key, so that it is done once however often it is sent.
 *
 * Not kept: forms with passwords and codes (ROUTE_SECRET), and what a page of another site sent.
 */
#include "core/form.h"
#include "http/frame.h"
#include "http/input.h"

enum { LONG_BYTES = 60, DIGITS_TYPED = 5, LARGEST_FORM = 8 * 1024 * 1024 };

static const struct field kept_fields[] = {
    FIELD(struct kept_field, name, F_STR, "字段"),
    FIELD(struct kept_field, value, F_STR, "内容"),
    FIELD(struct kept_field, title, F_STR, "名称"),
    FIELD(struct kept_field, id, F_STR, "标记"),
    FIELD(struct kept_field, is_long, F_BOOL, "几行"),
    {0},
};
const struct shape kept_shape = {"kept_field", sizeof(struct kept_field), kept_fields};

static const struct field kept_form_fields[] = {
    FIELD(struct kept_form, address, F_STR, "提交到"),
    FIELD(struct kept_form, csrf, F_STR, "页面标记"),
    FIELD_OF(struct kept_form, typed, F_LIST, &kept_shape, "写的内容"),
    FIELD_OF(struct kept_form, hidden, F_LIST, &kept_shape, "其余内容"),
    FIELD_OF(struct kept_form, files, F_LIST, &kept_shape, "文件"),
    FIELD(struct kept_form, multipart, F_BOOL, "有文件"),
    {0},
};
const struct shape kept_form_shape = {"kept_form", sizeof(struct kept_form), kept_form_fields};

/* A tree as the fields it came from: {"a":[{"b":"x"}]} is a[0].b=x. */
static void flatten(struct task *t, struct list *kept, struct str name, const struct json *value)
{
    int64_t index = 0;

    JSON_EACH (child, value) {
        struct str path = value->kind == JSON_LIST
                              ? str_format(t, "%.*s[%lld]", STR_ARG(name), (long long)index++)
                          : name.len
                              ? str_format(t, "%.*s.%.*s", STR_ARG(name), STR_ARG(child->name))
                              : child->name;

        if (!name.len && (str_is(path, "_csrf") || str_is(path, PROOF_FIELD)))
            continue; /* the page writes its own */
        if (child->kind == JSON_LIST || child->kind == JSON_OBJECT)
            flatten(t, kept, path, child);
        else if (child->kind == JSON_STRING)
            *(struct kept_field *)list_add(t, kept, sizeof(struct kept_field)) =
                (struct kept_field){.name = path, .value = child->text};
    }
}

struct list request_kept_fields(struct frame *f)
{
    struct list kept = {0};

    flatten(f->t, &kept, (struct str){0}, f->request.body);
    return kept;
}

struct str request_address(struct frame *f)
{
    return f->head.query.len
               ? str_format(f->t, "%.*s?%.*s", STR_ARG(f->request.path), STR_ARG(f->head.query))
               : f->request.path;
}

/* Words and long numbers are shown; what a list or a tick chose goes along unseen. */
static bool is_typed(struct str value)
{
    size_t digits = 0;

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (c <= ' ' || c >= 0x7f)
            return true;
        digits += c >= '0' && c <= '9';
    }
    return digits >= DIGITS_TYPED;
}

static bool is_wrong(const struct field_error *errors, struct str name)
{
    for (; errors; errors = errors->next)
        if (str_eq(errors->field, name))
            return true;
    return false;
}

static const struct ask *find_ask(const struct form *form, struct str name)
{
    for (const struct ask *ask = form ? form->asks : NULL; ask && ask->name; ask++)
        if (str_is(name, ask->name) && ask->title)
            return ask;
    return NULL;
}

/* parties[1].identity.name is 各方 2：姓名: which of a list, and the last of a way. */
static struct str title_of(struct task *t, const struct form *form, struct str path)
{
    struct str which = {0}, part, name;

    while (str_cut(&path, '.', &part)) {
        struct str index = part;
        bool of_list = str_find(part, S("[")) != SIZE_MAX && str_cut(&index, '[', &name);
        const struct ask *ask = find_ask(form, of_list ? name : part);
        int64_t n = 0;

        if (!ask)
            return (struct str){0};
        if (!path.len)
            return str_join(t, which, str_of(tr(t, ask->title)));
        if (of_list && ask->of && str_int(str_first(index, index.len - 1), &n))
            which = str_format(t, tr(t, "%.*s%s %lld："), STR_ARG(which), tr(t, ask->title),
                               (long long)n + 1);
        form = ask->of;
    }
    return (struct str){0};
}

static void sort_fields(struct frame *f, const struct field_error *errors, const struct form *asked,
                        struct kept_form *form)
{
    struct list all = request_kept_fields(f);
    int64_t n = 0;

    LIST_EACH (struct kept_field, field, all) {
        bool typed = (!str_is(field->name, "_key") && is_typed(field->value)) ||
                     is_wrong(errors, field->name);
        struct list *list = typed ? &form->typed : &form->hidden;

        field->is_long =
            field->value.len > LONG_BYTES || str_find(field->value, S("\n")) != SIZE_MAX;
        if (typed) {
            field->title = title_of(f->t, asked, field->name);
            field->id = str_format(f->t, "kept-%lld", (long long)++n);
        }
        *(struct kept_field *)list_add(f->t, list, sizeof *field) = *field;
    }
    /* A key in a header came from a script; the form needs it too. */
    if (f->request.idempotency_key.len && !json_get_str(f->request.body, "_key").len)
        *(struct kept_field *)list_add(f->t, &form->hidden, sizeof(struct kept_field)) =
            (struct kept_field){.name = S("_key"), .value = f->request.idempotency_key};
    LIST_EACH (struct upload, upload, f->request.uploads)
        *(struct kept_field *)list_add(f->t, &form->files, sizeof(struct kept_field)) =
            (struct kept_field){.name = upload->field,
                                .value = upload->filename,
                                .id = str_format(f->t, "kept-%lld", (long long)++n)};
}

/* What was asked: for the labels alone. */
static const struct form *form_asked(struct frame *f, bool may_read)
{
    const struct route *route = f->match.route;

    if (!route->form_of || !may_read)
        return route->form;
    const struct form *form = route->form_of(f->t, &f->request);
    return form ? form : route->form;
}

/* The token as it came: whoever sent it could send it again anyway.  Another one only to a page of
 * ours, as the browser itself says: after signing in again the form has an old one. */
static struct str token_for(struct frame *f)
{
    struct str (*csrf)(const struct actor *) = f->site->options.hooks.csrf;
    struct str now = f->request.actor && csrf ? csrf(f->request.actor) : (struct str){0};

    if (now.len && request_from_here(f))
        return now;
    return f->request.csrf.len ? f->request.csrf : json_get_str(f->request.body, "_csrf");
}

static bool is_form(struct frame *f)
{
    struct str type = head_find(&f->head, "content-type");

    return f->head.method == POST && f->match.route && !f->match.api && !f->refuse &&
           !(f->match.route->flags & ROUTE_SECRET) && !request_foreign(f) &&
           (input_type_is(type, "application/x-www-form-urlencoded") ||
            input_type_is(type, "multipart/form-data"));
}

struct kept_form *request_kept(struct frame *f, const struct field_error *errors, bool may_read)
{
    if (!is_form(f))
        return NULL;
    /* What failed before its turn to be read: now it is. */
    if (!f->read_input) {
        int status = f->response.status;

        if (request_read_input(f))
            task_clear_error(f->t);
        f->response.status = status;
    }
    struct kept_form *form = NEW(f->t, struct kept_form, 1);
    sort_fields(f, errors, form_asked(f, may_read), form);
    if (!form->typed.count && !form->hidden.count && !form->files.count)
        return NULL;
    form->multipart = form->files.count > 0;
    form->address = request_address(f);
    form->csrf = token_for(f);
    f->response.no_store = true; /* what somebody typed is for that person's eyes only */
    return form;
}

static void hidden(struct buf *out, struct str name, struct str value)
{
    buf_add(out, S("<input type=\"hidden\" name=\""));
    html_escape(out, name);
    buf_add(out, S("\" value=\""));
    html_escape(out, value);
    buf_add(out, S("\">"));
}

/* The same as shell/kept, for when no template can be drawn. */
struct str kept_html(struct frame *f, const struct kept_form *form)
{
    struct buf out = buf_new(f->t, LARGEST_FORM);

    buf_format(&out, "<h2>%s</h2><form method=\"post\"%s data-again action=\"",
               tr(f->t, "填过的内容都在"),
               form->multipart ? " enctype=\"multipart/form-data\"" : "");
    html_escape(&out, form->address);
    buf_add(&out, S("\">"));
    hidden(&out, S("_csrf"), form->csrf);
    LIST_EACH (struct kept_field, field, form->hidden)
        hidden(&out, field->name, field->value);
    LIST_EACH (struct kept_field, field, form->typed) {
        buf_add(&out, S("<p><label>"));
        html_escape(&out, field->title);
        buf_add(&out, S(" <textarea name=\""));
        html_escape(&out, field->name);
        buf_add(&out, S("\">\n"));
        html_escape(&out, field->value);
        buf_add(&out, S("</textarea></label></p>"));
    }
    LIST_EACH (struct kept_field, file, form->files) {
        buf_format(&out, "<p><label>%s", tr(f->t, "文件要重新选："));
        html_escape(&out, file->value);
        buf_add(&out, S(" <input type=\"file\" name=\""));
        html_escape(&out, file->name);
        buf_add(&out, S("\"></label></p>"));
    }
    buf_format(&out, "<p><button type=\"submit\">%s</button></p></form>", tr(f->t, "再交一次"));
    return buf_overflown(&out) ? (struct str){0} : buf_str(&out);
}
