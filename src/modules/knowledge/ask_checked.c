/*
 * The judge of what a language model said: a pure function of its sentences and of the articles it
 * was given.  It cannot tell whether a sentence is wise; it sees to it that nothing stands in it
 * that its article does not say - no other law, number, duty or negation, and hardly another word.
 * In doubt the sentence goes: the page is whole without it.
 */
#include "ask_phrase.h"
#include "search/tokens.h"

enum {
    SHARE = 75,       /* percent of the letters that the article must carry */
    FOREIGN_MOST = 4, /* letters in a row that it does not */
    CARRIED_LEAST = 4,
    SENTENCE_LEAST = 6, /* characters */
    SENTENCE_MOST = 120,
    AMOUNTS_MOST = 200
};

/* Characters that say nothing by themselves: they do not count. */
static const char light[] =
    "的了着是在和与及或也就都而且但等其该此这那您你我他她它们吗呢吧啊把被对个些么怎样如果则因很更最还又只";
static const char numerals[] = "零〇一二两三四五六七八九十百千万亿半";
static const char negations[] = "不未无没非禁免";

static bool among(const char *characters, uint32_t c)
{
    struct str all = str_of(characters);

    for (size_t at = 0; at < all.len;)
        if (utf8_next(all, &at) == c)
            return true;
    return false;
}

/* --- Amounts: a number and what it counts ---------------------------------------------------- */

struct amount {
    int64_t number; /* -1: half */
    uint32_t unit;  /* 0: none that is known */
};

static bool is_numeral(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19) ||
           (c != 0x534A && c != 0x4EBF && among(numerals, c)); /* not 半, 亿: they are read apart */
}

/* The unit at the beginning of `text`: months that are counted are another unit than those of a
 * date, working days another than days. */
static uint32_t unit_at(struct str text)
{
    static const struct {
        struct str word;
        uint32_t unit;
    } units[] = {
        {STR_INIT("个工作日"), 'w'}, {STR_INIT("工作日"), 'w'}, {STR_INIT("个月"), 'm'},
        {STR_INIT("月"), 'M'},       {STR_INIT("日"), 'd'},     {STR_INIT("天"), 'd'},
        {STR_INIT("年"), 'y'},       {STR_INIT("周年"), 'y'},   {STR_INIT("周岁"), 's'},
        {STR_INIT("岁"), 's'},       {STR_INIT("周"), 'W'},     {STR_INIT("个星期"), 'W'},
        {STR_INIT("小时"), 'h'},     {STR_INIT("个小时"), 'h'}, {STR_INIT("元"), 'Y'},
        {STR_INIT("块"), 'Y'},       {STR_INIT("倍"), 'x'},     {STR_INIT("人"), 'p'},
        {STR_INIT("名"), 'p'},       {STR_INIT("次"), 't'},     {STR_INIT("款"), 'k'},
        {STR_INIT("项"), 'i'},       {STR_INIT("条"), 'a'},     {STR_INIT("亿"), 'b'},
        {STR_INIT("%"), '%'},        {STR_INIT("％"), '%'},
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_starts(text, units[i].word))
            return units[i].unit;
    return 0;
}

static size_t numerals_end(struct str text, size_t at)
{
    for (size_t next = at; next < text.len; at = next)
        if (!is_numeral(utf8_next(text, &next)))
            break;
    return at;
}

/* 第……条（之……） at `at`: past it, else `at`. */
static size_t past_article(struct str text, size_t at)
{
    struct str words[] = {S("第"), S("条"), S("之")};
    size_t from = at + words[0].len, end = at;

    if (!str_starts(str_from(text, at), words[0]))
        return at;
    end = numerals_end(text, from);
    if (end == from || !str_starts(str_from(text, end), words[1]))
        return at;
    end += words[1].len;
    if (str_starts(str_from(text, end), words[2]))
        end = numerals_end(text, end + words[2].len);
    return end;
}

/* False: there is a number that cannot be read, or more than `most`. */
static bool amounts_of(struct str text, struct amount *out, size_t most, size_t *ret_count)
{
    const struct str percent = S("百分之"), half = S("半"), one = S("一");
    bool sure = true;
    size_t n = 0;

    for (size_t at = 0; at < text.len && n < most;) {
        size_t begin = past_article(text, at), end;
        bool is_percent = str_starts(str_from(text, begin), percent);

        if (begin > at) {
            at = begin;
            continue;
        }
        begin += is_percent ? percent.len : 0;
        end = numerals_end(text, begin);
        struct str number = {text.at + begin, end - begin};
        struct amount amount = {0};
        if (!number.len && str_starts(str_from(text, begin), half)) {
            at = begin + half.len;
            amount = (struct amount){-1, unit_at(str_from(text, at))};
            if (amount.unit)
                out[n++] = amount;
            continue;
        }
        if (!number.len) {
            utf8_next(text, &at);
            continue;
        }
        at = end;
        amount.unit = is_percent ? '%' : unit_at(str_from(text, end));
        if (str_eq(number, one) && !amount.unit)
            continue; /* 一方, 一般, 统一 */
        if (!number_of_numerals(number, &amount.number))
            sure = false;
        else
            out[n++] = amount;
        /* 1.5, 10,000: not read */
        if (end + 1 < text.len && (text.at[end] == '.' || text.at[end] == ',') &&
            is_numeral((unsigned char)text.at[end + 1]))
            sure = false;
    }
    *ret_count = n;
    return sure && n < most;
}

static bool amounts_stand(struct task *t, struct str sentence, struct str passage)
{
    struct amount *said = NEW(t, struct amount, AMOUNTS_MOST);
    struct amount *there = NEW(t, struct amount, AMOUNTS_MOST);
    size_t n_said, n_there;

    if (!amounts_of(sentence, said, AMOUNTS_MOST, &n_said))
        return false;
    (void)amounts_of(passage, there, AMOUNTS_MOST, &n_there); /* what it could read stands */
    for (size_t i = 0; i < n_said; i++) {
        bool stands = false;
        for (size_t k = 0; k < n_there && !stands; k++)
            stands = said[i].number == there[k].number &&
                     (!said[i].unit || said[i].unit == there[k].unit);
        if (!stands)
            return false;
    }
    return true;
}

/* --- Laws and articles that are named -------------------------------------------------------- */

static bool is_this_law(struct str before, const struct phrase_passage *p)
{
    return str_ends(before, p->short_law) || str_ends(before, S("本法")) ||
           str_ends(before, S("该法")) || str_ends(before, S("本条例")) ||
           str_ends(before, S("该条例"));
}

/* What stands before 第……条: the end of a law's name must be this law's. */
static bool law_before(struct str before, const struct phrase_passage *p)
{
    static const char *const ends[] = {"法", "典", "例", "定", "则", "释", "程", "规"};

    if (str_ends(before, S("》")))
        return true; /* names_stand() looks at what is in brackets */
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_ends(before, str_of(ends[i])))
            return is_this_law(before, p);
    return true;
}

static bool articles_stand(struct task *t, struct str sentence, const struct phrase_passage *p)
{
    uint64_t *said, *own;
    size_t n = terms_of_text(t, sentence, TERM_ARTICLE, &said);
    size_t n_own = terms_of_text(t, p->article, TERM_ARTICLE, &own);

    for (size_t i = 0; i < n; i++)
        if (!n_own || said[i] != own[0])
            return false;
    for (size_t at = 0; at < sentence.len;) {
        size_t past = past_article(sentence, at);

        if (past > at && !law_before(str_trim(str_first(sentence, at)), p))
            return false;
        if (past > at)
            at = past;
        else
            utf8_next(sentence, &at);
    }
    return true;
}

/* Every 《...》 is this law or stands in the passage like that. */
static bool names_stand(struct task *t, struct str sentence, const struct phrase_passage *p)
{
    const struct str open = S("《"), close = S("》");
    size_t begin;

    while ((begin = str_find(sentence, open)) != SIZE_MAX) {
        struct str rest = str_from(sentence, begin + open.len);
        size_t end = str_find(rest, close);
        if (end == SIZE_MAX)
            return false;
        struct str name = {rest.at, end};
        if (!str_eq(name, p->law) && !str_eq(name, p->short_law) &&
            str_find(p->text, str_format(t, "《%.*s》", STR_ARG(name))) == SIZE_MAX)
            return false;
        sentence = str_from(rest, end + close.len);
    }
    return true;
}

/* --- Words ----------------------------------------------------------------------------------- */

struct letters { /* normalised; 0 is a break, as are numerals: amounts are looked at apart */
    uint16_t *at;
    size_t n;
};

static struct letters letters_of(struct task *t, struct str text)
{
    struct units units = units_of(t, text);
    struct letters letters = {NEW(t, uint16_t, units.n + 1), 0};

    for (size_t i = 0; i < units.n; i++) {
        uint16_t u = units.at[i];

        letters.at[letters.n++] = u < UNIT_FIRST_CHAR || among(numerals, u) ? 0 : u;
        i += u == UNIT_WIDE ? 2 : u != UNIT_BREAK && u < UNIT_FIRST_CHAR ? 4 : 0;
    }
    return letters;
}

static uint32_t first_character(const char *text)
{
    size_t at = 0;
    return utf8_next(str_of(text), &at);
}

static bool pair_is(uint16_t a, uint16_t b, const char *word)
{
    struct str text = str_of(word);
    size_t at = 0;

    return utf8_next(text, &at) == a && utf8_next(text, &at) == b;
}

static bool pair_in(uint16_t a, uint16_t b, const char *const *words)
{
    for (; *words; words++)
        if (pair_is(a, b, *words))
            return true;
    return false;
}

/* Pairs that change what a sentence demands, and names of laws: all of them must be there. */
static bool pair_binds(uint16_t a, uint16_t b)
{
    static const char *const duties[] = {"可以", "应当", "应该", "必须", "有权",
                                         "只能", "一律", "必要", NULL};
    static const char *const no_laws[] = {"依法", "合法", "违法", "非法", "办法", "无法",
                                          "方法", "司法", "守法", "执法", NULL};

    return among(negations, a) || pair_in(a, b, duties) || b == first_character("典") ||
           (b == first_character("法") && !pair_in(a, b, no_laws));
}

/* Is what stands at `i` directly negated: 不X, 不得X, 未经X? */
static bool negated(struct letters l, size_t i)
{
    static const char *const words[] = {"不得", "不予", "不能", "不应", "不再", "不可", "不宜",
                                        "未经", "禁止", "无权", "无需", "没有", "免予", NULL};

    return (i >= 1 && among(negations, l.at[i - 1])) ||
           (i >= 2 && pair_in(l.at[i - 2], l.at[i - 1], words));
}

/* The pair at `i` of the sentence stands in the passage; *ret_turned: but everywhere there it is
 * negated and here not, or the other way round. */
static bool pair_stands(struct letters said, size_t i, struct letters there, bool *ret_turned)
{
    bool found = false, same = false, here = negated(said, i);

    for (size_t k = 0; k + 1 < there.n && !same; k++)
        if (there.at[k] == said.at[i] && there.at[k + 1] == said.at[i + 1]) {
            found = true;
            same = negated(there, k) == here;
        }
    *ret_turned = found && !same;
    return found;
}

/* A letter is carried by a pair that stands in the passage: a sentence may order its words anew,
 * but has few of its own, and no clause of its own. */
static bool share_carried(struct letters said, const bool *carried)
{
    size_t letters = 0, stand = 0, foreign = 0;

    for (size_t i = 0; i < said.n; i++) {
        if (!said.at[i])
            foreign = 0;
        if (!said.at[i] || among(light, said.at[i]))
            continue;
        letters++;
        stand += carried[i];
        foreign = carried[i] ? 0 : foreign + 1;
        if (foreign > FOREIGN_MOST)
            return false;
    }
    return stand >= CARRIED_LEAST && stand * 100 >= letters * SHARE;
}

static bool pairs_stand(struct task *t, struct str sentence, struct str passage)
{
    struct letters said = letters_of(t, sentence), there = letters_of(t, passage);
    bool *carried = NEW(t, bool, said.n + 1);

    for (size_t i = 0; i + 1 < said.n; i++) {
        uint16_t a = said.at[i], b = said.at[i + 1];
        bool turned;

        if (!a || !b)
            continue;
        bool stands = pair_stands(said, i, there, &turned);
        if (turned || (!stands && pair_binds(a, b)))
            return false;
        if (stands)
            carried[i] = carried[i + 1] = true;
    }
    return share_carried(said, carried);
}

/* Words in letters, and long numbers: as they are. */
static bool words_stand(struct task *t, struct str sentence, struct str passage)
{
    uint64_t *said, *there;
    size_t n = terms_of_text(t, sentence, TERM_WORD, &said);
    size_t n_there = terms_of_text(t, passage, TERM_WORD, &there);

    for (size_t i = 0; i < n; i++) {
        struct str word = term_print(t, said[i]);
        int64_t number;
        bool stands = str_int(word, &number); /* amounts_stand() */

        for (size_t k = 0; k < n_there && !stands; k++)
            stands = said[i] == there[k];
        if (!stands)
            return false;
    }
    return true;
}

/* --- The sentence ---------------------------------------------------------------------------- */

/* One sentence of a fair length, without what only markup and addresses have. */
static bool is_plain(struct str text)
{
    static const char *const ends[] = {"。", "！", "？"};
    size_t length = utf8_valid(text) ? utf8_length(text) : 0;

    if (length < SENTENCE_LEAST || length > SENTENCE_MOST)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || among("<>[]{}*#`|\\@:/", (unsigned char)text.at[i]))
            return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t at = str_find(text, str_of(ends[i]));
        if (at != SIZE_MAX && at + str_of(ends[i]).len < text.len)
            return false;
    }
    return true;
}

static const struct phrase_passage *passage_of(struct list passages, struct str id)
{
    LIST_EACH (const struct phrase_passage, p, passages)
        if (str_eq(p->id, id))
            return p;
    return NULL;
}

static bool carries(struct task *t, const struct phrase_passage *p, struct str sentence)
{
    struct str passage =
        str_format(t, "%.*s %.*s。%.*s", STR_ARG(p->law), STR_ARG(p->short_law), STR_ARG(p->text));

    return articles_stand(t, sentence, p) && names_stand(t, sentence, p) &&
           amounts_stand(t, sentence, p->text) && words_stand(t, sentence, passage) &&
           pairs_stand(t, sentence, passage);
}

static bool was_said(struct list kept, struct str text)
{
    LIST_EACH (const struct ask_phrased, one, kept)
        if (str_eq(one->text, text))
            return true;
    return false;
}

struct list phrase_checked(struct task *t, struct list passages, struct list sentences)
{
    struct list kept = {0};

    LIST_EACH (const struct phrase_sentence, sentence, sentences) {
        const struct phrase_passage *p = passage_of(passages, str_trim(sentence->source));
        struct str text = str_trim(sentence->text);

        if (kept.count == PHRASE_SENTENCES_MOST)
            break;
        if (!p || !is_plain(text) || !carries(t, p, text))
            continue;
        if (!str_ends(text, S("。")))
            text = str_join(t, text, S("。"));
        if (was_said(kept, text))
            continue;
        *(struct ask_phrased *)list_add(t, &kept, sizeof(struct ask_phrased)) =
            (struct ask_phrased){
                .text = text,
                .source = str_format(t, "%.*s %.*s", STR_ARG(p->short_law), STR_ARG(p->article)),
                .href = p->href,
            };
    }
    return kept;
}
