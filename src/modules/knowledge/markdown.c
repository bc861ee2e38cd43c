/*
 * A law as a Markdown file: a title, dates, headings of parts and chapters, articles that begin
 * with 第……条 and may go on over several paragraphs.
 */
#include <stdio.h>
#include <string.h>

#include "core/crypto.h"
#include "knowledge_private.h"

enum { DEPTHS = 6, ARTICLE_MOST = 512 * 1024, NAME_MOST = 600 };

struct markdown {
    struct str code, title, kind, version; /* in the arena of the whole load */
    struct task *home;
    char headings[DEPTHS][NAME_MOST];
    char number[NAME_MOST];
    char *text;
    size_t len;
    bool open, begun;
    int64_t position;
};

struct markdown *markdown_new(struct task *home, struct str file_name)
{
    struct markdown *m = NEW(home, struct markdown, 1);

    m->home = home;
    m->text = NEW(home, char, ARTICLE_MOST);
    m->kind = S("其他");
    m->title = str_copy(home, file_name);
    m->version = S("");
    return m;
}

/* The same law gives the same code, whichever file it comes from. */
static void name_law(struct markdown *m, struct str title)
{
    unsigned char hash[HASH_BYTES];

    m->title = str_copy(m->home, title);
    crypto_digest(&title, 1, hash);
    m->code = str_join(m->home, S("M"), str_hex(m->home, hash, 5));
    m->kind = str_ends(title, S("条例")) || str_ends(title, S("规定")) ? S("其他") : S("法律");
    if (str_find(title, S("最高人民法院")) != SIZE_MAX ||
        str_find(title, S("最高人民检察院")) != SIZE_MAX)
        m->kind = S("司法解释");
}

static void keep(char *at, struct str text)
{
    struct str part = str_first(text, utf8_prefix(text, NAME_MOST / 4));

    memcpy(at, part.at, part.len);
    at[part.len] = '\0';
}

static struct str chapter(struct task *t, const struct markdown *m)
{
    struct buf b = buf_new(t, DEPTHS * NAME_MOST);

    for (int i = 1; i < DEPTHS; i++) {
        if (!m->headings[i][0])
            continue;
        if (b.len)
            buf_add(&b, S(" / "));
        buf_add(&b, str_of(m->headings[i]));
    }
    return buf_str(&b);
}

static bool finish(struct task *t, struct markdown *m, struct article *ret_article)
{
    struct str text = str_trim((struct str){m->text, m->len});

    if (!m->open || !text.len)
        return false;
    *ret_article = (struct article){
        .id = str_format(t, "%.*s.%lld", STR_ARG(m->code), (long long)m->position),
        .law = m->code,
        .article = str_copy(t, str_of(m->number)),
        .chapter = chapter(t, m),
        .text = str_copy(t, text),
        .of = {.code = m->code, .title = m->title, .kind = m->kind, .version = m->version},
    };
    m->open = false;
    m->len = 0;
    return true;
}

static void add_text(struct markdown *m, struct str text)
{
    if (!text.len || m->len + text.len + 1 > ARTICLE_MOST)
        return;
    if (m->len)
        m->text[m->len++] = '\n';
    memcpy(m->text + m->len, text.at, text.len);
    m->len += text.len;
}

static void heading(struct markdown *m, struct str line)
{
    size_t depth = 0;

    while (depth < line.len && line.at[depth] == '#')
        depth++;
    struct str text = str_trim(str_from(line, depth));
    if (depth == 1 && !m->code.len) {
        name_law(m, text);
        return;
    }
    depth = depth > DEPTHS ? DEPTHS : depth;
    keep(m->headings[depth - 1], text);
    for (size_t i = depth; i < DEPTHS; i++)
        m->headings[i][0] = '\0';
}

/* 2020年5月28日第十三届全国人民代表大会第三次会议通过: the latest day in the lines before the text.
 */
static void note_day(struct markdown *m, struct str line)
{
    char text[100];
    int year, month, day;

    if (line.len < 4 || line.len >= 2000)
        return;
    for (size_t i = 0; i + 4 <= line.len; i++) {
        struct str rest = str_first(str_from(line, i), sizeof text - 1);

        memcpy(text, rest.at, rest.len);
        text[rest.len] = '\0';
        if ((i && line.at[i - 1] >= '0' && line.at[i - 1] <= '9') ||
            sscanf(text, "%4d年%2d月%2d日", &year, &month, &day) != 3 ||
            !day_valid_civil(year, month, day))
            continue;
        struct str found = day_text(m->home, day_from_civil(year, month, day));
        if (str_compare(found, m->version) > 0)
            m->version = found;
    }
}

bool markdown_line(struct task *t, struct markdown *m, const struct str *line,
                   struct article *ret_article)
{
    if (!line)
        return finish(t, m, ret_article);
    struct str text = str_trim(*line);
    if (str_starts(text, S("\xEF\xBB\xBF")))
        text = str_from(text, 3);
    if (str_starts(text, S("#"))) {
        bool done = finish(t, m, ret_article);
        heading(m, text);
        return done;
    }
    size_t prefix = article_prefix(text);
    if (!prefix) {
        if (m->open && !str_starts(text, S("<!--")))
            add_text(m, text);
        else if (!m->begun)
            note_day(m, text);
        return false;
    }
    bool done = finish(t, m, ret_article);
    if (!m->code.len)
        name_law(m, m->title);
    m->begun = m->open = true;
    m->position++;
    keep(m->number, str_first(text, prefix));
    add_text(m, str_trim(str_from(text, prefix)));
    return done;
}
