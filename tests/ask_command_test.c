/*
 * `yimen knowledge load` and `yimen ask` from the command line: what is loaded is found at once, a
 * batch gives a line for each question, bad lines do not stop a load.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "ask_command.h"
#include "core/json.h"
#include "core/test.h"
#include "core/time.h"
#include "install.h"
#include "knowledge_command.h"

static char folder[] = "/tmp/yimen-ask-XXXXXX", data[80];

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

typedef int command_fn(struct task *t, struct app *app, int argc, char **argv);

/* What the command prints goes into `out` in the folder. */
static int run(command_fn *command, const char *words)
{
    char *line = strdup(words), *argv[16], *save = NULL, path[100];
    struct app app = {.data = data};
    struct task t;
    int argc = 0, kept = dup(STDOUT_FILENO);

    for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    snprintf(path, sizeof path, "%s/out", folder);
    int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    task_begin(&t, NULL, time_now(), (size_t)4 * TASK_BUDGET);
    int code = command(&t, &app, argc, argv);
    app_close(&app);
    task_end(&t);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(out);
    free(line);
    return code;
}

static const char *printed(void)
{
    static char text[200000];
    char path[100];

    snprintf(path, sizeof path, "%s/out", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static const char *put_file(const char *name, const char *text)
{
    static char path[100];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(data, sizeof data, "%s/data", folder);
    return run(command_init, "init --no-laws --password lanjiang-demo");
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void without_an_index_it_says_so(void **state)
{
    (void)state;
    assert_int_equal(run(command_ask, "ask 离婚"), 5);
    assert_int_equal(run(command_ask, "ask"), 2);
    assert_int_equal(run(command_ask, "ask --top 0 离婚"), 2);
}

static void what_is_loaded_is_found(void **state)
{
    char words[200];
    const char *path = put_file(
        "laws.jsonl",
        "{\"id\":\"L1.1\",\"law\":\"甲法\",\"article\":\"第一条\",\"text\":\"拖欠工资的，责令支付。\"}\n"
        "not json\n"
        "{\"id\":\"L1.2\",\"law\":\"甲法\",\"article\":\"第二条\",\"text\":\"离婚须登记。\"}\n"
        "{\"id\":\"L2.1\",\"law\":\"某省条例\",\"article\":\"第一条\",\"text\":\"拖欠工资，本省规定。\","
        "\"region\":\"ZJ\"}\n"
        "{\"id\":\"L3.1\",\"law\":\"旧法\",\"article\":\"第一条\",\"text\":\"拖欠工资，旧规定。\","
        "\"expired\":true}\n");

    (void)state;
    snprintf(words, sizeof words, "knowledge load %s", path);
    assert_int_equal(run(command_knowledge, words), 2); /* a bad line */
    assert_non_null(strstr(printed(), "新增 4"));
    assert_non_null(strstr(printed(), "坏行 1"));
    assert_int_equal(run(command_ask, "ask 拖欠工资"), 0);
    assert_non_null(strstr(printed(), "L1.1  甲法 第一条"));
    assert_null(strstr(printed(), "旧法"));
    assert_int_equal(run(command_ask, "ask --json 拖欠工资"), 0);
    assert_non_null(strstr(printed(), "\"articles\":[{\"id\":\"L1.1\""));
}

static void a_batch_is_over_all_national_laws(void **state)
{
    char words[200];
    const char *path = put_file("questions.jsonl", "{\"query_id\":7,\"query\":\"拖欠工资\"}\n"
                                                   "\n"
                                                   "{\"query_id\":\"b\",\"query\":\"离婚\"}\n"
                                                   "{\"query_id\":9,\"query\":\"\"}\n");

    (void)state;
    snprintf(words, sizeof words, "ask --batch %s --top 2", path);
    assert_int_equal(run(command_ask, words), 0);
    const char *out = printed();
    assert_non_null(strstr(out, "{\"query_id\":7,\"hits\":["));
    assert_non_null(strstr(out, "\"L1.1\""));
    assert_non_null(strstr(out, "\"L3.1\"")); /* no longer in force, in this list all the same */
    assert_null(strstr(out, "L2.1"));         /* of one province */
    assert_non_null(strstr(out, "{\"query_id\":\"b\",\"hits\":[\"L1.2\""));
    assert_non_null(strstr(out, "{\"query_id\":9,\"hits\":[]}"));
    snprintf(words, sizeof words, "ask --batch %s", put_file("bad.jsonl", "{\"query\":\"x\"}\n"));
    assert_int_equal(run(command_ask, words), 2);
}

static void indexes_are_made_again(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof path, "%s/index", data);
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(run(command_ask, "ask 离婚"), 5);
    assert_int_equal(run(command_knowledge, "knowledge index"), 0);
    assert_int_equal(run(command_ask, "ask 离婚"), 0);
    assert_non_null(strstr(printed(), "L1.2"));
    assert_int_equal(run(command_knowledge, "knowledge rebuild"), 0);
    assert_int_equal(run(command_ask, "ask 离婚"), 0);
    assert_non_null(strstr(printed(), "L1.2"));
    assert_int_equal(run(command_knowledge, "knowledge"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_index_it_says_so),
        cmocka_unit_test(what_is_loaded_is_found),
        cmocka_unit_test(a_batch_is_over_all_national_laws),
        cmocka_unit_test(indexes_are_made_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
