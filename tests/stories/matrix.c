/*
 * Looking changes nothing: every GET of every route, as every kind of person, as page and as data,
 * leaves every row of the database as it was but for the session's own last use (K17; design 6).
 * And docs/PERMISSIONS.md says what the tables of routes and posts say (K11).
 */
#include "story.h"
#include "world_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MOST = 200 };

struct prints { /* of every table */
    size_t count;
    struct {
        char name[64];
        uint64_t hash;
        int64_t rows;
    } tables[TABLES_MOST];
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash * UINT64_C(1099511628211) + n;
}

static uint64_t print_of(const struct world_rows *rows)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < rows->count; i++) {
        uint64_t row = UINT64_C(14695981039346656037);

        for (size_t k = 0; k < rows->columns; k++) {
            struct str cell = rows->cells[i * rows->columns + k];
            row = mix(row, cell.at, cell.len);
        }
        hash += row; /* in any order */
    }
    return hash;
}

static struct prints *print_all(struct world *w)
{
    struct prints *prints = NEW(&w->home, struct prints, 1);
    struct world_rows tables = world_tables(w);

    for (size_t i = 0; i < tables.count; i++) {
        const char *name = str_terminated(&w->home, tables.cells[i]);

        /* Signing in and the last use of a session are no looking. */
        if (strstr(name, "session") || strstr(name, "attempt"))
            continue;
        struct task_mark mark = task_mark(&w->t);
        struct world_rows rows = world_select(w, world_f(w, "SELECT * FROM %s", name));
        assert_true(prints->count < TABLES_MOST);
        snprintf(prints->tables[prints->count].name, sizeof prints->tables[0].name, "%s", name);
        prints->tables[prints->count].hash = print_of(&rows);
        prints->tables[prints->count].rows = (int64_t)rows.count;
        prints->count++;
        task_reset(&w->t, mark);
    }
    assert_true(prints->count > 20);
    return prints;
}

static void expect_same(struct world *w, const struct prints *before, const char *where)
{
    const struct prints *now = print_all(w);

    assert_int_equal(now->count, before->count);
    for (size_t i = 0; i < now->count; i++)
        if (now->tables[i].hash != before->tables[i].hash)
            fail_msg("GET %s changed the table %s (%lld rows before, %lld now)", where,
                     now->tables[i].name, (long long)before->tables[i].rows,
                     (long long)now->tables[i].rows);
}

/* What {id}, {paper} and the rest stand for: an order with a paper and an attachment. */
struct things {
    int64_t order, paper, attachment;
};

static const char *filled(struct world *w, const char *path, const struct things *things)
{
    struct buf b = buf_new(&w->home, 1024);
    bool of_order = str_starts(str_of(path), S("/orders/"));

    while (*path) {
        size_t len = strcspn(path, "{");

        buf_add(&b, (struct str){path, len});
        path += len;
        if (!*path)
            break;
        int64_t id = of_order && !strncmp(path, "{id}", 4)    ? things->order
                     : !strncmp(path, "{paper}", 7)           ? things->paper
                     : !strncmp(path, "{file}", 6)            ? things->attachment
                     : !strncmp(path, "{id}", 4) && !of_order ? things->paper
                                                              : 1;
        buf_add_int(&b, id);
        path = strchr(path, '}') + 1;
    }
    return str_terminated(&w->home, buf_str(&b));
}

/* Every GET there is, as whoever is signed in; gives how many answered with something. */
static size_t look_everywhere(struct world *w, const struct things *things)
{
    const struct prints *before = print_all(w);
    size_t seen = 0;

    for (const struct route *const *tables = app_routes(); *tables; tables++)
        for (const struct route *route = *tables; route->path; route++) {
            if (route->method != GET)
                continue;
            const char *path = filled(w, route->path, things);
            struct str session = w->session;
            if (!(route->flags & ROUTE_API_ONLY)) {
                world_get(w, path);
                assert_true(w->status < 500);
                seen += w->status == 200;
            }
            if (!(route->flags & ROUTE_PAGE_ONLY)) {
                world_get_json(w, path);
                assert_true(w->status < 500);
                seen += w->status == 200;
            }
            w->session = session;
            expect_same(w, before, path);
        }
    return seen;
}

static void looking_changes_nothing(void **state)
{
    static const char *const people[] = {"zhoumin", "chenliqun", "zhaoming", "yuchang",  "hejing",
                                         "gateway", "shilei",    "anran",    "shenjian", "xiaqing"};
    static const char photo[100] = "\xff\xd8\xff\xe0photograph";
    struct world *w = *state;
    struct things things = {0};

    world_as(w, "chenliqun");
    struct registered made = story_register(w, STORY_AID);
    things.order = made.id;
    story_act(w, made.id, "begin", NULL);
    story_act(w, made.id, "correct-materials", NULL);
    things.paper = story_paper(w, made.id, "一次性告知单");
    world_post_file(w, world_f(w, "/orders/%lld/act/attach", ID(made.id)), "", "files", "a.jpg",
                    "image/jpeg", (struct str){photo, sizeof photo});
    WORLD_STATUS(w, 303);
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    things.attachment = json_get_id(json_get(w->json, "attachments")->first, "id");
    assert_true(things.attachment != 0);

    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        world_as(w, people[i]);
        assert_true(look_everywhere(w, &things) > 10);
    }
    world_as_citizen(w, made.no, made.code);
    assert_true(look_everywhere(w, &things) > 10);
    world_as_nobody(w);
    assert_true(look_everywhere(w, &things) > 5);
    world_verify(w);
}

static void the_document_says_what_the_tables_say(void **state)
{
    struct world *w = *state;
    struct buf b = buf_new(&w->home, (size_t)1024 * 1024);
    const char *path = world_f(w, "%s/docs/PERMISSIONS.md", getenv("YIMEN_SOURCE"));
    static char text[512 * 1024];
    FILE *file = fopen(path, "r");

    if (!file)
        fail_msg("%s cannot be read", path);
    size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    access_matrix(&b, app_routes());
    if (!str_ends(str_trim((struct str){text, n}), str_trim(buf_str(&b))))
        fail_msg("docs/PERMISSIONS.md is old; `tools/permissions` writes it");
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(looking_changes_nothing),
                       cmocka_unit_test(the_document_says_what_the_tables_say));
}
