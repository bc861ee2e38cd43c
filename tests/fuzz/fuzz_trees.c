/* Any bytes as a model of the ranking, its checksum made right: refused with a note, or run to an
 * end with a score that is a number. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "search/rank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 32, AT_SUM = 28 };

static void seal(char *bytes, size_t n)
{
    uint32_t sum = 2166136261;

    for (size_t i = HEAD; i < n; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 16777619;
    memcpy(bytes + AT_SUM, &sum, sizeof sum);
}

static enum err open_and_run(struct task *t, void *arg)
{
    struct str bytes = str_copy(t, *(const struct str *)arg);
    const struct trees *trees = NULL;
    float rows[9][RANK_FEATURES_MAX] = {{0}}, scores[9];
    char *at = NEW(t, char, bytes.len + 1);

    if (bytes.len)
        memcpy(at, bytes.at, bytes.len);
    if (bytes.len >= HEAD)
        seal(at, bytes.len);
    enum err e = trees_open(t, (struct str){at, bytes.len}, rank_feature_names, &trees);
    if (e) {
        assert(e == ERR_BAD_INPUT && !trees && t->note.len);
        return OK;
    }
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < RANK_FEATURES_MAX; j++)
            rows[i][j] = i == 7 ? NAN : i == 8 ? INFINITY : (float)i * 3 - (float)j;
    trees_run(trees, rows[0], RANK_FEATURES_MAX, 9, scores);
    for (size_t i = 0; i < 9; i++)
        assert(!isnan(scores[i]));
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct task t;

    task_begin(&t, NULL, 0, 64 << 20);
    enum err e = task_protect(&t, open_and_run, &bytes);
    assert(e == OK || e == ERR_NO_MEMORY);
    task_end(&t);
    return 0;
}
