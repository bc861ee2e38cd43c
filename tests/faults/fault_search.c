/*
 * Indexes on a disk that lies: every file of them loses a bit here and there, half of its bytes,
 * all of them, or itself.  A server that finds that says that searching does not work for now, or
 * answers as if nothing had happened; never anything else.  The job then makes the indexes again,
 * and the same questions get the same answers.
 *
 * With a number as argument: so many places in each file instead of three.
 */
int story_main(void);
#define main story_main
#include "../stories/ask.c"
#undef main

#include <stdlib.h>

enum { FILES_MOST = 64, QUESTIONS = 3 };
enum damage { FLIP, HALF, EMPTY, GONE };

static const char *const questions[QUESTIONS] = {"老板拖欠工资三个月了怎么办", "我想离婚怎么办",
                                                 "没有签劳动合同"};
static const char *const damage_words[] = {"a bit flipped", "half of it gone", "empty", "missing"};

static struct {
    char *path, *bytes;
    size_t len;
} files[FILES_MOST];
static size_t file_count;
static int places = 3;
static char *right[QUESTIONS];
static const char *index_folder;

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int keep_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F)
        return 0;
    assert_true(file_count < FILES_MOST);
    size_t len = (size_t)about->st_size;
    char *bytes = malloc(len + 1);
    FILE *file = fopen(path, "r");
    assert_true(file && bytes && fread(bytes, 1, len, file) == len);
    fclose(file);
    files[file_count].path = strdup(path);
    files[file_count].bytes = bytes;
    files[file_count++].len = len;
    return 0;
}

static int remove_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)walk;
    return kind == FTW_F ? unlink(path) : 0;
}

static void restore(void)
{
    knowledge_close();
    assert_int_equal(nftw(index_folder, remove_file, 16, FTW_PHYS), 0);
    for (size_t i = 0; i < file_count; i++)
        write_file(files[i].path, files[i].bytes, files[i].len);
}

static void harm(size_t n, enum damage damage, size_t place)
{
    if (damage == GONE) {
        assert_int_equal(unlink(files[n].path), 0);
        return;
    }
    files[n].bytes[place] ^= (char)(damage == FLIP ? 1 << place % 8 : 0);
    write_file(files[n].path, files[n].bytes,
               damage == FLIP   ? files[n].len
               : damage == HALF ? files[n].len / 2
                                : 0);
    files[n].bytes[place] ^= (char)(damage == FLIP ? 1 << place % 8 : 0);
}

static char *answer_to(struct world *w, const char *question)
{
    world_get_json(w, world_f(w, "/ask?q=%s", world_escape(w, question)));
    WORLD_STATUS(w, 200);
    char *answer = strndup(w->body.at, w->body.len);
    /* The question has a number of its own each time. */
    for (char *at = answer; (at = strstr(at, "\"id\":\"8")); at++)
        for (char *digit = at + 6; *digit >= '0' && *digit <= '9'; digit++)
            *digit = '0';
    return answer;
}

/* How many of the answers said that searching does not work. */
static int ask_all(struct world *w, const char *what, bool whole)
{
    int broken = 0;

    for (size_t i = 0; i < QUESTIONS; i++) {
        char *now = answer_to(w, questions[i]);

        if (strcmp(now, right[i])) {
            if (whole || !strstr(now, "\"verdict\":\"unavailable\""))
                fail_msg("%s: %s is answered with\n%s\nand not with\n%s", what, questions[i], now,
                         right[i]);
            broken++;
        }
        free(now);
    }
    return broken;
}

static void follow(struct world *w, const char *what)
{
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    enum err e = knowledge_follow(&t, w->app.data, NULL);
    if (e)
        fail_msg("%s: the job: %.*s", what, STR_ARG(t.note));
    task_end(&t);
}

/* True when somebody was told. */
static bool one_damage(struct world *w, size_t n, enum damage damage, size_t place)
{
    const char *name = files[n].path + strlen(w->app.data);
    char what[1024];

    snprintf(what, sizeof what, "%s, %s at %zu of %zu", name, damage_words[damage], place,
             files[n].len);
    restore();
    harm(n, damage, place);
    int broken = ask_all(w, what, false);
    follow(w, what);
    ask_all(w, what, true);
    return broken > 0;
}

static void every_file_of_the_indexes(void **state)
{
    struct world *w = *state;
    unsigned seed = 20261014;
    int told = 0, all = 0;

    world_as_nobody(w);
    index_folder = world_f(w, "%s/index", w->app.data);
    for (size_t i = 0; i < QUESTIONS; i++) {
        right[i] = answer_to(w, questions[i]);
        assert_null(strstr(right[i], "\"verdict\":\"unavailable\""));
    }
    knowledge_close();
    assert_int_equal(nftw(index_folder, keep_file, 16, FTW_PHYS), 0);
    assert_true(file_count > 5);
    for (size_t n = 0; n < file_count; n++) {
        for (int i = 0; files[n].len && i < places; i++, all++)
            told += one_damage(w, n, FLIP, (size_t)rand_r(&seed) % files[n].len);
        for (int damage = HALF; files[n].len && damage <= GONE; damage++, all++)
            told += one_damage(w, n, (enum damage)damage, 0);
    }
    print_message("  %zu files, damaged in %d ways; %d times somebody was told\n", file_count, all,
                  told);
    assert_true(told > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file_of_the_indexes)};

    if (argc > 1)
        places = atoi(argv[1]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
