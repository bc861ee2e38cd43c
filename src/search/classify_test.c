#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"
#include "core/test.h"
#include "search/classify_private.h"

enum { COUNT = 90 };

static const struct str labels[] = {STR_INIT("wages"), STR_INIT("dogs"), STR_INIT("houses")};

/* Three kinds of sentences, each with a word of its own and chance words of all. */
static void make(struct task *t, struct classify_sample *samples)
{
    static const char *const own[3][3] = {{"老板不发工资", "拖欠工钱", "讨薪找谁"},
                                          {"狗咬伤了人", "邻居养的狗", "遛狗不牵绳"},
                                          {"买房过户", "房产证办不下来", "开发商交房"}};
    static const char *const common[5] = {"请问", "怎么办", "合法吗", "我想知道", "急"};
    uint32_t seed = 7;

    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        int label = i % 3;
        samples[i] = (struct classify_sample){
            .text = str_format(t, "%s%s，%s", common[seed >> 8 & 3], own[label][seed >> 16 & 1],
                               common[(seed >> 20) % 5]),
            .label = label,
            .group = i + 1,
            .weight = 1};
    }
}

static struct str train(struct task *t)
{
    struct classify_sample *samples = NEW(t, struct classify_sample, COUNT);
    struct classify_options options = classify_usual;
    struct str bytes;

    make(t, samples);
    options.labels = labels;
    options.label_count = 3;
    options.source = S("abc123");
    options.temperature = 0.3;
    assert_int_equal(classify_train(t, samples, COUNT, &options, &bytes), OK);
    return bytes;
}

static void learns_and_says_why(void **state)
{
    const struct classify_model *model;
    double confidence[3];
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct str bytes = train(&t);
    assert_int_equal(classify_open(&t, bytes, &model), OK);
    assert_int_equal(classify_label_count(model), 3);
    assert_true(str_is(classify_label(model, 1), "dogs"));
    assert_true(str_is(classify_source(model), "abc123"));
    struct str question = S("您好，老闆拖欠工錢，急，怎么办"); /* traditional, too */
    classify_run(&t, model, question, confidence);
    assert_true(confidence[0] > 0.8);
    assert_true(fabs(confidence[0] + confidence[1] + confidence[2] - 1) < 1e-9);
    struct list why = classify_why(&t, model, question, 0, 2);
    assert_true(why.count >= 1);
    struct classify_reason *first = why.at;
    assert_true(first->words.at >= question.at &&
                first->words.at + first->words.len <= question.at + question.len);
    assert_true(str_find(S("老闆拖欠工錢"), first->words) != SIZE_MAX);
    task_end(&t);
}

static void nothing_known_says_nothing(void **state)
{
    static const struct str texts[] = {STR_INIT(""), STR_INIT("。。。"), STR_INIT("zebra"),
                                       STR_INIT("\xff\xfe\x80")};
    const struct classify_model *model;
    double confidence[3];
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(classify_open(&t, train(&t), &model), OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        classify_run(&t, model, texts[i], confidence);
        assert_true(confidence[0] < 0.4 && confidence[1] < 0.4 && confidence[2] < 0.4);
        assert_int_equal(classify_why(&t, model, texts[i], 0, 3).count, 0);
    }
    task_end(&t);
}

static void the_same_samples_give_the_same_bytes(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct str a = train(&t), b = train(&t);
    assert_true(str_eq(a, b));
    task_end(&t);
}

/* Every cut and every flipped byte is refused, not run. */
static void a_damaged_model_is_refused(void **state)
{
    const struct classify_model *model;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct str good = train(&t);
    char *bytes = NEW(&t, char, good.len);
    for (size_t cut = 0; cut < good.len; cut += 1 + cut / 7) {
        struct task_mark mark = task_mark(&t);
        assert_int_equal(classify_open(&t, str_first(good, cut), &model), ERR_BAD_INPUT);
        task_clear_error(&t);
        task_reset(&t, mark);
    }
    for (size_t i = 0; i < good.len; i += 1 + i / 9) {
        struct task_mark mark = task_mark(&t);
        memcpy(bytes, good.at, good.len);
        bytes[i] ^= 0x41;
        assert_int_equal(classify_open(&t, (struct str){bytes, good.len}, &model), ERR_BAD_INPUT);
        task_clear_error(&t);
        task_reset(&t, mark);
    }
    task_end(&t);
}

static void bad_samples_are_refused(void **state)
{
    struct classify_options options = classify_usual;
    struct classify_sample sample = {.text = S("老板"), .label = 3, .weight = 1};
    struct str bytes = S("untouched");
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    options.labels = labels;
    options.label_count = 3;
    assert_int_equal(classify_train(&t, &sample, 0, &options, &bytes), ERR_BAD_INPUT);
    task_clear_error(&t);
    assert_int_equal(classify_train(&t, &sample, 1, &options, &bytes), ERR_BAD_INPUT);
    task_clear_error(&t);
    sample.label = 0;
    sample.weight = 0;
    assert_int_equal(classify_train(&t, &sample, 1, &options, &bytes), ERR_BAD_INPUT);
    assert_true(str_is(bytes, "untouched"));
    task_end(&t);
}

static void cross_validation_tells_what_it_found(void **state)
{
    struct classify_options options = classify_usual;
    struct classify_report report;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct classify_sample *samples = NEW(&t, struct classify_sample, COUNT);
    make(&t, samples);
    samples[3].helper = true;
    options.labels = labels;
    options.label_count = 3;
    assert_int_equal(classify_check(&t, samples, COUNT, &options, 5, &report), OK);
    assert_int_equal(report.asked, COUNT - 1);
    assert_true(report.accuracy > 0.95 && report.macro_f1 > 0.95);
    assert_true(report.temperature > 0.01 && report.temperature < 5);
    assert_int_equal(report.guesses[3].label, -1);
    assert_true(report.calibration_error < 0.2);
    task_end(&t);
}

static void near_copies_share_a_group(void **state)
{
    struct classify_sample samples[] = {
        {.text = S("小区楼下的烧烤店每天营业到凌晨两点油烟噪音很大影响休息请求处理")},
        {.text = S("A市小区楼下的烧烤店每天营业到凌晨两点，油烟噪音很大，影响休息！请求处理")},
        {.text = S("公交车改线以后老人去医院看病要走两公里希望恢复原来的线路")},
        {.text = S("完全是另外一封信"), .group = 9},
        {.text = S("和上一封是双胞胎但是写法不同"), .group = 9},
    };
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    classify_group(&t, samples, 5);
    assert_int_equal(samples[0].group, samples[1].group);
    assert_int_not_equal(samples[0].group, samples[2].group);
    assert_int_equal(samples[3].group, samples[4].group);
    assert_int_not_equal(samples[2].group, samples[3].group);
    for (int folds = 2; folds < 11; folds++)
        assert_int_equal(classify_fold(&samples[0], folds), classify_fold(&samples[1], folds));
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_and_says_why),
        cmocka_unit_test(nothing_known_says_nothing),
        cmocka_unit_test(the_same_samples_give_the_same_bytes),
        cmocka_unit_test(a_damaged_model_is_refused),
        cmocka_unit_test(bad_samples_are_refused),
        cmocka_unit_test(cross_validation_tells_what_it_found),
        cmocka_unit_test(near_copies_share_a_group),
    };

    return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
