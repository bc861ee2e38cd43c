/*
 * text_keys - reads the program's texts for the catalogue (src/core/text.h).
 *
 *   text_keys check LIST FILE...   what is put together without the catalogue: file and line
 *   text_keys pot LIST FILE...     every key, as a gettext template
 *
 * A FILE is C (read as tokens), a page (.html), shipped data (.yaml) or a script (.js).  In C a
 * Chinese literal that stands whole is a key (a field's value, a row of a table, an argument of a
 * function), because it is looked up where it is written; so is the format of task_fail() and of
 * task_field_error(), and what stands inside tr(), tr_str() and SAY().  As an argument of a
 * function that puts text together (glue[], below) it is bare.  Where text is compared, and as the
 * title of a shape's field, it is neither: OpenAPI is Chinese.
 *
 * LIST names the files that are other than that, with the reason; a line there that nothing needs
 * is an error, too.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "view/template_text.h"

/* ---- keys ------------------------------------------------------------------------------------ */

struct key {
    char *text, *places;
    bool c_format, holes;
};

static struct key *keys;
static size_t key_count, key_room;
static int faults;
static bool checking;

static void *sure(void *at)
{
    if (!at) {
        perror("text_keys");
        exit(1);
    }
    return at;
}

static struct key *add_key(const char *text, const char *file)
{
    struct key *key = NULL;

    for (size_t i = 0; i < key_count && !key; i++)
        if (strcmp(keys[i].text, text) == 0)
            key = &keys[i];
    if (!key) {
        if (key_count == key_room)
            keys = sure(realloc(keys, (key_room = key_room * 2 + 256) * sizeof *keys));
        key = &keys[key_count++];
        *key = (struct key){.text = sure(strdup(text)), .places = sure(strdup(""))};
    }
    /* Files without lines: an edit elsewhere in the file must not change the catalogue. */
    if (!strstr(key->places, file)) {
        char *longer;
        if (asprintf(&longer, "%s %s", key->places, file) < 0)
            exit(1);
        free(key->places);
        key->places = longer;
    }
    return key;
}

static void print_quoted(const char *word, const char *text)
{
    printf("%s \"", word);
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text);
    }
    puts("\"");
}

static void print_pot(void)
{
    puts("msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
         "\"Content-Transfer-Encoding: 8bit\\n\"\n\"MIME-Version: 1.0\\n\"");
    for (size_t i = 0; i < key_count; i++) {
        printf("\n#:%s\n", keys[i].places);
        if (keys[i].c_format)
            puts("#, c-format");
        if (keys[i].holes)
            puts("#, perl-brace-format");
        print_quoted("msgid", keys[i].text);
        puts("msgstr \"\"");
    }
}

/* ---- the list of exceptions ------------------------------------------------------------------ */

struct exception {
    char path[256];
    bool all; /* no text of this file is a key; else only its glue is allowed */
    bool used;
    int line;
};

static struct exception *exceptions;
static size_t exception_count;

static void read_list(const char *path)
{
    FILE *in = sure(fopen(path, "r"));
    char line[1024], kind[8], reason[8];

    for (int n = 1; fgets(line, sizeof line, in); n++) {
        struct exception e = {.line = n};
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (sscanf(line, "%7s %255s %7s", kind, e.path, reason) != 3 ||
            (strcmp(kind, "all") != 0 && strcmp(kind, "glue") != 0)) {
            printf("%s:%d: all|glue FILE REASON\n", path, n);
            faults++;
            continue;
        }
        e.all = kind[0] == 'a';
        exceptions = sure(realloc(exceptions, (exception_count + 1) * sizeof e));
        exceptions[exception_count++] = e;
    }
    fclose(in);
}

/* The most precise one, which is the longest. */
static struct exception *exception_of(const char *path)
{
    struct exception *best = NULL;

    for (size_t i = 0; i < exception_count; i++)
        if (strncmp(path, exceptions[i].path, strlen(exceptions[i].path)) == 0 &&
            (!best || strlen(exceptions[i].path) > strlen(best->path)))
            best = &exceptions[i];
    return best;
}

/* ---- C --------------------------------------------------------------------------------------- */

enum { DEEPEST = 256, LONGEST_NAME = 64, LONGEST_TEXT = 16 * 1024 };

struct frame {
    char open;
    char callee[LONGEST_NAME];
    int argument;
};

struct lexer {
    const char *file, *at;
    int line, literal_line;
    struct frame frames[DEEPEST];
    int depth;
    char word[LONGEST_NAME]; /* the identifier just before */
    char text[LONGEST_TEXT]; /* of the literals just before, joined */
    size_t text_len;
};

enum verdict { WHOLE, BARE, NOTHING, THROUGH };

static const char *const through[] = {"",   "S",     "STR_INIT", "STR_ARG", "str_of",
                                      "if", "while", "return",   "switch",  NULL};
static const char *const looked_up[] = {"SAY", "tr", "tr_str", NULL};
static const char *const glue[] = {
    "buf_add", "buf_add_bytes",   "buf_format",  "str_format", "str_join", "snprintf",
    "sprintf", "asprintf",        "vasprintf",   "printf",     "fprintf",  "fputs",
    "puts",    "g_strdup_printf", "html_escape", "log_write",  NULL};
static const char *const compared[] = {
    "str_is", "str_eq", "str_starts", "str_ends",  "str_find", "str_cut",  "strcmp", "strncmp",
    "strstr", "wcschr", "node_fault", "fault_add", "FIELD",    "FIELD_OF", "F",      NULL};

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static enum verdict judge(const struct frame *frame)
{
    bool fails =
        strcmp(frame->callee, "task_fail") == 0 || strcmp(frame->callee, "task_field_error") == 0;

    if (among(frame->callee, through))
        return THROUGH;
    if (among(frame->callee, looked_up))
        return WHOLE;
    if (fails)
        return frame->argument == 2 ? WHOLE : BARE;
    if (among(frame->callee, glue))
        return BARE;
    return among(frame->callee, compared) ? NOTHING : WHOLE;
}

/* The literals read so far are one text: what is it here? */
static void end_literal(struct lexer *lexer)
{
    enum verdict verdict = THROUGH;
    struct exception *exception;

    lexer->text[lexer->text_len] = 0;
    if (lexer->text_len) {
        bool asked = false;
        for (int i = lexer->depth - 1; i >= 0 && verdict == THROUGH; i--)
            verdict = lexer->frames[i].open == '{' ? WHOLE : judge(&lexer->frames[i]);
        for (int i = lexer->depth - 1; i >= 0 && !asked; i--)
            asked = among(lexer->frames[i].callee, looked_up);
        if (!asked && !text_is_chinese((struct str){lexer->text, lexer->text_len}))
            verdict = NOTHING;
        exception = verdict == NOTHING ? NULL : exception_of(lexer->file);
        if (exception && (exception->all || verdict == BARE)) {
            exception->used = true;
        } else if (verdict == BARE) {
            if (checking)
                printf("%s:%d: \"%.*s\" is put together without the catalogue: tr(t, \"...\")\n",
                       lexer->file, lexer->literal_line, (int)strcspn(lexer->text, "\n"),
                       lexer->text);
            faults++;
        } else if (verdict != NOTHING) {
            struct key *key = add_key(lexer->text, lexer->file);
            /* A text may reach a format through a table: its arguments are checked anyway. */
            key->c_format |= strchr(lexer->text, '%') != NULL;
        }
    }
    lexer->text_len = 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static void add_char(struct lexer *lexer, char c)
{
    if (lexer->text_len + 1 < LONGEST_TEXT)
        lexer->text[lexer->text_len++] = c;
}

static void read_literal(struct lexer *lexer)
{
    const char *p = lexer->at + 1;

    if (!lexer->text_len)
        lexer->literal_line = lexer->line;
    for (; *p && *p != '"' && *p != '\n'; p++) {
        if (*p != '\\') {
            add_char(lexer, *p);
            continue;
        }
        p++;
        if (*p == 'x') {
            int value = 0;
            while (hex(p[1]) >= 0)
                value = value * 16 + hex(*++p);
            add_char(lexer, (char)value);
        } else if (*p == '\n') {
            lexer->line++;
        } else {
            add_char(lexer, *p == 'n'   ? '\n'
                            : *p == 't' ? '\t'
                            : *p == 'r' ? '\r'
                            : *p == '0' ? ' '
                                        : *p);
        }
    }
    lexer->at = *p == '"' ? p + 1 : p;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void read_punctuation(struct lexer *lexer)
{
    char c = *lexer->at++;

    if (strchr("([{", c) && lexer->depth < DEEPEST) {
        struct frame *frame = &lexer->frames[lexer->depth++];
        *frame = (struct frame){.open = c};
        if (c == '(')
            snprintf(frame->callee, sizeof frame->callee, "%s", lexer->word);
    } else if (strchr(")]}", c) && lexer->depth) {
        lexer->depth--;
    } else if (c == ',' && lexer->depth) {
        lexer->frames[lexer->depth - 1].argument++;
    }
    lexer->word[0] = 0;
}

/* What separates tokens; true when there was some. */
static bool pass_blank(struct lexer *lexer)
{
    const char *p = lexer->at;

    if (*p == '\n' || *p == ' ' || *p == '\t' || (*p == '\\' && p[1] == '\n')) {
        lexer->line += *p == '\n';
        lexer->at++;
        return true;
    }
    if (p[0] == '/' && (p[1] == '*' || p[1] == '/')) {
        const char *end = strstr(p, p[1] == '*' ? "*/" : "\n");
        end = end ? end + (p[1] == '*' ? 2 : 0) : p + strlen(p);
        for (; p < end; p++)
            lexer->line += *p == '\n';
        lexer->at = end;
        return true;
    }
    return false;
}

static void read_c(const char *file, const char *content)
{
    struct lexer *lexer = sure(calloc(1, sizeof *lexer));

    lexer->file = file;
    lexer->at = content;
    lexer->line = 1;
    while (*lexer->at) {
        const char *p = lexer->at;
        if (pass_blank(lexer))
            continue;
        if (*p == '"') {
            read_literal(lexer);
            continue;
        }
        end_literal(lexer);
        if (*p == '\'') {
            for (p++; *p && *p != '\''; p++)
                p += *p == '\\';
            lexer->at = *p ? p + 1 : p;
        } else if (name_char(*p)) {
            size_t n = 0;
            while (name_char(*lexer->at))
                lexer->at++;
            n = (size_t)(lexer->at - p);
            snprintf(lexer->word, sizeof lexer->word, "%.*s", (int)n, p);
        } else {
            read_punctuation(lexer);
        }
    }
    end_literal(lexer);
    free(lexer);
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);

    return n > e && strcmp(name + n - e, end) == 0;
}

/* ---- pages and data -------------------------------------------------------------------------- */

static void read_page(const char *file, const char *content)
{
    struct template_words words = {.text = {content, strlen(content)}};
    struct template_run run;
    char *key = sure(malloc(words.text.len + 1));

    while (template_next_run(&words, &run)) {
        struct str source = {content + run.from, run.to - run.from};
        if (!run.chinese)
            continue;
        key[template_run_key(source, key)] = 0;
        add_key(key, file)->holes |= strchr(key, '{') != NULL;
    }
    free(key);
}

/* Titles and what citizens are told; laws, words for the search and texts of papers stay as they
 * are. */
static const char *const shown[] = {"title",   "zh",       "tell",  "citizen", "must",   "hint",
                                    "summary", "text",     "where", "note",    "stages", "of",
                                    "relief",  "remedies", "name",  "done",    NULL};

struct level {
    bool mapping, is_value, shown;
};

static void read_data(const char *file, const char *content)
{
    struct level levels[64] = {{0}};
    yaml_parser_t parser;
    yaml_event_t event = {0};
    bool last = false, lists = ends(file, "lists.yaml"); /* of choices: all of it is shown */
    int depth = 0;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)content, strlen(content));
    while (!last && yaml_parser_parse(&parser, &event)) {
        struct level *level = &levels[depth];
        bool of_key = !level->mapping || level->is_value;
        last = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT) {
            if (depth < 63)
                levels[++depth] = (struct level){.mapping = event.type == YAML_MAPPING_START_EVENT,
                                                 .shown = level->shown && of_key};
            level->is_value = false;
        } else if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
            depth--;
        } else if (event.type == YAML_SCALAR_EVENT) {
            const char *value = (const char *)event.data.scalar.value;
            if (level->mapping && !level->is_value) {
                level->is_value = true;
                /* {civil: 民事} under `of:` - its members are shown, whatever their names. */
                level->shown = lists || among(value, shown) ||
                               (depth && levels[depth - 1].shown &&
                                !among(value, (const char *const[]){"law", "basis", "en", NULL}));
            } else {
                if (level->shown && text_is_chinese((struct str){value, strlen(value)}))
                    add_key(value, file);
                level->is_value = false;
            }
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

/* A script holds no words at all: its page gives them. */
static void read_script(const char *file, const char *content)
{
    bool comment = false;
    int line = 1;

    for (const char *p = content; *p; p++) {
        line += *p == '\n';
        if (strncmp(p, "/*", 2) == 0)
            comment = true;
        else if (comment && strncmp(p, "*/", 2) == 0)
            comment = false;
        size_t rest = strnlen(p, 3);
        if (!comment && checking && rest == 3 && text_is_chinese((struct str){p, rest})) {
            printf(
                "%s:%d: a script has no words of its own: shell/words.html, or data- of the page\n",
                file, line);
            faults++;
            p += strcspn(p, "\n") - 1;
        }
    }
}

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    size_t n = 0;

    if (!in) {
        perror(path);
        exit(1);
    }
    char *content = sure(calloc(1, 1 << 20));
    n = fread(content, 1, (1 << 20) - 1, in);
    fclose(in);
    content[n] = 0;
    return content;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: text_keys check|pot LIST FILE...\n");
        return 2;
    }
    checking = strcmp(argv[1], "check") == 0;
    read_list(argv[2]);
    for (int i = 3; i < argc; i++) {
        char *content = read_file(argv[i]);
        if (ends(argv[i], ".html"))
            read_page(argv[i], content);
        else if (ends(argv[i], ".js"))
            read_script(argv[i], content);
        else if (ends(argv[i], ".yaml"))
            read_data(argv[i], content);
        else
            read_c(argv[i], content);
        free(content);
    }
    for (size_t i = 0; i < exception_count; i++)
        if (checking && !exceptions[i].used) {
            printf("%s:%d: nothing needs this line\n", argv[2], exceptions[i].line);
            faults++;
        }
    if (!checking)
        print_pot();
    else if (!faults)
        printf("%zu keys, nothing bare\n", key_count);
    return checking && faults;
}
