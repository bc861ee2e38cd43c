#include "paper/pdf_private.h"

struct pdf *pdf_new(struct task *t, const struct pdf_setup *setup)
{
    struct pdf *pdf = NEW(t, struct pdf, 1);

    *pdf = (struct pdf){
        .t = t,
        .title = str_terminated(t, setup->title),
        .footer = str_terminated(t, setup->footer),
        .moment = setup->moment,
        .letter = setup->letter,
    };
    return pdf;
}

static struct block *add(struct pdf *pdf, enum block_kind kind)
{
    struct block *block = NEW(pdf->t, struct block, 1);

    block->kind = kind;
    if (pdf->last)
        pdf->last->next = block;
    else
        pdf->first = block;
    pdf->last = block;
    return block;
}

void pdf_text(struct pdf *pdf, enum pdf_style style, struct str text)
{
    struct block *block = add(pdf, BLOCK_TEXT);

    block->style = style;
    block->text = str_terminated(pdf->t, text);
}

void pdf_space(struct pdf *pdf, double points)
{
    add(pdf, BLOCK_SPACE)->points = points;
}

static const char **terminated(struct task *t, const struct str *texts, size_t n)
{
    const char **copies = NEW(t, const char *, n);

    for (size_t i = 0; i < n; i++)
        copies[i] = str_terminated(t, texts[i]);
    return copies;
}

void pdf_table(struct pdf *pdf, const struct pdf_column *columns, size_t n, const struct str *cells,
               size_t rows)
{
    struct block *block = add(pdf, BLOCK_TABLE);

    block->columns = columns;
    block->cells = terminated(pdf->t, cells, n * rows);
    block->n = n;
    block->rows = rows;
}

void pdf_qr_begin(struct pdf *pdf, struct str content, struct str caption)
{
    struct block *block = add(pdf, BLOCK_QR);

    block->text = str_terminated(pdf->t, content);
    block->more = str_terminated(pdf->t, caption);
}

void pdf_qr_end(struct pdf *pdf)
{
    add(pdf, BLOCK_QR_END);
}

void pdf_sign(struct pdf *pdf, const struct str *lines, size_t n, struct str issuer, struct str day)
{
    struct block *block = add(pdf, BLOCK_SIGN);

    block->text = str_terminated(pdf->t, issuer);
    block->more = str_terminated(pdf->t, day);
    block->cells = terminated(pdf->t, lines, n);
    block->n = n;
}

void pdf_copy(struct pdf *pdf)
{
    add(pdf, BLOCK_COPY);
}
