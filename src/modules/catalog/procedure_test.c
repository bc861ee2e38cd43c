#include "modules/catalog/catalog.h"
#include "modules/catalog/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/test.h"

/* A procedure that works, line by line; each case breaks one line and says where it hurts. */
static const char *const sound[] = {
    /*  1 */ "procedure: small",
    /*  2 */ "title: 小规程",
    /*  3 */ "nature: handling",
    /*  4 */ "keep: {for: 3 years, basis: tenant}",
    /*  5 */ "stages: [办理]",
    /*  6 */ "form:",
    /*  7 */
    "  - {name: level, title: 难易, type: choice, required: true, of: {low: 低, high: 高}}",
    /*  8 */ "  - {name: day, title: 日子, type: day}",
    /*  9 */ "duties:",
    /* 10 */ "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit}",
    /* 11 */ "anywhere: [note]",
    /* 12 */ "actions:",
    /* 13 */ "  note: {title: 记, by: [staff], effect: [note]}",
    /* 14 */ "steps:",
    /* 15 */ "  begin:",
    /* 16 */ "    title: 开始",
    /* 17 */ "    stage: 办理",
    /* 18 */ "    owes: [work]",
    /* 19 */ "    actions:",
    /* 20 */ "      finish: {title: 办结, by: [clerk, head], to: done}",
    /* 21 */ "  done: {title: 办结, end: resolved}",
};
enum { SOUND_LINES = sizeof sound / sizeof *sound };

struct bad {
    int replaced;      /* this line of `sound` ... */
    const char *by;    /* ... is replaced by this */
    int line;          /* where the fault must be */
    const char *words; /* part of what it must say */
};

static const struct bad bad[] = {
    {1, "procedure: Small", 1, "代码“Small”不对"},
    {1, "procedur: small", 1, "没有“procedur”这个键"},
    {2, "title: {en: Small}", 2, "缺少“zh”"},
    {3, "nature: advice", 3, "nature 只能是"},
    {4, "keep: 3 years", 4, "应当是一组"},
    {4, "keep: {for: 3 years}", 4, "缺少依据"},
    {4, "keep: {for: three years, basis: tenant}", 4, "10 years"},
    {4, "keep: {for: 3 years, basis: tenant, law: 档案法}", 4, "只能写一个"},
    {5, "stages: [办理]\nreaders: [mayor]", 6, "没有可以查看工单的岗位“mayor”"},
    {5, "stages: [办理]\nreaders: [sysadmin]", 6, "没有可以查看工单的岗位“sysadmin”"},
    {5, "stages: [办理]\nreaders: []", 6, "readers 要写上岗位"},
    {5, "stages: [受理]", 17, "stages 里没有“办理”"},
    {7, "  - {name: level, title: 难易, type: choise, of: {low: 低}}", 7, "类型没有“choise”"},
    {7, "  - {name: level, title: 难易, type: choice}", 7, "缺少选项"},
    {7, "  - {name: Level, title: 难易, type: text}", 7, "名字“Level”不对"},
    {8, "  - {name: level, title: 又一个, type: text}", 8, "问了两次"},
    {8, "  - {name: day, title: 日子, type: day, required: yes}", 8, "true 或 false"},
    {8, "  - {name: kind, title: 类, type: choice, of: no-such-list}", 8, "没有共用选项表"},
    {10, "  work: {title: 办理, within: 3 days, basis: tenant, owed-by: unit}", 10,
     "时限“3 days”不对"},
    {10, "  work: {title: 办理, within: 3 working days, owed-by: unit}", 10, "缺少依据"},
    {10, "  work: {title: 办理, within: 3 working days, law: 行政许可法 第四十二条, owed-by: unit}",
     10, "没有写在 laws 里"},
    {4, "keep: {for: 3 years, basis: tenant}\nlaws: {行政许可法: 现行}", 5, "版本要写成日期"},
    {10, "  work: {title: 办理, within: 3 working days, basis: law, owed-by: unit}", 10,
     "basis 只能是 tenant"},
    {10, "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: mayor}", 10,
     "owed-by 没有“mayor”"},
    {10, "  work: {title: 办理, basis: tenant, owed-by: unit}", 10, "within"},
    {10, "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit, from: heard}",
     10, "没有操作记下时刻“heard”"},
    {10, "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit, else: lapse}",
     10, "里没有操作“lapse”"},
    {10,
     "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit, else: finish}",
     10, "by 里要有 system"},
    {10,
     "  work: {title: 办理, within: {by: size, else: 3 working days}, basis: tenant, owed-by: unit}",
     10, "不是登记时"},
    {10,
     "  work: {title: 办理, within: {by: level, low: 3 working days}, basis: tenant, owed-by: unit}",
     10, "缺少“level”的选项“high”"},
    {10,
     "  work: {title: 办理, within: {by: level, low: 3 working days, mid: same day, else: 1 months}, basis: tenant, owed-by: unit}",
     10, "没有选项“mid”"},
    {10, "  work: {title: 办理, until: promised, basis: tenant, owed-by: unit}", 10,
     "没有问日期“promised”"},
    {10,
     "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit, extend: {up-to: 3 calendar days, basis: tenant}}",
     10, "同一种"},
    {10,
     "  work: {title: 办理, within: 3 working days, basis: tenant, owed-by: unit}\n  idle: {title: 闲, within: same day, basis: tenant, owed-by: unit}",
     11, "没有环节要求"},
    {11, "anywhere: [note, fly]", 11, "没有共用操作“fly”"},
    {11, "anywhere: []", 13, "没有环节用到共用操作“note”"},
    {13, "  note: {title: 记, by: [staff], effect: [nothing]}", 13, "没有效果“nothing”"},
    {13, "  note: {title: 记, by: [staff], effect: [pause]}", 13, "没有可以暂停的时限"},
    {13, "  note: {title: 记, by: [staff], effect: [emergency]}", 13, "answer-emergency"},
    {13,
     "  note: {title: 记, by: [staff], effect: [note], ask: [{name: text, title: 记, type: int}]}",
     13, "类型不能改"},
    {13, "  note: {title: 记, by: [staff], effect: [spawn]}", 13, "spawn: {procedure"},
    {13, "  note: {title: 记, by: [staff], effect: {spawn: {procedure: x, link: friend}}}", 13,
     "没有这种关联"},
    {13,
     "  note: {title: 记, by: [staff], effect: {spawn: {procedure: x, link: child, if: rainy}}}",
     13, "没有条件“rainy”"},
    {13, "  note: {title: 记, by: [], effect: [note]}", 13, "没有人能做"},
    {13, "  note: {title: 记, by: [wizard], effect: [note]}", 13, "没有岗位“wizard”"},
    {13, "  note: {title: 记, by: [auditor], effect: [note]}", 13, "不能办理工单"},
    {13, "  note: {title: 记, by: [staff], paper: poem}", 13, "没有文书“poem”"},
    {13, "  note: {title: 记, by: [staff], notice: song}", 13, "没有告知“song”"},
    {13, "  note: {title: 记, by: [staff], when: [sunny]}", 13, "没有条件“sunny”"},
    {13, "  note: {title: 记, by: [staff], after-tries: 3}", 13, "应当是一组"},
    {13, "  note: {title: 记, by: [staff], after-tries: {times: 0}}", 13, "times 写打过几次"},
    {13, "  note: {title: 记, by: [staff], after-tries: {times: 3, apart: 1 months}}", 13,
     "apart 写"},
    {13, "  note: {title: 记, by: [staff], effect: [transfer, decide-unit]}", 13,
     "中心裁定以后不能再转"},
    {13, "  note: {title: 记, by: [staff], opens: [fly]}", 13, "没有时限义务“fly”"},
    {13, "  note: {title: 记, by: [staff], colour: red}", 13, "没有“colour”这个键"},
    {13, "  note: {title: 记, by: [staff], effect: [reopen]}", 13, "只有结束的环节"},
    {13, "  note: {title: 记, by: [staff], sets: {heard: seen}}", 13, "没有操作记下时刻“seen”"},
    {17, "    joined: gather", 17, "没有操作“gather”"},
    {17, "    joined: finish", 17, "by 里要有 system"},
    {17, "    keeps: some", 17, "keeps 只能是 all"},
    {17, "    desk: [auditor]", 17, "没有可以办理工单的岗位“auditor”"},
    {17, "    pauses: {work: ''}", 17, "暂停要写依据"},
    {18, "    owes: []", 15, "没有时限义务"},
    {18, "    owes: [sleep]", 18, "没有时限义务“sleep”"},
    {20, "      finish: {title: 办结, by: [clerk], to: nowhere}", 20, "没有环节“nowhere”"},
    {20, "      finish: {title: 办结, by: [clerk]}", 15, "离不开"},
    {20, "      finish: {title: 办结, by: [clerk]}", 21, "走不到环节“done”"},
    {20, "      finish: {title: 办结, by: [clerk], to: {by: level, low: done}}", 20,
     "缺少“level”的选项“high”"},
    {20, "      finish: {title: 办结, by: [clerk], to: {by: mood, else: done}}", 20, "不是登记时"},
    {20, "      finish: {by: [clerk], to: done}", 20, "缺少“title”"},
    {20, "      Finish: {title: 办结, by: [clerk], to: done}", 20, "名字“Finish”不对"},
    {20,
     "      finish: {title: 办结, by: [clerk], to: done}\n      finish: {title: 再办, by: [clerk], to: done}",
     21, "写了两次，第 20 行已有"},
    {21, "  done: {title: 办结, end: happily}", 21, "没有“happily”"},
    {21, "  done: {title: 办结, end: resolved, owes: [work]}", 21, "不能有时限义务"},
    {21,
     "  done: {title: 办结, end: resolved, actions: {again: {title: 再来, by: [head], to: begin}}}",
     21, "reopen"},
    {1, "procedure: small\nuse: [no-such-part]", 2, "没有部件“no-such-part”"},
    {1, "procedure: small\nuse: [../etc/passwd]", 2, "没有部件"},
    {1, "procedure: small\nbegin: nowhere", 2, "没有环节“nowhere”"},
    {1, "procedure: &a small", 1, "锚点"},
    {1, "procedure: *a", 1, "别名"},
    {1, "procedure: !!str small", 1, "类型标记"},
    {1, "procedure: \"small", 1, "引号没有配对"},
    {1, "procedure: small\n\ttitle: x", 2, "制表符"},
    {1, "procedure: [[[[[[[[[[[[[[x]]]]]]]]]]]]]]", 1, "层次太深"},
    {1, "procedure: \xff", 1, "UTF-8"},
    {21, "  done: {title: 办结, end: resolved}\n---\nmore: text", 22, "只能有一份"},
};

static struct str text_with(struct task *t, const struct bad *change)
{
    struct buf b = buf_new(t, 64 * 1024);

    for (int i = 0; i < SOUND_LINES; i++) {
        buf_add(&b, str_of(change && change->replaced == i + 1 ? change->by : sound[i]));
        buf_add_char(&b, '\n');
    }
    return buf_str(&b);
}

static int begin(void **state)
{
    struct task *t = calloc(1, sizeof *t);

    task_begin(t, NULL, TEST_NOW, TASK_BUDGET);
    *state = t;
    return 0;
}

static int end(void **state)
{
    task_end(*state);
    free(*state);
    return 0;
}

static void a_small_procedure_is_read(void **state)
{
    struct task *t = *state;
    struct list faults;
    struct procedure *p;
    enum err e = procedure_read(t, S("small.yaml"), text_with(t, NULL), procedure_part_shipped,
                                NULL, &p, &faults);

    LIST_EACH (struct fault, fault, faults)
        fprintf(stderr, "%d: %.*s\n", fault->line, STR_ARG(fault->message));
    assert_int_equal(e, OK);
    assert_int_equal(p->step_count, 2);
    assert_int_equal(p->keep_years, 3);
    assert_int_equal(p->duties[0].limit.amount, 3);
    const struct action_rule *finish = step_action(&p->steps[0], S("finish"));
    assert_non_null(finish);
    assert_int_equal(finish->to, 1);
    const struct action_rule *note = step_action(&p->steps[0], S("note"));
    assert_non_null(note);
    assert_int_equal(note->to, TO_STAY);
    /* What the effect asks was added by itself. */
    assert_string_equal(note->form.asks[0].name, "text");
    assert_string_equal(note->form.asks[1].name, "internal");
    assert_null(step_action(&p->steps[1], S("note")));
}

static void every_fault_is_found_at_its_line(void **state)
{
    struct task *t = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct task_mark mark = task_mark(t);
        struct list faults;
        struct procedure *p;
        bool found = false;
        enum err e = procedure_read(t, S("bad.yaml"), text_with(t, &bad[i]), procedure_part_shipped,
                                    NULL, &p, &faults);
        if (e != ERR_BAD_INPUT)
            fail_msg("\"%s\" was accepted", bad[i].by);
        LIST_EACH (struct fault, fault, faults)
            found = found || (fault->line == bad[i].line &&
                              str_find(fault->message, str_of(bad[i].words)) != SIZE_MAX);
        if (!found) {
            LIST_EACH (struct fault, fault, faults)
                fprintf(stderr, "  %d: %.*s\n", fault->line, STR_ARG(fault->message));
            fail_msg("\"%s\": no \"%s\" at line %d", bad[i].by, bad[i].words, bad[i].line);
        }
        task_clear_error(t);
        task_reset(t, mark);
    }
}

static void all_faults_are_told_at_once(void **state)
{
    struct task *t = *state;
    struct str text = text_with(t, &(struct bad){3, "nature: advice\nsize: big", 0, NULL});
    struct buf b = buf_new(t, 64 * 1024);
    struct list faults;
    struct procedure *p;

    buf_add(&b, text);
    buf_add(&b, S("  third: {titel: 三, owes: [x], end: y}\n"));
    assert_int_equal(procedure_read(t, S("bad.yaml"), buf_str(&b), NULL, NULL, &p, &faults),
                     ERR_BAD_INPUT);
    assert_true(faults.count >= 5);
    struct fault *first = faults.at;
    for (size_t i = 1; i < faults.count; i++)
        assert_true(first[i - 1].line <= first[i].line);
}

static void a_huge_file_is_refused(void **state)
{
    struct task *t = *state;
    char *at = NEW(t, char, NODE_MAX_PROCEDURE + 1);
    struct list faults;
    struct procedure *p;

    memset(at, ' ', NODE_MAX_PROCEDURE + 1);
    assert_int_equal(procedure_read(t, S("huge.yaml"), (struct str){at, NODE_MAX_PROCEDURE + 1},
                                    NULL, NULL, &p, &faults),
                     ERR_BAD_INPUT);
    assert_int_equal(faults.count, 1);
}

/* --- Files of the source --------------------------------------------------------------------- */

static char *source_path(struct task *t, const char *name)
{
    const char *source = getenv("YIMEN_SOURCE");

    return str_terminated(t, str_format(t, "%s/%s", source ? source : ".", name));
}

static struct procedure *read_source(struct task *t, const char *name)
{
    struct list faults = {0};
    struct procedure *p = NULL;
    struct str text;

    if (catalog_read_file(t, source_path(t, name), NODE_MAX_PROCEDURE, &text))
        fail_msg("%s: %.*s", name, STR_ARG(t->note));
    if (procedure_read(t, str_of(name), text, procedure_part_of_folder,
                       source_path(t, "procedures"), &p, &faults)) {
        LIST_EACH (struct fault, fault, faults)
            fprintf(stderr, "%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line,
                    STR_ARG(fault->message));
        fail_msg("%s has faults", name);
    }
    return p;
}

static const char *const shipped[] = {
    "accountability",     "administrative-matter",
    "appraisal-guidance", "arbitration-contact",
    "citizen-suggestion", "complaint",
    "consultation",       "guidance",
    "legal-aid",          "legislation-collection",
    "mediation-referral", "notary",
    "rating-loop",        "reconsideration-contact",
    "resettlement",       "review-suggestion",
    "supervision",
};

static void shipped_procedures_check_and_draw(void **state)
{
    struct task *t = *state;

    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        struct task_mark mark = task_mark(t);
        struct procedure *p =
            read_source(t, str_terminated(t, str_format(t, "procedures/%s.yaml", shipped[i])));
        struct str image;
        assert_str(p->code, shipped[i]);
        assert_int_equal(procedure_draw(t, p, "dot", &image), OK);
        assert_true(str_find(image, p->title) != SIZE_MAX);
        assert_int_equal(procedure_draw(t, p, "svg", &image), OK);
        assert_true(str_find(image, S("<svg")) != SIZE_MAX);
        assert_true(str_find(image, p->steps[0].title) != SIZE_MAX);
        task_reset(t, mark);
    }
}

static void what_is_stored_reads_back_the_same(void **state)
{
    struct task *t = *state;

    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        struct task_mark mark = task_mark(t);
        struct procedure *p =
            read_source(t, str_terminated(t, str_format(t, "procedures/%s.yaml", shipped[i])));
        struct procedure *again;
        struct list faults;
        assert_int_equal(procedure_read(t, S("stored"), p->text, NULL, NULL, &again, &faults), OK);
        assert_true(str_eq(p->text, again->text));
        assert_int_equal(p->step_count, again->step_count);
        for (size_t s = 0; s < p->step_count; s++) {
            assert_true(str_eq(p->steps[s].name, again->steps[s].name));
            assert_int_equal(p->steps[s].action_count, again->steps[s].action_count);
        }
        task_reset(t, mark);
    }
}

static void paper_procedures_check(void **state)
{
    struct task *t = *state;

    read_source(t, "docs/procedures/approval.yaml");
    read_source(t, "docs/procedures/relief.yaml");
    read_source(t, "docs/procedures/staged-mediation.yaml");
}

/* domain.md 1.9: the law itself, not what people remember of it. */
static void the_law_is_in_the_files(void **state)
{
    struct task *t = *state;
    struct procedure *aid = read_source(t, "procedures/legal-aid.yaml");
    struct procedure *permit = read_source(t, "procedures/administrative-matter.yaml");
    const struct duty_rule *examine = &aid->duties[procedure_duty_index(aid, S("examine"))];
    const struct duty_rule *decide = &permit->duties[procedure_duty_index(permit, S("decide"))];
    const struct duty_rule *notify =
        &permit->duties[procedure_duty_index(permit, S("examine-materials"))];

    assert_int_equal(examine->case_count, 2);
    assert_int_equal(examine->cases[1].limit.kind, LIMIT_CALENDAR_DAYS);
    assert_int_equal(examine->cases[1].limit.amount, 7);
    assert_str(examine->cases[1].law, "法律援助法 第四十三条");
    assert_str(procedure_law_version(aid, examine->cases[1].law), "2021-08-20");
    assert_int_equal(aid->duties[procedure_duty_index(aid, S("assign"))].limit.amount, 3);
    assert_int_equal(decide->limit.kind, LIMIT_WORKING_DAYS);
    assert_int_equal(decide->limit.amount, 20);
    assert_int_equal(decide->extend_up_to.amount, 10);
    assert_int_equal(decide->pause_ground_count, 8);
    assert_str(notify->otherwise, "deem-accepted");
    /* Accepted as of the day the materials came: the 20 days run from there. */
    const struct action_rule *deemed = step_action(&permit->steps[0], S("deem-accepted"));
    assert_str(deemed->sets, "accepted");
    assert_str(deemed->sets_as, "received");
    assert_str(decide->from, "accepted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_small_procedure_is_read, begin, end),
        cmocka_unit_test_setup_teardown(every_fault_is_found_at_its_line, begin, end),
        cmocka_unit_test_setup_teardown(all_faults_are_told_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_huge_file_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(shipped_procedures_check_and_draw, begin, end),
        cmocka_unit_test_setup_teardown(what_is_stored_reads_back_the_same, begin, end),
        cmocka_unit_test_setup_teardown(paper_procedures_check, begin, end),
        cmocka_unit_test_setup_teardown(the_law_is_in_the_files, begin, end),
    };
    return cmocka_run_group_tests_name("procedure", tests, NULL, NULL);
}
