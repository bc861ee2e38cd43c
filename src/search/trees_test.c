/* The file of a model: the one that ships gives the trainer's own scores; hostile ones are refused.
 */
#include "core/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/files.h"
#include "search/rank.h"

static int setup(void **state)
{
    static struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    task_end(*state);
    return 0;
}

static struct str read_shipped(struct task *t, const char *name)
{
    size_t n;
    const char *path =
        str_terminated(t, str_format(t, "%s/data/ranking/%s", getenv("YIMEN_SOURCE"), name));
    uint8_t *bytes = file_read(path, 64 << 20, &n);

    if (!bytes)
        fail_msg("cannot read %s", path);
    struct str copy = str_copy(t, (struct str){(char *)bytes, n});
    free(bytes);
    return copy;
}

static void test_scores_of_the_trainer(void **state)
{
    struct task *t = *state;
    struct str sample = read_shipped(t, "sample.bin");
    const struct trees *models[2];
    uint32_t head[2];

    assert_int_equal(
        trees_open(t, read_shipped(t, "learned.trees"), rank_feature_names, &models[0]), OK);
    assert_int_equal(trees_open(t, read_shipped(t, "words.trees"), rank_feature_names, &models[1]),
                     OK);
    memcpy(head, sample.at, sizeof head);
    assert_int_equal(head[1], rank_feature_count);
    size_t row_bytes = (rank_feature_count + 2) * sizeof(float);
    assert_int_equal(sample.len, sizeof head + head[0] * row_bytes);
    assert_true(head[0] >= 20);
    for (uint32_t i = 0; i < head[0]; i++) {
        float row[RANK_FEATURES_MAX + 2], score;

        memcpy(row, sample.at + sizeof head + i * row_bytes, row_bytes);
        for (int model = 0; model < 2; model++) {
            trees_run(models[model], row, rank_feature_count, 1, &score);
            assert_true(fabsf(score - row[rank_feature_count + (size_t)model]) < 1e-4F);
        }
    }
}

/* A model by hand: below 5 of `plain` is -1, else +2. */
struct little {
    uint32_t head[8];
    char names[8];
    uint32_t first;
    struct {
        uint32_t feature;
        float value;
        uint32_t left;
    } nodes[3];
};

static void seal(struct little *m)
{
    const unsigned char *body = (const unsigned char *)m->names;

    m->head[7] = 2166136261;
    for (size_t i = 0; i < sizeof *m - sizeof m->head; i++)
        m->head[7] = (m->head[7] ^ body[i]) * 16777619;
}

static struct little little_model(void)
{
    struct little m = {{0x54524d59, 1, 1, 1, 3, 8, 0, 0},
                       "plain\n",
                       0,
                       {{0, 5, 1}, {UINT32_MAX, -1, 0}, {UINT32_MAX, 2, 0}}};
    seal(&m);
    return m;
}

static enum err open_little(struct task *t, const struct little *m, const struct trees **ret)
{
    enum err e = trees_open(t, (struct str){(const char *)m, sizeof *m}, rank_feature_names, ret);

    task_clear_error(t);
    return e;
}

static void test_a_little_one(void **state)
{
    struct task *t = *state;
    struct little m = little_model();
    const struct trees *trees;
    float rows[2][RANK_FEATURES_MAX] = {{0}}, scores[2];
    size_t plain = 0;

    assert_int_equal(open_little(t, &m, &trees), OK);
    assert_int_equal(trees_count(trees), 1);
    while (strcmp(rank_feature_names[plain], "plain") != 0)
        plain++;
    rows[1][plain] = 5;
    trees_run(trees, rows[0], RANK_FEATURES_MAX, 2, scores);
    assert_true(scores[0] == -1 && scores[1] == 2);
}

static void test_what_is_refused(void **state)
{
    struct task *t = *state;
    const struct trees *trees;
    struct little m;

#define REFUSED(change)                                                                            \
    m = little_model();                                                                            \
    change;                                                                                        \
    seal(&m);                                                                                      \
    assert_int_equal(open_little(t, &m, &trees), ERR_BAD_INPUT)

    REFUSED(m.head[0]++);
    REFUSED(m.head[1]++);
    REFUSED(m.head[2] = 2);
    REFUSED(m.head[2] = 1000);
    REFUSED(m.head[3] = UINT32_MAX);
    REFUSED(m.head[4] = 2);
    REFUSED(m.head[5] = 4);
    REFUSED(m.names[0] = 'q');
    REFUSED(m.first = 3);
    REFUSED(m.nodes[0].feature = 1);
    REFUSED(m.nodes[0].left = 0); /* would walk for ever */
    REFUSED(m.nodes[0].left = 2); /* its second child is beyond the end */
    REFUSED(m.nodes[1].value = NAN);
    m = little_model();
    m.nodes[1].value = 3; /* not sealed again */
    assert_int_equal(open_little(t, &m, &trees), ERR_BAD_INPUT);
}

/* Any bytes, rightly sealed: refused, or run to an end within what is theirs. */
static void test_any_bytes(void **state)
{
    struct task *t = *state;

    srand(3);
    for (int round = 0; round < 20000; round++) {
        struct task_mark mark = task_mark(t);
        struct little m = little_model();
        const struct trees *trees;
        float row[RANK_FEATURES_MAX] = {0}, score;

        for (int i = rand() % 4; i >= 0; i--)
            ((unsigned char *)&m)[(size_t)rand() % sizeof m] = (unsigned char)rand();
        seal(&m);
        if (open_little(t, &m, &trees) == OK)
            trees_run(trees, row, RANK_FEATURES_MAX, 1, &score);
        task_reset(t, mark);
    }
    struct str shipped = read_shipped(t, "words.trees");
    const struct trees *trees;
    for (size_t cut = 0; cut < shipped.len; cut += 997) {
        assert_int_equal(trees_open(t, str_first(shipped, cut), rank_feature_names, &trees),
                         ERR_BAD_INPUT);
        task_clear_error(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scores_of_the_trainer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_little_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_bytes, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
