#include "search/query_private.h"

#include "search/tokens_private.h"

/* What a part of the query asks for. */
struct node {
    struct index_match *match; /* NULL: only an empty one, as of punctuation */
    bool plain;                /* a word without name or operator */
    bool filter;               /* says nothing of words: a column, or a refusal */
};

struct parser {
    struct task *task;
    const struct query_language *language;
    struct str text;
    size_t offset;
    struct piece now;
    struct index_term *terms;
    size_t n_terms;
    int items, depth;
    int refused; /* inside how many NOTs */
    bool simple; /* plain words only, so far */
    struct query_error *error;
};

static enum err fail_at(struct parser *p, size_t bytes, const char *what)
{
    size_t at = 0, offset = 0;

    while (offset < bytes && offset < p->text.len) {
        size_t begin = offset;
        if (utf8_next(p->text, &offset) == UINT32_MAX)
            offset = begin + 1;
        at++;
    }
    p->error->at = at;
    p->error->message = str_format(p->task, "第 %zu 个字处：%s", at + 1, what);
    return task_fail(p->task, ERR_BAD_INPUT, "%.*s", STR_ARG(p->error->message));
}

static void step(struct parser *p)
{
    p->now = query_scan(p->language, p->text, &p->offset);
}

/* ---- making ---- */

static struct index_match *join(struct task *t, enum index_match_kind kind,
                                struct index_match *left, struct index_match *right)
{
    if (!left || !right)
        return left ? left : right;
    struct index_match *both = NEW(t, struct index_match, 1);
    *both = (struct index_match){.kind = kind, .left = left, .right = right};
    return both;
}

static struct index_match *one(struct task *t, struct index_match match)
{
    struct index_match *made = NEW(t, struct index_match, 1);

    *made = match;
    return made;
}

static unsigned fields_of(const struct parser *p, const struct query_name *name)
{
    unsigned fields = 0;

    if (name)
        return name->fields;
    for (int i = 0; i < INDEX_FIELDS; i++)
        if (p->language->weights[i] > 0)
            fields |= 1U << i;
    return fields;
}

/* Terms of every kind: those that a field does not have are found nowhere. */
static void add_terms(struct parser *p, struct units units, unsigned fields)
{
    size_t most = terms_most(units, TERMS_ALL);
    uint64_t *terms = NEW(p->task, uint64_t, most + 1);
    size_t n = terms_of(units, TERMS_ALL, terms, most);

    for (int i = 0; i < INDEX_FIELDS; i++)
        for (size_t k = 0; (fields >> i & 1) && k < n && p->n_terms < INDEX_TERMS_MAX; k++) {
            float weight = p->language->weights[i];
            p->terms[p->n_terms++] = (struct index_term){terms[k], i, weight > 0 ? weight : 1};
        }
}

static struct index_match *text_match(struct parser *p, const struct piece *piece)
{
    struct units units = units_of(p->task, piece->text);
    unsigned fields = fields_of(p, piece->name);

    while (units.n && units.at[units.n - 1] == UNIT_BREAK)
        units.n--;
    if (units.n == 0 || fields == 0)
        return NULL;
    if (p->refused == 0)
        add_terms(p, units, fields);
    return one(p->task,
               (struct index_match){.kind = piece->kind == PIECE_PHRASE ? MATCH_PHRASE : MATCH_WORD,
                                    .fields = fields,
                                    .phrase = units});
}

int64_t query_keyword(struct str word)
{
    return (int64_t)(term_keyword(word) & ((UINT64_C(1) << TERM_VALUE_BITS) - 1));
}

static struct index_match *keyword_match(struct parser *p, const struct piece *piece)
{
    struct index_match *any = NULL;

    if (!piece->name->fields) {
        int64_t value = query_keyword(piece->text);
        return one(p->task,
                   (struct index_match){
                       .kind = MATCH_FILTER,
                       .filter = {.column = piece->name->column, .low = value, .high = value}});
    }
    for (int i = 0; i < INDEX_FIELDS; i++)
        if (piece->name->fields >> i & 1)
            any = join(p->task, MATCH_OR, any,
                       one(p->task, (struct index_match){.kind = MATCH_TERM,
                                                         .field = i,
                                                         .term = term_keyword(piece->text)}));
    return any;
}

static bool read_value(const struct query_name *name, struct str text, int64_t *low, int64_t *high)
{
    if (name->type == QUERY_DAY)
        return query_days(text, low, high);
    if (!str_int(text, low))
        return false;
    *high = *low;
    return true;
}

/* value, value..value, value.., ..value */
static bool read_range(const struct piece *piece, struct index_filter *filter)
{
    const struct query_name *name = piece->name;
    size_t dots = str_find(piece->text, S(".."));
    int64_t ignored;

    if (dots == SIZE_MAX)
        return read_value(name, piece->text, &filter->low, &filter->high);
    struct str from = str_first(piece->text, dots), to = str_from(piece->text, dots + 2);
    filter->low = INT64_MIN;
    filter->high = INT64_MAX;
    return (from.len || to.len) && (!from.len || read_value(name, from, &filter->low, &ignored)) &&
           (!to.len || read_value(name, to, &ignored, &filter->high));
}

static enum err column_match(struct parser *p, const struct piece *piece,
                             struct index_match **ret_match)
{
    struct index_match match = {.kind = MATCH_FILTER, .filter = {.column = piece->name->column}};

    if (piece->name->type == QUERY_CHOICE) {
        const struct query_choice *choice = piece->name->choices;

        while (choice->word && !str_is(piece->text, choice->word))
            choice++;
        if (!choice->word)
            return fail_at(p, piece->at, "没有这个选项");
        match.filter.low = match.filter.high = choice->value;
    } else if (!read_range(piece, &match.filter)) {
        return fail_at(p, piece->at,
                       piece->name->type == QUERY_DAY ? "日期应写成 2021-05-01、2021-05 或 2021"
                                                      : "这里应是数字");
    }
    *ret_match = one(p->task, match);
    return OK;
}

/* ---- parsing ---- */

static enum err parse_query(struct parser *p, struct node *ret);

static enum err parse_item(struct parser *p, struct node *ret)
{
    struct piece piece = p->now;
    struct node node = {0};
    enum err e = OK;

    if (++p->items > QUERY_ITEMS)
        return fail_at(p, piece.at, "检索式太长");
    if (piece.kind == PIECE_OPEN) {
        if (++p->depth > QUERY_DEPTH)
            return fail_at(p, piece.at, "括号太多");
        p->simple = false;
        step(p);
        e = parse_query(p, &node);
        if (e)
            return e;
        if (p->now.kind != PIECE_CLOSE)
            return fail_at(p, piece.at, "括号没有结束");
        p->depth--;
        step(p);
        node.plain = false;
        *ret = node;
        return OK;
    }
    if (piece.kind == PIECE_BAD)
        return fail_at(p, piece.at, "引号没有结束");
    if (piece.kind == PIECE_CLOSE)
        return fail_at(p, piece.at, "多了一个右括号");
    if (piece.kind != PIECE_WORD && piece.kind != PIECE_PHRASE)
        return fail_at(p, piece.at, "这里应是要检索的词");
    if (piece.name && piece.text.len == 0)
        return fail_at(p, piece.at, "冒号后面应有内容");
    p->simple = p->simple && piece.kind == PIECE_WORD && !piece.name;
    if (!piece.name || piece.name->type == QUERY_TEXT) {
        node.match = text_match(p, &piece);
        node.plain = piece.kind == PIECE_WORD && !piece.name;
    } else if (piece.name->type == QUERY_KEYWORD) {
        node.match = keyword_match(p, &piece);
        node.filter = true;
    } else {
        e = column_match(p, &piece, &node.match);
        node.filter = true;
    }
    if (e)
        return e;
    step(p);
    *ret = node;
    return OK;
}

static enum err parse_not(struct parser *p, struct node *ret)
{
    int nots = 0;
    enum err e;

    for (; p->now.kind == PIECE_NOT; nots++) {
        p->simple = false;
        p->refused++;
        step(p);
    }
    e = parse_item(p, ret);
    p->refused -= nots;
    if (!e && nots % 2 && ret->match) {
        ret->match = one(p->task, (struct index_match){.kind = MATCH_NOT, .left = ret->match});
        ret->plain = false;
        ret->filter = true;
    }
    return e;
}

static enum err parse_all(struct parser *p, struct node *ret)
{
    enum err e = parse_not(p, ret);
    struct node other;

    while (!e && p->now.kind == PIECE_AND) {
        p->simple = false;
        step(p);
        e = parse_not(p, &other);
        if (e)
            return e;
        ret->match = join(p->task, MATCH_AND, ret->match, other.match);
        ret->plain = false;
        ret->filter = ret->filter && other.filter;
    }
    return e;
}

static bool begins_item(enum piece_kind kind)
{
    return kind == PIECE_WORD || kind == PIECE_PHRASE || kind == PIECE_OPEN || kind == PIECE_NOT ||
           kind == PIECE_BAD;
}

static enum err parse_group(struct parser *p, struct node *ret)
{
    struct index_match *words = NULL, *musts = NULL;
    bool text = false; /* something besides plain words and filters */
    int n = 0;

    do {
        struct node node = {0};
        enum err e = parse_all(p, &node);
        if (e)
            return e;
        n++;
        if (node.plain && !p->language->every_word) {
            words = join(p->task, MATCH_OR, words, node.match);
        } else {
            musts = join(p->task, MATCH_AND, musts, node.match);
            text = text || (!node.filter && node.match);
        }
        *ret = node;
    } while (begins_item(p->now.kind));
    if (n > 1)
        *ret = (struct node){.match = text ? musts : join(p->task, MATCH_AND, words, musts),
                             .filter = !text && !words};
    return OK;
}

static enum err parse_query(struct parser *p, struct node *ret)
{
    enum err e = parse_group(p, ret);
    struct node other;

    while (!e && p->now.kind == PIECE_OR) {
        p->simple = false;
        step(p);
        e = parse_group(p, &other);
        if (e)
            return e;
        ret->match = join(p->task, MATCH_OR, ret->match, other.match);
        ret->plain = ret->filter = false;
    }
    return e;
}

enum err query_parse(struct task *t, const struct query_language *language, struct str text,
                     struct index_ask *ret_ask, struct query_error *ret_error)
{
    struct parser p = {.task = t,
                       .language = language,
                       .text = text,
                       .simple = !language->every_word,
                       .error = ret_error};
    struct node node = {0};

    if (text.len > QUERY_BYTES_MAX)
        return fail_at(&p, 0, "检索式太长");
    p.terms = NEW(t, struct index_term, INDEX_TERMS_MAX);
    step(&p);
    if (p.now.kind == PIECE_END)
        return fail_at(&p, 0, "请输入要检索的词");
    enum err e = parse_query(&p, &node);
    if (e)
        return e;
    if (p.now.kind != PIECE_END)
        return fail_at(&p, p.now.at,
                       p.now.kind == PIECE_CLOSE ? "多了一个右括号" : "这里应是要检索的词");
    if (!node.match)
        return fail_at(&p, 0, "没有可以检索的字");
    *ret_ask = (struct index_ask){
        .terms = p.terms, .n_terms = p.n_terms, .match = p.simple ? NULL : node.match};
    return OK;
}

void query_plain(struct task *t, const struct index_schema *schema, const float *weights,
                 struct str text, struct index_ask *ret_ask)
{
    struct units units = units_of(t, str_first(text, QUERY_BYTES_MAX));
    struct index_term *terms = NEW(t, struct index_term, INDEX_TERMS_MAX);
    size_t n = 0;

    for (int i = 0; i < schema->n_fields; i++) {
        if (!(weights[i] > 0))
            continue;
        size_t most = terms_most(units, schema->fields[i].kinds);
        uint64_t *found = NEW(t, uint64_t, most + 1);
        size_t count = terms_of(units, schema->fields[i].kinds, found, most);
        for (size_t k = 0; k < count && n < INDEX_TERMS_MAX; k++)
            terms[n++] = (struct index_term){found[k], i, weights[i]};
    }
    *ret_ask = (struct index_ask){.terms = terms, .n_terms = n};
}
