/*
 * The law beside the form: articles to quote and questions answered before that fit what the
 * visitor says.  One press quotes an article behind what is said at the counter; what was taken of
 * all that was offered goes on record.
 */
#include <string.h>

#include "core/text.h"
#include "modules/desk/register.h"
#include "modules/knowledge/knowledge.h"
#include "modules/setup.h"

enum { SAID_LEAST = 6, LAWS = 4, ANSWERS = 3, SHOWN = 60, OFFERS_MOST = 20, OFFER_MOST = 200 };

static struct str beginning(struct task *t, struct str text)
{
    size_t n = utf8_prefix(text, SHOWN);

    return n < text.len ? str_join(t, str_first(text, n), S("……")) : text;
}

/* 民法典 第一千零七十九条 -> 《民法典》第一千零七十九条 */
static struct str citation(struct task *t, struct str title)
{
    size_t blank = str_find(title, S(" "));

    if (blank == SIZE_MAX)
        return str_format(t, tr(t, "《%.*s》"), STR_ARG(title));
    return str_format(t, tr(t, "《%.*s》%.*s"), STR_ARG(str_first(title, blank)),
                      STR_ARG(str_from(title, blank + 1)));
}

static void offer(struct task *t, struct register_page *page, struct str value)
{
    ((struct register_offer *)list_add(t, &page->offers, sizeof(struct register_offer)))->value =
        value;
}

static void show(struct task *t, const struct json *input, const struct list *articles,
                 const struct list *answers, struct register_page *page)
{
    struct str remark = json_get_str(input, "remark");

    LIST_EACH (const struct knowledge_hit, hit, *articles) {
        struct str words = citation(t, hit->title), key = page->laws.count ? S("") : S("w");

        *(struct register_law *)list_add(t, &page->laws, sizeof(struct register_law)) =
            (struct register_law){
                .id = hit->id,
                .title = hit->title,
                .text = beginning(t, hit->text),
                .href = hit->href,
                .words = words,
                .key = key,
                .cited = str_find(remark, words) != SIZE_MAX,
            };
        offer(t, page, str_format(t, "article %.*s %.*s", STR_ARG(hit->id), STR_ARG(words)));
    }
    LIST_EACH (const struct knowledge_hit, hit, *answers)
        *(struct register_law *)list_add(t, &page->answers, sizeof(struct register_law)) =
            (struct register_law){
                .id = hit->id,
                .title = beginning(t, hit->title),
                .text = beginning(t, hit->text),
                .href = hit->href,
                .words = hit->version,
            };
    page->has_laws = page->laws.count > 0;
    page->has_answers = page->answers.count > 0;
}

enum err register_law(struct task *t, const struct request *request, const struct json *input,
                      struct register_page *page)
{
    const struct setup *setup = request->setup;
    struct str said = json_get_str(input, "content");
    struct list articles = {0}, answers = {0};

    bool first = true;
    LIST_EACH (struct register_suggestion, one, page->suggestions) {
        one->key = first && !one->chosen ? S("q") : S("");
        first = false;
    }
    if (utf8_length(said) < SAID_LEAST)
        return OK;
    enum err e = knowledge_articles(t, setup->data, said, LAWS, false, &articles);
    if (!e)
        e = knowledge_answers(t, setup->data, said, ANSWERS, &answers);
    if (e == ERR_BUSY || e == ERR_CONFLICT || e == ERR_STORE) {
        task_clear_error(t);
        return OK;
    }
    if (!e)
        show(t, input, &articles, &answers, page);
    return e;
}

void register_cite(struct task *t, struct json *body)
{
    struct str words = json_get_str(body, "_cite"), remark = json_get_str(body, "remark");

    if (!words.len || words.len > OFFER_MOST || str_find(remark, words) != SIZE_MAX)
        return;
    json_put_str(t, body, "remark",
                 remark.len ? str_format(t, "%.*s\n%.*s", STR_ARG(remark), STR_ARG(words)) : words);
}

/* --- On record ------------------------------------------------------------------------------- */

static void add_offer(struct task *t, const struct json *body, struct str text, struct list *offers)
{
    struct str rest = text, kind, what;

    if (text.len > OFFER_MOST || offers->count >= OFFERS_MOST || !str_cut(&rest, ' ', &kind) ||
        !str_cut(&rest, ' ', &what))
        return;
    if (!str_is(kind, "article"))
        return;
    *(struct knowledge_offer *)list_add(t, offers, sizeof(struct knowledge_offer)) =
        (struct knowledge_offer){
            .kind = kind,
            .what = what,
            .taken = rest.len && str_find(json_get_str(body, "remark"), rest) != SIZE_MAX,
        };
}

enum err register_note_offers(struct task *t, const struct request *request)
{
    const struct json *offered = json_get(request->body, "_offered");
    struct list offers = {0};

    if (offered && offered->kind == JSON_STRING)
        add_offer(t, request->body, offered->text, &offers);
    JSON_EACH (one, offered && offered->kind == JSON_LIST ? offered : NULL)
        add_offer(t, request->body, json_as_str(one), &offers);
    return knowledge_note_offers(t, request->actor->staff, &offers);
}
