/* What the model is asked, what of its answer is read, and what of that reaches the page. */
#include "ask_phrase.h"

#include "core/json.h"
#include "core/log.h"

enum { ANSWER_TOKENS = 800 };

extern const struct str phrase_words; /* data/phrase.txt */

static struct model_gate gate;

static void add_passages(struct task *t, struct list articles, struct list *passages)
{
    LIST_EACH (const struct ask_article, a, articles) {
        if (passages->count == PHRASE_PASSAGES)
            return;
        if (!a->in_force || !a->text.len)
            continue;
        struct phrase_passage *p = list_add(t, passages, sizeof *p);
        *p = (struct phrase_passage){
            .id = str_format(t, "%zu", passages->count),
            .law = a->law,
            .short_law = a->short_law,
            .article = a->article,
            .text = str_first(a->text, utf8_prefix(a->text, PHRASE_PASSAGE_MOST)),
            .href = a->href,
        };
    }
}

struct list phrase_passages(struct task *t, const struct ask_view *view)
{
    struct list passages = {0};

    add_passages(t, view->articles, &passages);
    add_passages(t, view->more_articles, &passages);
    return passages;
}

static struct json *message(struct task *t, const char *role, struct str content)
{
    struct json *message = json_object(t);

    json_put_str(t, message, "role", str_of(role));
    json_put_str(t, message, "content", content);
    return message;
}

struct str phrase_request(struct task *t, struct str model, struct str masked_question,
                          struct list passages)
{
    struct json *body = json_object(t), *material = json_object(t), *given = json_list(t),
                *messages = json_list(t), *format = json_object(t);

    LIST_EACH (const struct phrase_passage, p, passages) {
        struct json *one = json_object(t);

        json_put_str(t, one, "id", p->id);
        json_put_str(t, one, "law", p->law);
        json_put_str(t, one, "article", p->article);
        json_put_str(t, one, "text", p->text);
        json_append(given, one);
    }
    json_put_str(t, material, "question", masked_question);
    json_put(t, material, S("passages"), given);
    json_append(messages, message(t, "system", phrase_words));
    json_append(messages, message(t, "user", json_text(t, material)));
    json_put_str(t, body, "model", model);
    json_put(t, body, S("messages"), messages);
    json_put_int(t, body, "temperature", 0);
    json_put_int(t, body, "max_tokens", ANSWER_TOKENS);
    json_put_bool(t, body, "stream", false);
    json_put_str(t, format, "type", S("json_object"));
    json_put(t, body, S("response_format"), format);
    return json_text(t, body);
}

/* From the first brace to the last: models like to put a fence around what they were asked for. */
static struct str braced(struct str text)
{
    size_t begin = str_find(text, S("{")), end = text.len;

    if (begin == SIZE_MAX)
        return (struct str){0};
    while (end > begin && text.at[end - 1] != '}')
        end--;
    return (struct str){text.at + begin, end - begin};
}

enum err phrase_read(struct task *t, struct str body, struct list *ret_sentences)
{
    struct json *answer, *said;
    struct list sentences = {0};
    enum err e = json_parse(t, body, &answer);

    if (e)
        return e;
    const struct json *choices = json_get(answer, "choices");
    const struct json *first = choices && choices->kind == JSON_LIST ? choices->first : NULL;
    struct str content = json_get_str(json_get(first, "message"), "content");
    if ((e = json_parse(t, braced(content), &said)))
        return e;
    const struct json *list = json_get(said, "sentences");
    if (!list || list->kind != JSON_LIST)
        return task_fail(t, ERR_BAD_INPUT, "语言模型的答复里没有句子");
    JSON_EACH (one, list) {
        if (sentences.count == PHRASE_SENTENCES_READ)
            break;
        struct phrase_sentence *sentence = list_add(t, &sentences, sizeof *sentence);
        sentence->text = json_get_str(one, "text");
        const struct json *source = json_get(one, "source");
        sentence->source = source && source->kind == JSON_INT
                               ? str_format(t, "%lld", (long long)source->number)
                               : json_as_str(source);
    }
    *ret_sentences = sentences;
    return OK;
}

/* Danger to life is answered at once, with the number to call. */
static bool is_pressing(const struct ask_view *view)
{
    LIST_EACH (const struct ask_urgent, urgent, view->urgent)
        if (urgent->now)
            return true;
    return false;
}

struct talk {
    const struct conf *conf;
    struct str body;
    struct list sentences;
};

static enum err talk_to_model(struct task *t, void *arg)
{
    struct talk *talk = arg;
    struct str answer;

    if (!model_post(t, talk->conf, talk->body, &answer))
        return ERR_BUSY;
    return phrase_read(t, answer, &talk->sentences);
}

void ask_phrase(struct task *t, const struct conf *conf, struct ask_view *view)
{
    struct talk talk = {.conf = conf};

    view->has_model = conf->model_url.len > 0;
    if (!view->has_model || !view->asked || view->unavailable || is_pressing(view))
        return;
    struct list passages = phrase_passages(t, view);
    if (!passages.count)
        return;
    talk.body = phrase_request(t, conf->model_name, asked_masked(t, view->question), passages);
    if (!model_enter(&gate, t->now, conf->model_per_minute))
        return;
    enum err e = task_protect(t, talk_to_model, &talk);
    model_leave(&gate, t->now, !e);
    if (e) {
        task_clear_error(t);
        log_write(LEVEL_WARN, "knowledge.phrase", LOG_PAIRS(LOG_INT("failed", e)));
        return;
    }
    view->phrased = phrase_checked(t, passages, talk.sentences);
    view->has_phrased = view->phrased.count > 0;
    log_write(LEVEL_DEBUG, "knowledge.phrase",
              LOG_PAIRS(LOG_INT("said", (int64_t)talk.sentences.count),
                        LOG_INT("kept", (int64_t)view->phrased.count)));
}
