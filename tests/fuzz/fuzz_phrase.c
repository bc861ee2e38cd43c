/*
 * The answer of a language model's endpoint, as whoever stands behind the address may send it: it
 * is refused, or what is kept of it are plain sentences whose sources are the passages that were
 * given.
 */
#include <assert.h>
#include <stdint.h>

#include "core/task.h"
#include "modules/knowledge/ask_phrase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read_input(struct task *t, void *arg)
{
    static struct phrase_passage given[] = {
        {STR_INIT("1"), STR_INIT("中华人民共和国劳动法"), STR_INIT("劳动法"), STR_INIT("第五十条"),
         STR_INIT("工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。"),
         STR_INIT("/laws/article/b")}};
    const struct str *body = arg;
    struct list sentences;
    enum err e = phrase_read(t, *body, &sentences);

    if (e)
        return e;
    struct list kept = phrase_checked(t, (struct list){given, 1}, sentences);
    assert(kept.count <= PHRASE_SENTENCES_MOST && kept.count <= sentences.count);
    LIST_EACH (const struct ask_phrased, one, kept) {
        assert(utf8_valid(one->text) && one->text.len);
        assert(str_find(one->text, S("<")) == SIZE_MAX);
        assert(str_is(one->href, "/laws/article/b"));
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};
    struct task t;

    if (size > PHRASE_ANSWER_BYTES)
        return 0;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    enum err e = task_protect(&t, read_input, &body);
    assert(e == OK || e == ERR_BAD_INPUT || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
