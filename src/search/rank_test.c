/* The ground and asking it; damaged grounds.  trees_test.c has the models. */
#include "core/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "search/files.h"
#include "search/rank_private.h"

static char path[64];

static int setup(void **state)
{
    static struct task t;

    snprintf(path, sizeof path, "/tmp/yimen-rank-%d", (int)getpid());
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    unlink(path);
    task_end(*state);
    return 0;
}

/* Group 1 is about work, group 2 about dogs, group 3 about nothing that anybody asks. */
static const struct {
    uint64_t id, group;
    const char *text;
} docs[] = {
    {11, 1, "用人单位应当按照国家规定及时足额支付劳动报酬"},
    {12, 1, "用人单位拖欠劳动报酬的，劳动者可以申请支付令"},
    {13, 1, "试用期包含在合同期限内"},
    {21, 2, "饲养的动物造成他人损害的，动物饲养人应当承担侵权责任"},
    {22, 2, "遗弃的动物造成他人损害的，由原饲养人承担侵权责任"},
    {31, 3, "拖欠船舶吨税的，按日加收滞纳金"},
    {32, 3, "船舶吨税的税目依照附表执行"},
};
static const struct {
    const char *question, *answer;
    uint64_t doc;
} past[] = {
    {"老板不发工资怎么办", "可以要求支付劳动报酬", 11},
    {"公司拖欠工资去哪里告", "可以向法院申请支付令", 12},
    {"被邻居的狗咬了谁赔", "动物饲养人应当承担责任", 21},
};

static void build(struct task *t)
{
    struct rank_builder *b = rank_build_begin(t);

    for (size_t i = 0; i < sizeof docs / sizeof *docs; i++)
        assert_int_equal(
            rank_build_doc(t, b,
                           &(struct rank_doc){.id = docs[i].id,
                                              .group = docs[i].group,
                                              .section = docs[i].group,
                                              .text = units_of(t, str_of(docs[i].text))}),
            OK);
    for (size_t i = 0; i < sizeof past / sizeof *past; i++)
        assert_int_equal(
            rank_build_past(t, b,
                            &(struct rank_past){.question = units_of(t, str_of(past[i].question)),
                                                .answer = units_of(t, str_of(past[i].answer)),
                                                .docs = &past[i].doc,
                                                .n_docs = 1,
                                                .fold = (unsigned)i}),
            OK);
    assert_int_equal(rank_build_end(t, b, path, 42), OK);
}

static struct rank_hits ask(struct task *t, const struct rank_ground *g, const char *question,
                            uint32_t without)
{
    struct rank_hits hits;

    assert_int_equal(rank_ask(t, g,
                              &(struct rank_question){.asked = units_of(t, str_of(question)),
                                                      .without = without,
                                                      .most = RANK_CANDIDATES},
                              &hits),
                     OK);
    return hits;
}

static float feature(const struct rank_hit *hit, const char *name)
{
    for (size_t i = 0; rank_feature_names[i]; i++)
        if (str_is(str_of(name), rank_feature_names[i]))
            return hit->features[i];
    fail_msg("no feature %s", name);
    return 0;
}

static const struct rank_hit *hit_of(const struct rank_hits *hits, uint64_t id)
{
    for (size_t i = 0; i < hits->n; i++)
        if (hits->at[i].id == id)
            return &hits->at[i];
    fail_msg("document %d is no candidate", (int)id);
    return NULL;
}

static void test_past_questions_lend(void **state)
{
    struct task *t = *state;
    struct rank_ground *g;

    build(t);
    assert_int_equal(rank_open(t, path, &g), OK);
    assert_int_equal(rank_verify(t, g), OK);
    assert_int_equal(rank_mark(g), 42);
    assert_int_equal(rank_docs(g), 7);
    /* Not one word of it stands in document 12 or 21. */
    assert_int_equal(ask(t, g, "工资去哪里告", 0).at[0].id, 12);
    assert_int_equal(ask(t, g, "狗咬了人", 0).at[0].id, 21);
    /* Without that past question nobody knows. */
    struct rank_hits hits = ask(t, g, "狗咬了人", 1u << 2);
    assert_true(hits.n == 0 || hits.at[0].id != 21 || feature(&hits.at[0], "doc_like") == 0);
    rank_close(g);
}

static void test_features(void **state)
{
    struct task *t = *state;
    struct rank_ground *g;

    build(t);
    assert_int_equal(rank_open(t, path, &g), OK);
    struct rank_hits hits = ask(t, g, "拖欠工资", 0);
    const struct rank_hit *dues = hit_of(&hits, 31), *pay = hit_of(&hits, 12);
    assert_true(feature(dues, "covered") > 0); /* 拖欠 */
    assert_true(feature(dues, "doc_like") == 0);
    assert_true(feature(pay, "doc_like") > 0);
    assert_true(feature(pay, "group_prior") > feature(dues, "group_prior"));
    assert_true(feature(pay, "place") == 1 && feature(pay, "group_size") == 3);
    assert_true(pay->plain > 0);
    assert_int_equal(ask(t, g, "量子纠缠", 0).n, 0);
    assert_int_equal(ask(t, g, "", 0).n, 0);
    rank_close(g);
}

static void test_what_is_refused(void **state)
{
    struct task *t = *state;
    struct rank_builder *b = rank_build_begin(t);
    struct rank_doc doc = {.id = 1, .group = 1};

    assert_int_equal(rank_build_doc(t, b, &doc), OK);
    assert_int_equal(rank_build_doc(t, b, &doc), ERR_BAD_INPUT); /* the same id */
    doc = (struct rank_doc){.id = 2, .group = 2};
    assert_int_equal(rank_build_doc(t, b, &doc), OK);
    doc = (struct rank_doc){.id = 3, .group = 1};
    assert_int_equal(rank_build_doc(t, b, &doc), ERR_BAD_INPUT); /* its group ended */
    struct rank_ground *g;
    assert_int_equal(rank_open(t, "/nonexistent/ground", &g), ERR_NOT_FOUND);
}

static void test_empty(void **state)
{
    struct task *t = *state;
    struct rank_ground *g;

    assert_int_equal(rank_build_end(t, rank_build_begin(t), path, 0), OK);
    assert_int_equal(rank_open(t, path, &g), OK);
    assert_int_equal(ask(t, g, "拖欠工资", 0).n, 0);
    rank_close(g);
}

static void write_file(const uint8_t *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

/* Damage behind the head is found by rank_verify(); asking such a ground stays within it (the
 * sanitizers of the long check watch). */
static void test_damaged(void **state)
{
    struct task *t = *state;
    struct rank_ground *g;
    size_t n;

    build(t);
    uint8_t *bytes = file_read(path, 64 << 20, &n);
    assert_non_null(bytes);
    for (size_t cut = 0; cut < n; cut += n / 37 + 1) {
        write_file(bytes, cut);
        assert_int_equal(rank_open(t, path, &g), ERR_CONFLICT);
        task_clear_error(t);
    }
    for (size_t i = 0; i < sizeof(struct rank_head); i += 3) {
        bytes[i] ^= 0x55;
        write_file(bytes, n);
        assert_int_equal(rank_open(t, path, &g), ERR_CONFLICT);
        task_clear_error(t);
        bytes[i] ^= 0x55;
    }
    srand(7);
    for (int round = 0; round < 300; round++) {
        struct task_mark mark = task_mark(t);
        size_t at = sizeof(struct rank_head) +
                    (size_t)rand() % (n - sizeof(struct rank_head) - sizeof(uint64_t));
        uint64_t old, wrong = round % 2 ? UINT64_MAX : (uint64_t)rand() * 2654435761u;

        memcpy(&old, bytes + at, sizeof old);
        memcpy(bytes + at, &wrong, sizeof wrong);
        write_file(bytes, n);
        assert_int_equal(rank_open(t, path, &g), OK);
        if (memcmp(&old, &wrong, sizeof old) != 0)
            assert_int_equal(rank_verify(t, g), ERR_CONFLICT);
        ask(t, g, "公司拖欠劳动报酬，被狗咬了", 0);
        rank_close(g);
        memcpy(bytes + at, &old, sizeof old);
        task_clear_error(t);
        task_reset(t, mark);
    }
    free(bytes);
}

static void test_best(void **state)
{
    static const float score[] = {0, 3, 1, 3, -1, 2, 7};
    uint32_t at[8];

    (void)state;
    assert_int_equal(rank_best(score, 7, 3, at), 3);
    assert_int_equal(at[0], 6);
    assert_int_equal(at[1], 1);
    assert_int_equal(at[2], 3);
    assert_int_equal(rank_best(score, 7, 8, at), 5);
    assert_int_equal(at[4], 2);
    assert_int_equal(rank_best(score, 0, 8, at), 0);
}

/* Many: the same as taking the largest again and again. */
static void test_best_of_many(void **state)
{
    enum { MANY = 20000, BEST = 50 };
    struct task *t = *state;
    float *score = NEW(t, float, MANY);
    uint32_t at[BEST];

    srand(11);
    for (int i = 0; i < MANY; i++)
        score[i] = (float)(rand() % 3000 - 100);
    assert_int_equal(rank_best(score, MANY, BEST, at), BEST);
    for (int i = 0; i < BEST; i++) {
        int best = 0;

        for (int j = 1; j < MANY; j++)
            best = score[j] > score[best] ? j : best;
        assert_int_equal(at[i], best);
        score[best] = -1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_past_questions_lend, setup, teardown),
        cmocka_unit_test_setup_teardown(test_features, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_best, setup, teardown),
        cmocka_unit_test_setup_teardown(test_best_of_many, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
