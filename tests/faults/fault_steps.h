/*
 * fault_steps.h - the story that fault_story.c tells again and again: who does what, when.
 */
#ifndef TESTS_FAULTS_FAULT_STEPS_H
#define TESTS_FAULTS_FAULT_STEPS_H

#include "world.h"

enum { PAPERS = -3, TIMERS = -2, REGISTER = -1 };

struct step {
    const char *moment, *who; /* who NULL: the citizen of the order, or the timer */
    int order;                /* which one, in the order of their making */
    const char *action, *json;
    bool file;
};

/* $LJ02 and $tangyi stand for the ids of units and staff. */
static const struct step steps[] = {
    {"2026-10-14T09:42", "zhoumin", REGISTER, "register",
     "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"工地欠薪\","
     "\"content\":\"从五月起没有拿到工资。\",\"receipt\":true,"
     "\"fields\":{\"kind\":\"labour\",\"source\":\"self\",\"hardship\":\"exempt\"},"
     "\"materials\":[{\"code\":\"identity-later\",\"state\":\"in\"},"
     "{\"code\":\"aid-application\",\"state\":\"in\"}],"
     "\"parties\":[" WORLD_APPLICANT ",{\"role\":\"respondent\",\"identity\":{\"kind\":\"person\","
     "\"name\":\"陈立业\",\"paper\":\"id-card\",\"paper_number\":\"990101198503124011\","
     "\"phone\":\"13900007777\"}}]}"},
    {"2026-10-14T10:10", "zhoumin", REGISTER, "register",
     "{\"matter\":\"suggestion\",\"channel\":\"window\",\"subject\":\"夜间也应开门\","
     "\"content\":\"两个镇都应当晚上开门。\",\"parties\":[" WORLD_APPLICANT "]}"},
    {"2026-10-14T10:20", "zhoumin", 1, "transfer",
     "{\"unit\":\"$LJ02\",\"reason\":\"属双塔街道\"}"},
    {"2026-10-14T14:00", "lumei", 1, "return-transfer", "{\"reason\":\"涉及两个镇\"}"},
    {"2026-10-16T10:00", "chenliqun", 0, "begin", NULL},
    {"2026-10-16T10:05", "chenliqun", 0, "correct-materials", NULL},
    {"2026-10-19T20:00", NULL, 0, "hand-in", NULL, true},
    {"2026-10-20T09:30", "chenliqun", 0, "check-in",
     "{\"materials\":[{\"code\":\"labour-proof\",\"state\":\"in\"}]}"},
    {"2026-10-20T09:35", "chenliqun", 0, "supplemented", NULL},
    {"2026-10-21T09:00", NULL, TIMERS, "overdue", NULL},
    {"2026-10-21T09:10", "zhaoming", 0, "grant", "{\"reason\":\"请求劳动报酬，符合规定\"}"},
    {"2026-10-21T09:30", "zhaoming", 0, "assign", "{\"staff\":\"$tangyi\"}"},
    {"2026-10-21T10:00", "tangyi", 0, "appoint",
     "{\"firm\":\"岚江正衡律师事务所\",\"lawyer\":\"吴律师\",\"lawyer_phone\":\"13900005678\"}"},
    {"2026-10-21T11:00", "zhoumin", 1, "send-out",
     "{\"units\":[{\"unit\":\"$LJ02\"},{\"unit\":\"$LJ03\"}]}"},
    {"2026-10-22T09:00", "lumei", 2, "answer", "{\"text\":\"可以\"}"},
    {"2026-10-22T10:00", "yaofang", 3, "answer", "{\"text\":\"人手不够\"}"},
    {"2026-11-20T15:00", "tangyi", 0, "finish",
     "{\"outcome\":\"done\",\"result\":\"追回工资 18000 元\"}"},
    {"2026-11-23T10:00", "tangyi", 0, "tell",
     "{\"told_how\":\"phone\",\"told_what\":\"工资已经追回\"}"},
    {"2026-11-24T10:00", "hejing", 0, "call-back",
     "{\"reached\":true,\"handled\":\"true-result\",\"rate_matter\":\"5\",\"rate_handler\":\"1\","
     "\"opinion\":\"电话打不通\"}"},
    {"2026-11-25T10:00", "panyun", 0, "archive", "{\"shelf\":\"3 号柜 2 层\",\"pages\":\"41\"}"},
    {"2026-11-25T11:00", "zhoumin", 1, "close", "{\"text\":\"已答复\"}"},
    /* Not part of the story: drawing takes long. */
    {"2026-10-19T20:05", NULL, PAPERS, "keep-papers", NULL},
};
enum {
    STEP_COUNT = sizeof steps / sizeof *steps - 1,
    PAPER_STEP = 5,
    FILE_STEP = 6,
    DRAW_STEP = STEP_COUNT
};

/* Work of two units at once, joined when both have answered: no shipped procedure has it. */
static const char asked_together[] =
    "procedure: citizen-suggestion\ntitle: {zh: 意见建议, en: Suggestion}\n"
    "nature: handling\nkeep: {for: 3 years, basis: tenant}\nuse: [base, queue]\nstages: [登记]\n"
    "duties:\n"
    "  read: {title: 研究, within: 3 working days, basis: tenant, owed-by: unit}\n"
    "  gather: {title: 汇总, within: 60 working days, basis: tenant, owed-by: unit}\n"
    "steps:\n"
    "  registered:\n    title: 待研究\n    stage: 登记\n    citizen: 正在研究\n    desk: [clerk]\n"
    "    owes: [read]\n    also: [transfer]\n    actions:\n      send-out:\n        title: 分送\n"
    "        by: [clerk]\n"
    "        effect: {spawn: {procedure: asked-unit, link: child, each-unit: true}}\n"
    "        to: waiting\n        primary: true\n"
    "  waiting:\n    title: 等各处答复\n    stage: 登记\n    citizen: 正在研究\n    desk: [clerk]\n"
    "    owes: [gather]\n    joined: gathered\n    actions:\n"
    "      gathered: {title: 答复已齐, by: [system], to: closing}\n"
    "  closing:\n    title: 待答复\n    stage: 登记\n    citizen: 正在研究\n    desk: [clerk]\n"
    "    owes: [gather]\n    actions:\n      close:\n        title: 办结\n        by: [clerk]\n"
    "        effect: [note]\n        to: done\n        primary: true\n"
    "  done: {title: 已答复, stage: 登记, end: answered, citizen: 已答复}\n";
static const char asked_unit[] =
    "procedure: asked-unit\ntitle: {zh: 征求意见, en: Asked unit}\nnature: handling\n"
    "keep: {for: 3 years, basis: tenant}\nuse: [base]\nstages: [答复]\n"
    "duties:\n"
    "  answer: {title: 答复, within: 10 working days, basis: tenant, owed-by: unit}\n"
    "steps:\n"
    "  asked:\n    title: 待答复\n    stage: 答复\n    citizen: 正在研究\n    desk: [clerk]\n"
    "    owes: [answer]\n    actions:\n      answer:\n        title: 答复\n        by: [clerk]\n"
    "        effect: [note]\n        to: done\n        primary: true\n"
    "  done: {title: 已答复, stage: 答复, end: answered, citizen: 已答复}\n";

#endif
