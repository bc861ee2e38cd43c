/*
 * What is typed stays text: scripts in every field of the main forms, seen on every page that shows
 * them; formulas in exported tables; markup in papers; fields that nobody asked for.
 */
#include "story.h"

#include <string.h>

#include "modules/access/staff.h"
#include "paper/xlsx.h"

/* Closes what a page may have open, then asks for attention.  Short enough for every field. */
static const char *const payloads[] = {
    "<x7 a=1>", "\"x7='", "'x7=\"", "</x7></textarea>", "{{x7}}{{#x7}}", "javascript:x7",
};
enum { PAYLOADS = sizeof payloads / sizeof *payloads };

static const char *quoted(struct world *w, const char *text)
{
    struct buf b = buf_new(&w->home, 1024);

    json_write_str(&b, str_of(text));
    return str_terminated(&w->home, buf_str(&b));
}

static size_t seen; /* pages that showed a payload */

/* A page that shows one shows it as text. */
static void expect_text(struct world *w, const char *path)
{
    static const char *const raw[] = {
        "<x7", "</x7", "\"x7=", "</x7></textarea>", "{{x7}}{{", "href=\"javascript:"};

    if (str_find(w->head, S("text/html")) == SIZE_MAX)
        return;
    seen += str_find(w->body, S("x7")) != SIZE_MAX;
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        size_t at = str_find(w->body, str_of(raw[i]));

        /* A template's braces in a value are text; in the page they would have been bound. */
        if (at == SIZE_MAX || !strcmp(raw[i], "{{x7}}{{"))
            continue;
        size_t from = at > 200 ? at - 200 : 0;
        fail_msg("%s: %.*s", path, (int)(w->body.len - from > 400 ? 400 : w->body.len - from),
                 w->body.at + from);
    }
}

static void look(struct world *w, const char *path)
{
    struct str session = w->session;

    world_get(w, path);
    assert_true(w->status < 500);
    expect_text(w, path);
    w->session = session;
}

static struct registered made[PAYLOADS];

static void register_with(struct world *w, size_t i)
{
    const char *p = quoted(w, payloads[i]);
    const char *cause = quoted(w, payloads[(i + 1) % PAYLOADS]); /* names no party */

    world_as(w, "zhoumin");
    world_post_json(
        w, "/orders",
        world_f(w,
                "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":%s,"
                "\"content\":%s,\"fields\":{\"kind\":\"labour\",\"source\":\"self\","
                "\"hardship\":\"exempt\"},\"parties\":[{\"role\":\"applicant\",\"identity\":{"
                "\"kind\":\"person\",\"name\":%s,"
                "\"phone\":\"13900001234\",\"address\":%s,\"household\":%s,\"employer\":%s}},"
                "{\"role\":\"respondent\",\"identity\":{\"kind\":\"firm\",\"name\":%s,"
                "\"contact\":%s,\"phone\":\"13900001235\",\"address\":%s}}]}",
                cause, p, p, p, p, p, p, p, p));
    WORLD_STATUS(w, 201);
    made[i] = (struct registered){json_get_id(w->json, "id"),
                                  world_keep(w, json_get_str(w->json, "number")),
                                  world_keep(w, json_get_str(w->json, "code"))};
    story_act(w, made[i].id, "note", world_f(w, "{\"text\":%s}", p));
    /* On the page, too: the answer shows what was typed beside what is wrong with it. */
    const char *e = world_escape(w, payloads[i]);
    world_post(w, "/orders/check",
               world_f(w,
                       "matter=legal-aid-wage&channel=window&subject=%s&content=%s&"
                       "parties[0].identity.name=%s&parties[0].identity.phone=%s&then=%s",
                       e, e, e, e, e));
    expect_text(w, "/orders/check");
    world_post(w, "/orders/views", world_f(w, "name=%s&query=%s", e, e));
    world_post(w, "/account/facts",
               world_f(w,
                       "household=%s&employer=%s&interests=%s&relatives[0].relation=%s&"
                       "relatives[0].name=%s",
                       e, e, e, e, e));
    expect_text(w, "/account/facts");
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    world_post(w, "/account/tokens", world_f(w, "name=%s&grant=%lld&days=3", e, ID(clerk.grant)));
    expect_text(w, "/account/tokens");

    world_as(w, "shilei");
    world_post(w, "/admin/staff", world_f(w, "login=x7.%zu&name=%s", i, e));
    expect_text(w, "/admin/staff");
    world_post(w, "/admin/units",
               world_f(w,
                       "parent=%lld&kind=village&code=X7%zu&name=%s&short_name=%s&address=%s&"
                       "phone=%s&hours=%s",
                       ID(world_unit(w, "LJ01")), i, e, e, e, e, e));
    expect_text(w, "/admin/units");
    world_as(w, "zhaoming");
    story_try(w, made[i].id, "assign", world_f(w, "{\"staff\":%s,\"reason\":%s}", p, p), 422);
    world_post(w, world_f(w, "/orders/%lld/unmask", ID(made[i].id)),
               world_f(w, "party=1&reason=%s", e));
    expect_text(w, "unmask");
}

static void citizens_type(struct world *w, size_t i)
{
    const char *e = world_escape(w, payloads[i]);

    world_as_nobody(w);
    world_post(w, "/track", world_f(w, "no=%s&code=%s", e, e));
    expect_text(w, "/track");
    world_post(w, "/apply/resume", world_f(w, "code=%s", e));
    expect_text(w, "/apply/resume");
    world_post(w, "/sign-in", world_f(w, "login=%s&password=%s&next=%s", e, e, e));
    expect_text(w, "/sign-in");
    world_post(w, "/apply/start/legal-aid-wage",
               world_f(w, "name=%s&content=%s&phone=%s", e, e, e));
    expect_text(w, "/apply/start");
    look(w, world_f(w, "/ask?q=%s", e));
    look(w, world_f(w, "/guide?q=%s", e));
    look(w, world_f(w, "/places?q=%s", e));
    look(w, world_f(w, "/laws?q=%s", e));
    look(w, world_f(w, "/sign-in?next=%s", e));
    look(w, world_f(w, "/?lang=%s&elder=%s", e, e));
    world_as_citizen(w, made[i].no, made[i].code);
    static const char *const pages[] = {"/track/order", "/track/why", "/track/looks",
                                        "/track/supplement"};
    for (size_t k = 0; k < sizeof pages / sizeof *pages; k++)
        look(w, pages[k]);
    world_post(w, "/track/act/complain", world_f(w, "content=%s&about=%s&reason=%s", e, e, e));
    expect_text(w, "/track/act/complain");
    world_post(w, "/track/act/withdraw", world_f(w, "reason=%s", e));
    expect_text(w, "/track/act/withdraw");
}

static void what_is_typed_is_shown_as_text_on_every_page(void **state)
{
    static const char *const people[] = {"zhoumin", "chenliqun", "zhaoming", "yuchang", "hejing",
                                         "shilei",  "anran",     "shenjian", "wenjing"};
    struct world *w = *state;

    for (size_t i = 0; i < PAYLOADS; i++) {
        register_with(w, i);
        citizens_type(w, i);
    }
    for (size_t k = 0; k < sizeof people / sizeof *people; k++) {
        world_as(w, people[k]);
        look(w, "/orders");
        look(w, "/orders?q=%3Cx7%20a%3D1%3E&owner=%22x7%3D");
        for (const struct route *const *table = app_routes(); *table; table++)
            for (const struct route *route = *table; route->path; route++)
                if (route->method == GET && !strchr(route->path, '{') &&
                    !(route->flags & ROUTE_API_ONLY))
                    look(w, route->path);
        for (size_t i = 0; i < PAYLOADS; i++) {
            look(w, world_f(w, "/orders/%lld", ID(made[i].id)));
            look(w, world_f(w, "/orders/%lld?act=note", ID(made[i].id)));
        }
        look(w, world_f(w, "/admin/staff/%lld", ID(world_staff(w, "zhoumin"))));
    }
    assert_true(seen > 60);
    world_verify(w);
}

/* ---- tables and papers ---- */

static void a_formula_in_a_table_is_text(void **state)
{
    static const char *const formulas[] = {"=HYPERLINK(\"http://evil\")", "+1+1", "-2+3", "@SUM(1)",
                                           "=cmd|' /C calc'!A0"};
    struct world *w = *state;
    struct list sheet;

    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        const char *p = quoted(w, formulas[i]);

        world_as(w, "zhoumin");
        story_register(w,
                       world_f(w,
                               "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                               "\"subject\":%s,\"content\":%s,\"parties\":[" WORLD_APPLICANT "]}",
                               p, p));
    }
    world_as(w, "zhaoming");
    world_post(w, "/orders/export", "");
    WORLD_STATUS(w, 200);
    assert_true(str_find(w->head, S("attachment")) != SIZE_MAX);
    /* Read back as a table: the cell is a string with what was typed, not a formula's result. */
    struct str file = world_keep(w, w->body);
    assert_int_equal(sheet_read(&w->home, file, &sheet), OK);
    size_t found = 0;
    LIST_EACH (struct sheet_row, row, sheet)
        for (size_t c = 0; c < SHEET_COLUMNS; c++)
            for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
                found += str_is(row->cells[c], formulas[i]);
    assert_true(found >= sizeof formulas / sizeof *formulas);
}

static void markup_in_a_paper_is_text(void **state)
{
    struct world *w = *state;

    world_as(w, "chenliqun");
    struct registered order = story_register(
        w, "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\","
           "\"subject\":\"<span size='99999'>&x; /JS (app.alert(1))\",\"content\":\"%s%n "
           "endobj /OpenAction << /S /JavaScript /JS (x) >>\",\"fields\":{\"kind\":\"labour\","
           "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[{\"role\":\"applicant\","
           "\"identity\":{\"kind\":\"person\",\"name\":\"<b>王</b>) /JavaScript (\","
           "\"phone\":\"13900001234\"}}]}");
    story_act(w, order.id, "begin", NULL);
    story_act(w, order.id, "correct-materials", NULL);
    int64_t paper = story_paper(w, order.id, "一次性告知单");
    world_pass(w, "1 hour");
    world_as(w, "chenliqun");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(order.id), ID(paper)));
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("%PDF-")));
    static const char *const active[] = {"/JavaScript", "/OpenAction",   "/JS ",
                                         "/Launch",     "/EmbeddedFile", "/AA "};
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        assert_true(str_find(w->body, str_of(active[i])) == SIZE_MAX);
}

/* ---- fields that nobody asked for ---- */

static bool refuses_field(struct world *w, const char *field)
{
    return str_is(story_field_error(w, field), "没有这个字段");
}

static void a_field_that_nobody_asked_for_is_refused(void **state)
{
    static const char *const fields[] = {
        "tenant",  "id",          "no",        "owner",    "status", "step",
        "version", "registrar",   "emergency", "code",     "state",  "actor",
        "seq",     "must_change", "posts",     "password", "totp",   "grant"};
    static const char *const of_party[] = {"id", "party", "n", "key"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *f = fields[i];

        world_as(w, "linxia");
        world_post_json(w, "/orders",
                        world_f(w,
                                "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                                "\"subject\":\"问\",\"content\":\"问题\",\"%s\":\"1\","
                                "\"parties\":[" WORLD_APPLICANT "]}",
                                f));
        WORLD_STATUS(w, 422);
        if (!refuses_field(w, f))
            fail_msg("%s: %.*s", f, STR_ARG(w->body));
        world_as(w, "shilei");
        world_post_json(w, "/admin/staff",
                        world_f(w, "{\"login\":\"mass%zu\",\"name\":\"测\",\"%s\":\"1\"}", i, f));
        WORLD_STATUS(w, 422);
        assert_true(refuses_field(w, f));
    }
    world_as(w, "linxia");
    for (size_t i = 0; i < sizeof of_party / sizeof *of_party; i++) {
        world_post_json(w, "/orders",
                        world_f(w,
                                "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                                "\"subject\":\"问\",\"content\":\"问题\",\"parties\":[{\"role\":"
                                "\"applicant\",\"%s\":\"1\",\"identity\":{\"kind\":\"person\","
                                "\"name\":\"王小满\",\"phone\":\"13900001234\"}}]}",
                                of_party[i]));
        WORLD_STATUS(w, 422);
        assert_true(refuses_field(w, world_f(w, "parties[0].%s", of_party[i])));
    }

    /* What an act decides is the procedure's, not the sender's. */
    struct registered order = story_register(w, WORLD_CONSULTATION);
    struct order kept = world_order(w, order.id);
    int64_t version = kept.version;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        story_try(w, order.id, "note", world_f(w, "{\"text\":\"记\",\"%s\":\"closed\"}", fields[i]),
                  422);
        assert_true(refuses_field(w, fields[i]));
    }
    kept = world_order(w, order.id);
    assert_str(kept.status, "open");
    assert_true(kept.version == version);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(what_is_typed_is_shown_as_text_on_every_page),
                       cmocka_unit_test(a_formula_in_a_table_is_text),
                       cmocka_unit_test(markup_in_a_paper_is_text),
                       cmocka_unit_test(a_field_that_nobody_asked_for_is_refused));
}
