#include "corpus_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zstd.h>

#include "core/json.h"

enum { SENTENCE_LEAST = 30, SENTENCE_MOST = 600, FILE_MOST = 256 * 1024 * 1024 };

double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double seconds_of_cpu(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A file of the folder, unpacked when its name ends in .zst; of malloc, kept until the end. */
static bool read_file(const char *folder, const char *name, struct str *ret_text)
{
    char path[4096];
    FILE *in;
    size_t n = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (!in)
        return false;
    char *bytes = malloc(FILE_MOST);
    n = bytes ? fread(bytes, 1, FILE_MOST, in) : 0;
    fclose(in);
    if (strstr(name, ".zst")) {
        char *plain = malloc(FILE_MOST);
        size_t size = plain ? ZSTD_decompress(plain, FILE_MOST, bytes, n) : 0;
        free(bytes);
        bytes = plain;
        n = ZSTD_isError(size) ? 0 : size;
    }
    *ret_text = (struct str){bytes, n};
    return n > 0;
}

static void add_sentences(struct corpus *c, struct str text)
{
    static const char *const ends[] = {"。", "；", "\n"};

    while (text.len) {
        size_t end = text.len;
        for (int i = 0; i < 3; i++) {
            size_t at = str_find(text, str_of(ends[i]));
            if (at != SIZE_MAX && at + strlen(ends[i]) < end)
                end = at + strlen(ends[i]);
        }
        if (end >= SENTENCE_LEAST && end <= SENTENCE_MOST)
            c->sentences[c->n_sentences++] = str_first(text, end);
        text = str_from(text, end);
    }
}

static struct str keep(struct corpus *c, struct str text)
{
    struct str kept = {c->texts_end, text.len};

    memcpy(c->texts_end, text.at, text.len);
    c->texts_end += text.len;
    return kept;
}

static enum err add_line(struct task *t, void *arg)
{
    struct corpus *c = ((void **)arg)[0];
    struct str *line = ((void **)arg)[1];
    struct json *json;
    enum err e = json_parse(t, *line, &json);

    if (e)
        return e;
    if (json_get_str(json, "query").len) {
        c->questions[c->n_questions++] = keep(c, json_get_str(json, "query"));
        return OK;
    }
    struct str text = json_get_str(json, "text"), law = json_get_str(json, "law"),
               chapter = json_get_str(json, "chapter");
    struct str all =
        keep(c, str_format(t, "%.*s\n%.*s\n%.*s", STR_ARG(law), STR_ARG(chapter), STR_ARG(text)));
    if (!json_get_str(json, "region").len)
        c->articles[c->n_articles++] = all;
    add_sentences(c, str_from(all, all.len - text.len));
    return OK;
}

static enum err add_lines(struct task *t, struct corpus *c, struct str all)
{
    struct str line;

    while (str_cut(&all, '\n', &line)) {
        struct task_mark mark = task_mark(t);
        enum err e = line.len ? add_line(t, (void *[]){c, &line}) : OK;

        task_reset(t, mark);
        if (e)
            return e;
    }
    return OK;
}

enum err corpus_read(struct task *t, const char *folder, struct corpus *ret_corpus)
{
    struct str statutes = {0}, questions = {0};
    struct corpus c = {.random = 1};
    enum err e = OK;

    if (!read_file(folder, "statutes.jsonl.zst", &statutes) ||
        !read_file(folder, "stard-dev.jsonl", &questions))
        e = task_fail(t, ERR_NOT_FOUND, "没有数据文件夹");
    c.articles = calloc(200000, sizeof *c.articles);
    c.sentences = calloc(2000000, sizeof *c.sentences);
    c.questions = calloc(10000, sizeof *c.questions);
    /* A text is no longer than its line, names and signs of JSON included. */
    c.texts = c.texts_end = malloc(statutes.len + questions.len + 1);
    if (!e && (!c.articles || !c.sentences || !c.questions || !c.texts))
        e = task_fail(t, ERR_NO_MEMORY, "内存不足");
    if (!e)
        e = add_lines(t, &c, statutes);
    if (!e)
        e = add_lines(t, &c, questions);
    free((void *)(uintptr_t)statutes.at);
    free((void *)(uintptr_t)questions.at);
    if (e)
        corpus_free(&c);
    else
        *ret_corpus = c;
    return e;
}

void corpus_free(struct corpus *corpus)
{
    free(corpus->articles);
    free(corpus->sentences);
    free(corpus->questions);
    free(corpus->texts);
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

struct str corpus_doc(const struct corpus *c, size_t i, char *room)
{
    uint64_t random = i;
    size_t len = 0;

    if (i < c->n_articles)
        return c->articles[i];
    next_random(&random);
    int sentences = 2 + (int)(next_random(&random) % 7);
    for (int k = 0; k < sentences; k++) {
        struct str s = c->sentences[next_random(&random) % c->n_sentences];

        if (len + s.len > CORPUS_DOC_MOST)
            break;
        memcpy(room + len, s.at, s.len);
        len += s.len;
    }
    return (struct str){room, len};
}
