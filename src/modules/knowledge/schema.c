/*
 * What the indexes hold, and how a row becomes a document of one.
 */
#include "schema.h"

#include <string.h>

#include "cite.h"

const char *const law_kinds[] = {"宪法",     "法律",       "行政法规", "司法解释",
                                 "部门规章", "地方性法规", "其他",     NULL};

const struct index_schema law_schema = {
    .version = KNOWLEDGE_SCHEMA,
    .n_texts = 5,
    .n_fields = 7,
    .n_columns = 7,
    .texts = {"law", "chapter", "text", "keys", "number"},
    .fields =
        {
            {"all", 1u << LAW_TITLE | 1u << LAW_CHAPTER | 1u << LAW_TEXT, TERMS_PLAIN, 1.2f, 0.75f},
            {"chars", 1u << LAW_TITLE | 1u << LAW_CHAPTER | 1u << LAW_TEXT, TERM_UNIGRAM, 1.2f,
             0.75f},
            {"of", 1u << LAW_TITLE, TERMS_PLAIN, 1.2f, 0.75f},
            {"heading", 1u << LAW_CHAPTER, TERMS_PLAIN, 1.2f, 0.75f},
            {"says", 1u << LAW_TEXT, TERMS_PLAIN, 1.2f, 0.75f},
            {"key", 1u << LAW_KEYS, TERM_KEYWORD, 1.2f, 0.75f},
            {"article", 1u << LAW_NUMBER, TERM_ARTICLE, 1.2f, 0.75f},
        },
    .columns = {"kind", "region", "expired", "date", "code", "position", "tenant"},
};

const struct index_schema answer_schema = {
    .version = KNOWLEDGE_SCHEMA,
    .n_texts = 4,
    .n_fields = 4,
    .n_columns = 4,
    .texts = {"question", "answer", "topic", "keys"},
    .fields =
        {
            {"asked", 1u << ANSWER_QUESTION, TERMS_PLAIN, 1.2f, 0.75f},
            {"asked-chars", 1u << ANSWER_QUESTION, TERM_UNIGRAM, 1.2f, 0.75f},
            {"said", 1u << ANSWER_ANSWER | 1u << ANSWER_TOPIC, TERMS_PLAIN, 1.2f, 0.75f},
            {"key", 1u << ANSWER_KEYS, TERM_KEYWORD, 1.2f, 0.75f},
        },
    .columns = {"machine", "approved", "date", "tenant"},
};

const struct index_schema case_schema = {
    .version = KNOWLEDGE_SCHEMA,
    .n_texts = 4,
    .n_fields = 4,
    .n_columns = 4,
    .texts = {"title", "cause", "text", "keys"},
    .fields =
        {
            {"all", 1u << CASE_TITLE | 1u << CASE_CAUSE | 1u << CASE_TEXT, TERMS_PLAIN, 1.2f,
             0.75f},
            {"chars", 1u << CASE_TITLE | 1u << CASE_CAUSE, TERM_UNIGRAM, 1.2f, 0.75f},
            {"named", 1u << CASE_TITLE | 1u << CASE_CAUSE, TERMS_PLAIN, 1.2f, 0.75f},
            {"key", 1u << CASE_KEYS, TERM_KEYWORD, 1.2f, 0.75f},
        },
    .columns = {"kind", "date", "court", "tenant"},
};

/* --- Payload: a length of four bytes before each part ---------------------------------------- */

struct str payload_pack(struct task *t, const struct str *parts, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += 4 + parts[i].len;
    char *at = NEW(t, char, len + 1), *to = at;
    for (size_t i = 0; i < n; i++) {
        uint32_t size = (uint32_t)parts[i].len;

        memcpy(to, &size, 4);
        if (size)
            memcpy(to + 4, parts[i].at, size);
        to += 4 + size;
    }
    return (struct str){at, len};
}

bool payload_unpack(struct str payload, struct str *ret_parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t size;

        if (payload.len < 4)
            return false;
        memcpy(&size, payload.at, 4);
        if (size > payload.len - 4)
            return false;
        ret_parts[i] = (struct str){payload.at + 4, size};
        payload = str_from(payload, 4 + (size_t)size);
    }
    return true;
}

/* --- Columns --------------------------------------------------------------------------------- */

int64_t day_column(struct str day)
{
    int64_t number = 0;

    for (size_t i = 0; i < day.len; i++)
        if (day.at[i] >= '0' && day.at[i] <= '9')
            number = number * 10 + day.at[i] - '0';
    return number;
}

int64_t keyword_column(struct str word)
{
    return word.len ? (int64_t)(term_keyword(word) & INT64_C(0x3FFFFFFFFFFFFFFF)) : 0;
}

int64_t region_column(struct str region)
{
    return region.len >= 2 ? region.at[0] * 256 + region.at[1] : 0;
}

int64_t law_kind_column(struct str kind)
{
    int64_t i = 0;

    while (law_kinds[i + 1] && !str_is(kind, law_kinds[i]))
        i++;
    return i;
}

/* --- Documents ------------------------------------------------------------------------------- */

enum { KEYS_MOST = 500 };

struct keys {
    uint64_t terms[KEYS_MOST];
    size_t n;
};

static void add_key(struct keys *keys, struct str word)
{
    if (word.len && keys->n < KEYS_MOST)
        keys->terms[keys->n++] = term_keyword(word);
}

static void add_cites(struct task *t, struct keys *keys, struct str text, struct str own)
{
    struct list cites = cites_find(t, text, own);

    LIST_EACH (const struct cite, cite, cites) {
        struct str key = cite_key(t, cite->law, cite->article);

        if (key.len)
            add_key(keys, str_join(t, S("cites:"), key));
    }
}

static struct str flag(bool set)
{
    return set ? S("1") : S("");
}

void law_doc(struct task *t, const struct article *a, struct index_doc *ret_doc)
{
    const struct str parts[LAW_PARTS] = {
        [LP_ID] = a->id,
        [LP_LAW] = a->law,
        [LP_TITLE] = a->of.title,
        [LP_KIND] = a->of.kind,
        [LP_REGION] = a->of.region,
        [LP_VERSION] = a->of.version,
        [LP_EXPIRED] = flag(a->of.expired),
        [LP_ARTICLE] = a->article,
        [LP_CHAPTER] = a->chapter,
        [LP_TEXT] = a->text,
    };
    struct str name = law_short(a->of.title);
    struct keys *keys = NEW(t, struct keys, 1);

    add_key(keys, a->id);
    add_key(keys, a->law);
    add_key(keys, name);
    add_key(keys, pinyin_initials(t, name));
    add_cites(t, keys, a->text, name);
    *ret_doc = (struct index_doc){
        .id = doc_id(a->tenant, a->id),
        .texts = {[LAW_TITLE] = units_of(t, a->of.title),
                  [LAW_CHAPTER] = units_of(t, a->chapter),
                  [LAW_TEXT] = units_of(t, a->text),
                  [LAW_KEYS] = units_of_keywords(t, keys->terms, keys->n),
                  [LAW_NUMBER] = units_of(t, a->article)},
        .columns = {[LAW_KIND] = law_kind_column(a->of.kind),
                    [LAW_REGION] = region_column(a->of.region),
                    [LAW_EXPIRED] = a->of.expired,
                    [LAW_DATE] = day_column(a->of.version),
                    [LAW_CODE] = keyword_column(a->law),
                    [LAW_POSITION] = a->position,
                    [LAW_TENANT] = a->tenant},
        .payload = payload_pack(t, parts, LAW_PARTS),
    };
}

void answer_doc(struct task *t, const struct answered *a, struct index_doc *ret_doc)
{
    const struct str parts[ANSWER_PARTS] = {
        [AP_ID] = a->id,
        [AP_QUESTION] = a->question,
        [AP_ANSWER] = a->answer,
        [AP_BY] = a->answered_by,
        [AP_ON] = a->answered_on,
        [AP_TOPIC] = a->topic,
        [AP_LAWS] = a->laws,
        [AP_SOURCE] = a->source,
        [AP_MACHINE] = flag(a->machine),
        [AP_APPROVED_BY] = a->approved_by,
        [AP_APPROVED_AT] = a->approved_at ? day_text(t, day_of(a->approved_at)) : S(""),
    };
    struct keys *keys = NEW(t, struct keys, 1);

    add_key(keys, a->id);
    add_key(keys, a->topic);
    add_cites(t, keys, a->answer, (struct str){0});
    add_cites(t, keys, a->laws, (struct str){0});
    *ret_doc = (struct index_doc){
        .id = doc_id(a->tenant, a->id),
        .texts = {[ANSWER_QUESTION] = units_of(t, a->question),
                  [ANSWER_ANSWER] = units_of(t, a->answer),
                  [ANSWER_TOPIC] = units_of(t, a->topic),
                  [ANSWER_KEYS] = units_of_keywords(t, keys->terms, keys->n)},
        .columns = {[ANSWER_MACHINE] = a->machine,
                    [ANSWER_APPROVED] = a->approved_at != 0,
                    [ANSWER_DATE] = day_column(a->answered_on),
                    [ANSWER_TENANT] = a->tenant},
        .payload = payload_pack(t, parts, ANSWER_PARTS),
    };
}

void case_doc(struct task *t, const struct court_case *one, struct index_doc *ret_doc)
{
    enum { SHOWN = 300 };
    const struct str parts[CASE_PARTS] = {
        [CP_ID] = one->id,
        [CP_KIND] = one->kind,
        [CP_TITLE] = one->title,
        [CP_COURT] = one->court,
        [CP_NUMBER] = one->case_no,
        [CP_DATE] = one->published,
        [CP_CAUSE] = one->cause,
        [CP_OUTCOME] = one->outcome,
        [CP_TEXT] = str_first(one->text, utf8_prefix(one->text, SHOWN)),
        [CP_SOURCE] = one->source,
    };
    struct keys *keys = NEW(t, struct keys, 1);

    add_key(keys, one->id);
    add_key(keys, one->court);
    add_key(keys, one->case_no);
    add_key(keys, one->cause);
    add_cites(t, keys, one->text, (struct str){0});
    *ret_doc = (struct index_doc){
        .id = doc_id(one->tenant, one->id),
        .texts = {[CASE_TITLE] = units_of(t, one->title),
                  [CASE_CAUSE] = units_of(t, one->cause),
                  [CASE_TEXT] = units_of(t, one->text),
                  [CASE_KEYS] = units_of_keywords(t, keys->terms, keys->n)},
        .columns = {[CASE_KIND] = str_is(one->kind, "刑事"),
                    [CASE_DATE] = day_column(one->published),
                    [CASE_COURT] = keyword_column(one->court),
                    [CASE_TENANT] = one->tenant},
        .payload = payload_pack(t, parts, CASE_PARTS),
    };
}
