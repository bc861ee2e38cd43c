/*
 * paper_draw.c - the frame that all papers share, and the parts their rows are made of.
 */
#include "modules/notices/paper_draw.h"

#include "core/time.h"

#define BLANK_LINE PDF_BLANK "　　　　　　　　" PDF_PLAIN

struct paper {
    struct task *t;
    const struct paper_source *source;
    const struct paper_text *text;
    const struct json *facts;
    struct pdf *pdf;
    int headings;
    bool code_shown, for_file; /* the file's copy does not bear the citizen's code */
};

static struct str fact(const struct paper *p, const char *name)
{
    return json_get_str(p->facts, name);
}

static struct str first_of(struct str a, struct str b)
{
    return a.len ? a : b;
}

static struct str issuer(const struct paper *p)
{
    return first_of(fact(p, "issuer"), first_of(fact(p, "unit"), fact(p, "tenant")));
}

static void heading(struct paper *p, const char *title)
{
    static const char *const numbers[] = {"一", "二", "三", "四", "五", "六", "七", "八"};

    if (title)
        pdf_text(p->pdf, PDF_HEADING,
                 str_format(p->t, "%s、%s", numbers[p->headings++ % 8], title));
}

/* One paragraph for each line. */
static void paragraphs(struct paper *p, enum pdf_style style, struct str text)
{
    struct str line;

    while (str_cut(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len)
            pdf_text(p->pdf, style, line);
    }
}

static void words(struct paper *p, const char *text)
{
    if (text)
        paragraphs(p, PDF_BODY, paper_fill(p->t, p->source, str_of(text)));
}

/* --- Parts ------------------------------------------------------------------------------------ */

static size_t said_count(const struct paper *p, struct str names)
{
    struct str name;
    size_t n = 0;

    while (str_cut(&names, ' ', &name))
        n += paper_said(p->facts, name).len > 0;
    return n;
}

static struct str said_title(const struct paper *p, struct str name)
{
    JSON_EACH (item, json_get(p->facts, "said")) {
        if (str_eq(json_get_str(item, "name"), name))
            return json_get_str(item, "title");
    }
    return name;
}

/* A single answer stands alone; of several each bears its title. */
static void part_said(struct paper *p, const struct paper_part *part)
{
    struct str names = str_of(part->names), name;
    size_t n = said_count(p, names);

    if (!n && !part->words)
        return;
    heading(p, part->heading);
    if (!n)
        words(p, part->words);
    while (n && str_cut(&names, ' ', &name)) {
        struct str text = paper_said(p->facts, name);

        if (text.len && n > 1)
            text = str_format(p->t, "%.*s：%.*s", STR_ARG(said_title(p, name)), STR_ARG(text));
        paragraphs(p, PDF_BODY, text);
    }
}

static void part_request(struct paper *p, const struct paper_part *part)
{
    struct str content = fact(p, "content");

    if (!content.len && !fact(p, "subject").len)
        return;
    heading(p, part->heading);
    if (fact(p, "subject").len)
        pdf_text(p->pdf, PDF_BODY, str_format(p->t, "事由：%.*s", STR_ARG(fact(p, "subject"))));
    paragraphs(p, PDF_QUOTE, content);
}

static void part_missing(struct paper *p, const struct paper_part *part)
{
    static const struct pdf_column columns[] = {{"序", 0.06, true},
                                                {"材料", 0.44, false},
                                                {"从哪里得到", 0.30, false},
                                                {"可否先承诺", 0.20, false}};
    const struct json *missing = json_get(p->facts, "missing");
    size_t n = missing ? missing->count : 0, i = 0;
    struct str *cells = NEW(p->t, struct str, n * 4 + 1);

    if (!n)
        return;
    heading(p, part->heading);
    JSON_EACH (item, missing) {
        struct str note = json_get_str(item, "note");

        cells[i * 4] = str_format(p->t, "%zu", i + 1);
        cells[i * 4 + 1] = note.len
                               ? str_format(p->t, "%.*s：%.*s",
                                            STR_ARG(json_get_str(item, "title")), STR_ARG(note))
                               : json_get_str(item, "title");
        cells[i * 4 + 2] = first_of(json_get_str(item, "where"), S("本人持有"));
        cells[i * 4 + 3] = json_get_bool(item, "promise") ? S("可以。签承诺书，后补") : S("不可以");
        i++;
    }
    pdf_table(p->pdf, columns, 4, cells, n);
}

static void part_present(struct paper *p, const struct paper_part *part)
{
    struct buf text = buf_new(p->t, 16 * 1024);

    JSON_EACH (item, json_get(p->facts, "present"))
        buf_format(&text, "%.*s%s", STR_ARG(json_as_str(item)), item->next ? "、" : "。");
    heading(p, part->heading);
    if (text.len)
        pdf_text(p->pdf, PDF_FLUSH, buf_str(&text));
    else
        pdf_text(p->pdf, PDF_FLUSH, str_of(part->words));
}

/* 最晚 2026 年 10 月 19 日（星期一）告诉您是否受理（期限 7 日，《…》第四十三条）。 */
static struct str duty_sentence(struct task *t, const struct json *duty, bool to_citizen)
{
    struct str what = json_get_str(duty, to_citizen ? "tell" : "title");
    struct str law = paper_law(t, json_get_str(duty, "law"));
    int32_t day;

    if (str_is(json_get_str(duty, "owed_by"), "party") || !what.len ||
        json_get_bool(duty, "paused") || !day_parse(json_get_str(duty, "legal_day"), &day))
        return (struct str){0};
    return str_format(t, "最晚 " PDF_BOLD "%.*s" PDF_PLAIN "%s%.*s（期限 %.*s，%.*s）。",
                      STR_ARG(day_text_zh_full(t, day)), to_citizen ? "" : "：", STR_ARG(what),
                      STR_ARG(paper_limit(t, json_get_str(duty, "limit"))),
                      STR_ARG(law.len ? law : S("本平台承诺")));
}

static void part_duties(struct paper *p, const struct paper_part *part)
{
    bool to_citizen = !(p->text->flags & PAPER_LETTER), first = true;

    JSON_EACH (duty, json_get(p->facts, "duties")) {
        struct str sentence = duty_sentence(p->t, duty, to_citizen);

        if (!sentence.len)
            continue;
        if (first)
            heading(p, part->heading);
        first = false;
        pdf_text(p->pdf, PDF_BODY, sentence);
    }
}

/* --- The citizen's way in --------------------------------------------------------------------- */

static void code_begin(struct paper *p)
{
    struct str host = fact(p, "host");
    struct str base =
        host.len ? str_format(p->t, "https://%.*s", STR_ARG(host)) : p->source->base_url;

    pdf_qr_begin(
        p->pdf, str_format(p->t, "%.*s/track?no=%.*s", STR_ARG(base), STR_ARG(fact(p, "order_no"))),
        p->for_file ? S("") : fact(p, "code"));
    p->code_shown = true;
}

static struct str place(const struct paper *p, const char *issued, const char *handling)
{
    return first_of(fact(p, issued), fact(p, handling));
}

static void part_hand_in(struct paper *p, const struct paper_part *part)
{
    const struct json *owed = paper_owed_by_party(p->facts);
    struct str address = place(p, "issuer_address", "unit_address");
    struct str hours = place(p, "issuer_hours", "unit_hours");

    heading(p, part->heading);
    code_begin(p);
    if (owed)
        pdf_text(
            p->pdf, PDF_FLUSH,
            paper_fill(p->t, p->source,
                       S("请最晚在 " PDF_BOLD "{last_day}" PDF_PLAIN
                         "补交，期限 {limit}，自 {day} 的次日起算。有困难的，期满前请告诉我们。")));
    else
        pdf_text(p->pdf, PDF_FLUSH, S("请尽快补交。有困难的，请告诉我们。"));
    pdf_text(p->pdf, PDF_FLUSH,
             str_format(p->t, "窗口：%.*s%s%.*s。", STR_ARG(first_of(address, issuer(p))),
                        hours.len ? "，" : "", STR_ARG(hours)));
    pdf_text(
        p->pdf, PDF_FLUSH,
        S("手机：扫右侧二维码，输入工单号和二维码下方的查询码，拍照上传。村、社区服务站也可以代收。"));
    pdf_qr_end(p->pdf);
}

/* Papers without a part of their own for it end with where to ask. */
static void way_back(struct paper *p)
{
    struct str address = place(p, "issuer_address", "unit_address");
    struct str phone = place(p, "issuer_phone", "unit_phone");

    if (p->code_shown || p->for_file || p->text->flags & PAPER_NO_CODE || !fact(p, "code").len)
        return;
    heading(p, "查询和联系");
    code_begin(p);
    pdf_text(p->pdf, PDF_FLUSH,
             S("查询进度、评价或者投诉：手机扫右侧二维码，输入工单号和二维码下方的查询码。"));
    pdf_text(p->pdf, PDF_FLUSH,
             str_format(p->t, "联系：%.*s%s%.*s%s%.*s；也可以拨打 %.*s。", STR_ARG(issuer(p)),
                        address.len ? "，" : "", STR_ARG(address), phone.len ? "，电话 " : "",
                        STR_ARG(phone), STR_ARG(first_of(fact(p, "hotline"), S("12348")))));
    pdf_qr_end(p->pdf);
}

/* --- The frame -------------------------------------------------------------------------------- */

static void salutation(struct paper *p)
{
    int64_t n = json_get_int(p->facts, "applicants");
    struct str name = fact(p, "applicant");

    if (p->text->flags & PAPER_LETTER)
        name = first_of(paper_said(p->facts, S("body")), fact(p, "unit"));
    else if (p->text->flags & PAPER_NO_CODE)
        name = first_of(paper_said(p->facts, S("staff")), S(BLANK_LINE));
    if (!name.len)
        return;
    pdf_text(p->pdf, PDF_FLUSH,
             n > 1 && !(p->text->flags & PAPER_NO_CODE)
                 ? str_format(p->t, PDF_BOLD "%.*s（等 %lld 人）：" PDF_PLAIN, STR_ARG(name),
                              (long long)n)
                 : str_format(p->t, PDF_BOLD "%.*s：" PDF_PLAIN, STR_ARG(name)));
}

/* The one-time notice begins with how many are missing, so that nothing can be added later. */
static void opening(struct paper *p)
{
    const struct json *missing = json_get(p->facts, "missing");

    if (!str_is(str_of(p->text->kind), "one-time-notice"))
        return;
    pdf_text(p->pdf, PDF_BODY,
             str_format(p->t,
                        "%.*s，经审查，还缺下列 %zu 项材料，现一次性告知。" PDF_BOLD
                        "除此以外，不再要求您补充其他材料。" PDF_PLAIN,
                        STR_ARG(paper_fill(p->t, p->source,
                                           S("您于 {received} 提出的" PDF_BOLD "{matter}" PDF_PLAIN
                                             "（工单 {order_no}）"))),
                        missing ? missing->count : 0));
}

static void signatures(struct paper *p)
{
    struct str handler = fact(p, "handler");
    bool letter = p->text->flags & PAPER_LETTER;
    const struct str date = S(PDF_BLANK "　　　" PDF_PLAIN "年" PDF_BLANK "　　" PDF_PLAIN
                                        "月" PDF_BLANK "　　" PDF_PLAIN "日");
    const struct str lines[] = {
        handler.len
            ? str_format(p->t, "经办人：" PDF_BLANK "　%.*s　　　" PDF_PLAIN, STR_ARG(handler))
            : S("经办人：" BLANK_LINE),
        letter ? S("送达方式：□ 专人　□ 邮寄　□ 电子") : S("送达方式：□ 当面　□ 邮寄　□ 电子"),
        letter ? S("接收人（签名）：" BLANK_LINE) : S("收件人（签名、指印）：" BLANK_LINE),
        str_join(p->t, letter ? S("接收日期：") : S("收到日期："), date),
    };

    pdf_sign(p->pdf, lines, sizeof lines / sizeof *lines, issuer(p),
             paper_day(p->t, fact(p, "day")));
}

static void part(struct paper *p, const struct paper_part *part)
{
    switch (part->kind) {
    case PART_TEXT:
        heading(p, part->heading);
        words(p, part->words);
        break;
    case PART_SAID:
        part_said(p, part);
        break;
    case PART_REQUEST:
        part_request(p, part);
        break;
    case PART_MISSING:
        part_missing(p, part);
        break;
    case PART_PRESENT:
        part_present(p, part);
        break;
    case PART_DUTIES:
        part_duties(p, part);
        break;
    case PART_HAND_IN:
        part_hand_in(p, part);
        break;
    }
}

static void copy(struct paper *p, const char *which)
{
    p->headings = 0;
    p->code_shown = false;
    pdf_text(p->pdf, PDF_ISSUER, issuer(p));
    pdf_text(p->pdf, PDF_TITLE, str_of(p->source->kind->title));
    pdf_text(p->pdf, PDF_RIGHT,
             which ? str_format(p->t, "%.*s　　%s", STR_ARG(p->source->no), which) : p->source->no);
    pdf_space(p->pdf, 6);
    salutation(p);
    opening(p);
    for (const struct paper_part *row = p->text->parts; row->heading || row->words || row->names;
         row++)
        part(p, row);
    way_back(p);
    signatures(p);
}

static const struct paper_text *text_of(const char *kind)
{
    for (const struct paper_text *text = paper_texts; text->kind; text++)
        if (str_is(str_of(kind), text->kind))
            return text;
    return NULL;
}

enum err paper_draw(struct task *t, const struct paper_source *source, struct str *ret_pdf)
{
    const struct paper_text *text = text_of(source->kind->name);
    struct paper p = {.t = t, .source = source, .text = text, .facts = source->facts};

    if (!text)
        return task_fail(t, ERR_INTERNAL, "没有“%s”的模板", source->kind->title);
    p.pdf = pdf_new(
        t, &(struct pdf_setup){
               .title = str_format(t, "%s %.*s", source->kind->title, STR_ARG(source->no)),
               .footer = str_format(t, "规程 %.*s 第 %lld 版　模板 %s 第 %lld 版",
                                    STR_ARG(json_get_str(source->facts, "procedure")),
                                    (long long)json_get_int(source->facts, "procedure_version"),
                                    source->kind->title, (long long)source->template_version),
               .moment = source->recorded_at,
               .letter = text->flags & PAPER_LETTER,
           });
    copy(&p, text->flags & PAPER_TWO_COPIES ? "第一联 交当事人" : NULL);
    if (text->flags & PAPER_TWO_COPIES) {
        p.for_file = true;
        pdf_copy(p.pdf);
        copy(&p, "第二联 存卷");
    }
    return pdf_draw(p.pdf, ret_pdf);
}
