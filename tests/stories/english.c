/*
 * The citizen portal in another language (design 3): chosen by the address, kept in a cookie, never
 * taken from the browser's wishes.  Every page that can be reached by links is read in English: no
 * Chinese is left on it but data - what stands in the city's profile, names of laws, what people
 * wrote, and what a language calls itself.
 */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/template_text.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define APPLY                                                                                              \
    "{\"content\":\"老板拖欠三个月工资。\",\"fields\":{\"kind\":\"labour\",\"source\":\"self\"," \
    "\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]}"

enum { PAGES_MOST = 600 };

struct crawl {
    char *pages[PAGES_MOST];
    size_t count;
    char *profile; /* the city's own words */
    int left;      /* pieces of Chinese that are no data */
};

static char *read_profile(void)
{
    char path[4096];
    const char *source = getenv("YIMEN_SOURCE");
    snprintf(path, sizeof path, "%s/profiles/lanjiang.yaml", source ? source : ".");
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);

    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    fclose(in);
    return text;
}

/* ---- what is left on a page
 * ---------------------------------------------------------------------- */

static bool chinese_at(struct str text, size_t at)
{
    return (unsigned char)text.at[at] >= 0xe2 && text.len - at >= 3 &&
           text_is_chinese((struct str){text.at + at, 3});
}

/* Laws are cited by their own name and article. */
static bool is_law(struct str piece)
{
    static const char *const parts[] = {"法（", "条例", "民法典", "的决定", "年修订"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (str_find(piece, str_of(parts[i])) != SIZE_MAX)
            return true;
    return str_ends(piece, S("条")) || (str_ends(piece, S("法")) && !str_ends(piece, S("办法")));
}

static bool is_data(const struct crawl *c, struct str piece)
{
    static const char *const known[] = {
        "中文",
        "王",
        "老板拖欠三个月工资。",
        "一门",
    };
    char text[256];

    if (piece.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", STR_ARG(piece));
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(text, known[i]) == 0)
            return true;
    return strstr(c->profile, text) || is_law(piece);
}

/* Addresses and what is sent back are no words. */
static bool in_address(struct str text, size_t at)
{
    size_t quote = at;

    while (quote && text.at[quote - 1] != '"' && text.at[quote - 1] != '>' &&
           text.at[quote - 1] != '\n')
        quote--;
    struct str before = str_first(text, quote);
    return str_ends(before, S("href=\"")) || str_ends(before, S("value=\""));
}

static void look(struct crawl *c, const char *page, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end = i;

        while (end < text.len && chinese_at(text, end))
            end += 3;
        if (end == i)
            continue;
        struct str piece = {text.at + i, end - i};
        if (!in_address(text, i) && !is_data(c, piece)) {
            print_error("%s: %.*s\n", page, STR_ARG(piece));
            c->left++;
        }
        i = end - 1;
    }
}

/* ---- every page
 * ---------------------------------------------------------------------------------- */

static void add_page(struct crawl *c, struct str address)
{
    struct str path = address;
    size_t mark = str_find(path, S("#"));

    path = mark == SIZE_MAX ? path : str_first(path, mark);
    if (!str_starts(path, S("/")) || str_starts(path, S("/static")) || path.len > 200 ||
        str_find(path, S("lang=")) != SIZE_MAX || str_find(path, S("/paper/")) != SIZE_MAX ||
        str_find(path, S("?q=")) != SIZE_MAX ||
        (str_find(path, S("elder=")) != SIZE_MAX && c->count > 4))
        return;
    for (size_t i = 0; i < c->count; i++)
        if (str_is(path, c->pages[i]))
            return;
    assert_true(c->count < PAGES_MOST);
    c->pages[c->count++] = strndup(path.at, path.len);
}

static void add_links(struct crawl *c, struct str body)
{
    struct str rest = body, address;
    size_t at;

    while ((at = str_find(rest, S("href=\""))) != SIZE_MAX) {
        rest = str_from(rest, at + 6);
        str_cut(&rest, '"', &address);
        add_page(c, address);
    }
}

static void in_english(struct world *w, const char *path)
{
    world_get(w, world_f(w, "%s%slang=en", path, strchr(path, '?') ? "&" : "?"));
}

static void read_all(struct world *w, struct crawl *c)
{
    for (size_t i = 0; i < c->count; i++) {
        in_english(w, c->pages[i]);
        if (w->status != 200 && w->status != 303)
            fail_msg("%s: status %d", c->pages[i], w->status);
        look(c, c->pages[i], w->body);
        if (w->status == 303)
            add_page(c, w->location);
        add_links(c, w->body);
    }
}

static void done(struct crawl *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->pages[i]);
    free(c->profile);
}

/* ---- the stories
 * --------------------------------------------------------------------------------- */

static void the_language_is_chosen_and_kept(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_send(w, "GET", "/", "Accept-Language: en\r\n", (struct str){0});
    WORLD_SAYS(w, "<html lang=\"zh-CN\"");
    WORLD_SAYS(w, "遇到什么事了？");
    in_english(w, "/");
    WORLD_SAYS(w, "<html lang=\"en\"");
    WORLD_SAYS(w, "What has happened?");
    WORLD_SAYS(w,
               "<a href=\"/?lang=zh\" lang=\"zh-CN\" hreflang=\"zh-CN\" translate=\"no\">中文</a>");
    assert_true(str_find(w->head, S("Set-Cookie: yimen_lang=en; Path=/; HttpOnly; SameSite=Lax")) !=
                SIZE_MAX);
    world_send(w, "GET", "/guide", "Cookie: yimen_lang=en\r\n", (struct str){0});
    WORLD_SAYS(w, "Legal aid");
    /* The same page, with all that was asked for: also what was given twice. */
    world_get(w, "/guide?q=1&kind=a&kind=b");
    WORLD_SAYS(w, "q=1&amp;kind=a&amp;kind=b&amp;lang=");
    world_send(w, "GET", "/?lang=xx", "Cookie: yimen_lang=xx\r\n", (struct str){0});
    WORLD_SAYS(w, "<html lang=\"zh-CN\"");
}

static void nothing_chinese_is_left_for_strangers(void **state)
{
    struct world *w = *state;
    struct crawl c = {.profile = read_profile()};

    world_as_nobody(w);
    add_page(&c, S("/"));
    read_all(w, &c);
    assert_true(c.count > 60);
    in_english(w, "/no-such-page");
    WORLD_STATUS(w, 404);
    look(&c, "404", w->body);
    world_send(w, "POST", "/track?lang=en", FORM,
               S("no=LJ01-20261014-00001&code=xxxx&_key=english-1"));
    WORLD_STATUS(w, 422);
    look(&c, "wrong code", w->body);
    world_send(w, "POST", "/apply/start/legal-aid-wage?lang=en", FORM,
               S("content=&_key=english-2"));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "Please fill in");
    look(&c, "an empty page", w->body);
    assert_int_equal(c.left, 0);
    done(&c);
}

static void nothing_chinese_is_left_for_a_citizen(void **state)
{
    struct world *w = *state;
    struct crawl c = {.profile = read_profile()};

    world_as_nobody(w);
    world_post_json(w, "/guide/legal-aid-wage/apply", APPLY);
    WORLD_STATUS(w, 201);
    world_as_citizen(w, world_keep(w, json_get_str(w->json, "no")),
                     world_keep(w, json_get_str(w->json, "code")));
    add_page(&c, S("/track/order"));
    add_page(&c, S("/track/why"));
    add_page(&c, S("/track/looks"));
    add_page(&c, S("/track/order?elder=1"));
    read_all(w, &c);
    in_english(w, "/track/order");
    WORLD_SAYS(w, "Wed\xc2\xa0"
                  "21\xc2\xa0Oct");
    world_send(w, "POST", "/track/act/complain?lang=en", FORM,
               str_of(world_f(w, "_version=1&_csrf=%.*s&_key=english-3", STR_ARG(w->csrf))));
    WORLD_STATUS(w, 422);
    look(&c, "an empty complaint", w->body);
    assert_int_equal(c.left, 0);
    done(&c);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_language_is_chosen_and_kept),
                       cmocka_unit_test(nothing_chinese_is_left_for_strangers),
                       cmocka_unit_test(nothing_chinese_is_left_for_a_citizen));
}
