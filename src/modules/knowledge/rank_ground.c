/*
 * The ground of ranking, made from the index of laws and the answers that the program brings along.
 */
#include "rank_ground.h"

#include <stdlib.h>

#include "schema.h"

extern const struct str shipped_answers, ranking_links, ranking_asked;

int64_t ground_questions_mark(void)
{
    return (int64_t)(term_keyword(ranking_links) ^ term_keyword(ranking_asked) << 1 ^
                     term_keyword(shipped_answers) << 2);
}

unsigned ground_fold(struct str id)
{
    enum { FOLDS = 10 };

    return (unsigned)(index_id(id) % FOLDS);
}

void ground_doc(struct task *t, uint64_t id, const struct units *texts, const int64_t *columns,
                struct str payload, struct rank_doc *ret_doc)
{
    struct str parts[LAW_PARTS] = {{0}};

    if (!payload_unpack(payload, parts, LAW_PARTS))
        parts[LP_TITLE] = parts[LP_CHAPTER] = parts[LP_LAW] = S("");
    struct str title = parts[LP_TITLE];
    bool decision =
        str_find(title, S("决定")) != SIZE_MAX || str_find(title, S("修正案")) != SIZE_MAX;
    int64_t year = columns[LAW_DATE] / 10000;
    *ret_doc = (struct rank_doc){
        .id = id,
        .group = (uint64_t)columns[LAW_CODE],
        .section = term_keyword(
            str_format(t, "%.*s/%.*s", STR_ARG(parts[LP_LAW]), STR_ARG(parts[LP_CHAPTER]))),
        .title = texts[LAW_TITLE],
        .heading = texts[LAW_CHAPTER],
        .text = texts[LAW_TEXT],
        .traits = {[TRAIT_KIND] = (float)columns[LAW_KIND],
                   [TRAIT_EXPIRED] = (float)columns[LAW_EXPIRED],
                   [TRAIT_YEAR] = (float)year,
                   [TRAIT_DECISION] = decision},
    };
}

/* --- Documents, law by law ---------------------------------------------------------------------
 */

struct placed {
    int64_t law, position;
    struct index_hit hit;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->law != y->law)
        return x->law < y->law ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->hit.id > y->hit.id) - (x->hit.id < y->hit.id);
}

static enum err place_all(struct task *t, struct index_view *laws, struct placed **ret_all,
                          size_t *ret_n)
{
    size_t n = 0, most = index_stats(laws, LAW_ALL).docs;
    struct placed *all = NEW(t, struct placed, most + 1);
    struct index_hit hit = {0};

    while (n < most && index_each(laws, &hit)) {
        struct index_stored stored;
        enum err e = index_stored(t, laws, hit, &stored);

        if (e)
            return e;
        hit.id = stored.id;
        all[n++] = (struct placed){stored.columns[LAW_CODE], stored.columns[LAW_POSITION], hit};
    }
    qsort(all, n, sizeof *all, by_place);
    *ret_all = all;
    *ret_n = n;
    return OK;
}

static enum err add_docs(struct task *t, struct index_view *laws, struct rank_builder *b)
{
    struct placed *all;
    size_t n;
    enum err e = place_all(t, laws, &all, &n);

    for (size_t i = 0; i < n && !e; i++) {
        struct task_mark mark = task_mark(t);
        struct index_stored stored;
        struct rank_doc doc;

        e = index_stored(t, laws, all[i].hit, &stored);
        if (!e) {
            ground_doc(t, stored.id, stored.texts, stored.columns, stored.payload, &doc);
            e = rank_build_doc(t, b, &doc);
        }
        task_reset(t, mark);
    }
    return e;
}

/* --- Questions ---------------------------------------------------------------------------------
 */

enum { LINKS_MOST = 64 };

/* "article article ..." */
static size_t docs_of(struct str links, uint64_t *ret_docs)
{
    struct str article;
    size_t n = 0;

    while (n < LINKS_MOST && str_cut(&links, ' ', &article))
        if (article.len)
            ret_docs[n++] = doc_id(KNOWLEDGE_SHARED, article);
    return n;
}

/* The articles of an answer: a line "id<TAB>article article ..." of the links. */
static size_t links_of(struct str id, uint64_t *ret_docs)
{
    struct str rest = ranking_links, line, name;

    while (str_cut(&rest, '\n', &line))
        if (str_cut(&line, '\t', &name) && str_eq(name, id))
            return docs_of(line, ret_docs);
    return 0;
}

/* What people ask beside, written for this program: "id<TAB>article article ...<TAB>question". */
enum err ground_add_own(struct task *t, struct rank_builder *b)
{
    struct str rest = ranking_asked, line, id, links;
    enum err e = OK;

    while (!e && str_cut(&rest, '\n', &line)) {
        struct task_mark mark = task_mark(t);
        uint64_t docs[LINKS_MOST];

        str_cut(&line, '\t', &id);
        str_cut(&line, '\t', &links);
        e = rank_build_past(t, b,
                            &(struct rank_past){.question = units_of(t, line),
                                                .docs = docs,
                                                .n_docs = docs_of(links, docs),
                                                .fold = RANK_WRITTEN});
        task_reset(t, mark);
    }
    return e;
}

static enum err add_question(struct task *t, struct rank_builder *b, struct str line)
{
    uint64_t docs[LINKS_MOST];
    struct json *json;
    struct doc doc;
    enum err e = json_parse(t, line, &json);

    if (!e)
        e = doc_of_json(t, json, &doc);
    if (e || doc.kind != DOC_ANSWER)
        return e;
    return rank_build_past(t, b,
                           &(struct rank_past){.question = units_of(t, doc.answered.question),
                                               .answer = units_of(t, doc.answered.answer),
                                               .docs = docs,
                                               .n_docs = links_of(doc.answered.id, docs),
                                               .fold = ground_fold(doc.answered.id)});
}

static enum err add_questions(struct task *t, struct rank_builder *b)
{
    struct lines *lines;
    struct str line;
    bool cut;
    enum err e = lines_of_text(t, shipped_answers, true, &lines);

    while (!e && lines_next(lines, &line, &cut)) {
        struct task_mark mark = task_mark(t);

        e = add_question(t, b, line);
        task_reset(t, mark);
    }
    return e;
}

enum err ground_build(struct task *t, struct index_view *laws, const char *path, int64_t mark)
{
    struct rank_builder *b = rank_build_begin(t);
    enum err e = b ? add_docs(t, laws, b) : task_fail(t, ERR_NO_MEMORY, "内存不足");

    if (!e)
        e = add_questions(t, b);
    if (!e)
        e = ground_add_own(t, b);
    return e ? e : rank_build_end(t, b, path, mark);
}
