/*
 * paper_draw.h - from the frozen facts of a paper to its PDF; inside the notices module only.
 *
 * What a kind of paper says is one row of paper_texts[] (paper_texts.c): words with places to fill,
 * in parts.  Head, salutation, QR code, signatures and foot are the same for all (paper_draw.c).
 * The facts are listed at the head of modules/orders/tell_facts.c.
 *
 * In the words, {name} is a fact, [ ... ] is left out when a fact in it is empty.  Besides the
 * facts there are {said:NAME} what the actor wrote, {received} {day} {moment} dates in full, {law}
 * and other laws as citations, {last_day}, {limit}, {else} and {else_law} of the duty that the
 * party owes, {paused} the title of a paused limit, {extended_title} {extended_by} {extended_law}
 * {extended_day}.
 */
#ifndef NOTICES_PAPER_DRAW_H
#define NOTICES_PAPER_DRAW_H

#include "modules/notices/notices.h"
#include "paper/pdf.h"

struct paper_source {
    const struct paper_kind *kind;
    struct str no;
    int64_t template_version, recorded_at;
    struct str base_url; /* where the citizen's pages are, when the facts name no host */
    const struct json *facts;
};

enum paper_part_kind {
    PART_TEXT,    /* the words alone */
    PART_SAID,    /* what the actor wrote under `names` (separated by blanks); nothing: the words */
    PART_REQUEST, /* what was asked for, in the words of who asked */
    PART_MISSING, /* table of missing materials */
    PART_PRESENT, /* what has come in */
    PART_DUTIES,  /* what the house owes now, until when */
    PART_HAND_IN  /* until when and how to hand in, beside the QR code */
};

struct paper_part {
    enum paper_part_kind kind;
    const char *heading; /* without its number; NULL: goes on under the one before */
    const char *words;   /* NULL: none */
    const char *names;
};

enum {
    PAPER_TWO_COPIES = 1, /* 一式两联 */
    PAPER_LETTER = 2,     /* to another body: 37 mm above, no tracking code on it */
    PAPER_NO_CODE = 4,    /* not for the applicant */
    PAPER_PARTS_MOST = 8
};

struct paper_text {
    const char *kind;
    unsigned flags;
    struct paper_part parts[PAPER_PARTS_MOST]; /* ended by a row without heading, words and names */
};
extern const struct paper_text paper_texts[]; /* ended by a NULL kind */

/* The words with their places filled. */
struct str paper_fill(struct task *t, const struct paper_source *source, struct str words);
/* What the actor wrote under this name; empty when nothing. */
struct str paper_said(const struct json *facts, struct str name);
/* 《中华人民共和国法律援助法》第四十三条 from 法律援助法 第四十三条. */
struct str paper_law(struct task *t, struct str law);
/* 2026 年 10 月 12 日 */
struct str paper_day(struct task *t, struct str iso_day);
/* 15 日 from 15日 */
struct str paper_limit(struct task *t, struct str limit);
/* The duty that the party owes; NULL. */
const struct json *paper_owed_by_party(const struct json *facts);

MUST_USE enum err paper_draw(struct task *t, const struct paper_source *source,
                             struct str *ret_pdf);

#endif
