#include "core/pack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/task.h"

enum {
    WORDS_1 = 1,          /* first byte: the table data/pack/words-1 */
    MAGIC = 4,            /* of a frame; the same in every one, so it is left out */
    TEXT_MOST = 16 << 20, /* what claims to be longer is damaged */
    LEAST = 32,           /* shorter texts do not get shorter */
    LEVEL = 1,            /* higher levels gain a twentieth and cost twice the time */
    KEPT_MOST = 4         /* packers at rest */
};

extern const struct str pack_words_1;

static const char magic[MAGIC] = "\x28\xb5\x2f\xfd";

/* What packing needs, some 150 KiB: taken for the few microseconds of one text and given back, so
 * there are as many as processors and not as many as threads. */
struct packer {
    struct packer *next;
    ZSTD_CCtx *in;
    ZSTD_DCtx *out;
};

static struct {
    pthread_once_t once;
    ZSTD_CDict *in;
    ZSTD_DDict *out;
    pthread_mutex_t lock;
    struct packer *kept;
    int kept_count;
} packers = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static void read_words(void)
{
    packers.in = ZSTD_createCDict(pack_words_1.at, pack_words_1.len, LEVEL);
    packers.out = ZSTD_createDDict(pack_words_1.at, pack_words_1.len);
}

static void packer_free(struct packer *packer)
{
    ZSTD_freeCCtx(packer->in);
    ZSTD_freeDCtx(packer->out);
    free(packer);
}

static struct packer *packer_make(void)
{
    struct packer *packer = calloc(1, sizeof *packer);

    if (!packer)
        return NULL;
    packer->in = ZSTD_createCCtx();
    packer->out = ZSTD_createDCtx();
    if (!packer->in || !packer->out ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->in, ZSTD_c_dictIDFlag, 0)) ||
        ZSTD_isError(ZSTD_CCtx_refCDict(packer->in, packers.in))) {
        packer_free(packer);
        return NULL;
    }
    return packer;
}

static struct packer *packer_take(void)
{
    pthread_once(&packers.once, read_words);
    if (!packers.in || !packers.out)
        return NULL;
    pthread_mutex_lock(&packers.lock);
    struct packer *packer = packers.kept;
    if (packer) {
        packers.kept = packer->next;
        packers.kept_count--;
    }
    pthread_mutex_unlock(&packers.lock);
    return packer ? packer : packer_make();
}

static void packer_give(struct packer *packer)
{
    pthread_mutex_lock(&packers.lock);
    bool keep = packers.kept_count < KEPT_MOST;
    if (keep) {
        packer->next = packers.kept;
        packers.kept = packer;
        packers.kept_count++;
    }
    pthread_mutex_unlock(&packers.lock);
    if (!keep)
        packer_free(packer);
}

/* Between taking and giving back nothing asks for memory of the task, which may jump away. */
struct str text_pack(struct task *t, struct str text)
{
    size_t room = ZSTD_compressBound(text.len);
    struct packer *packer;

    if (text.len < LEAST && !(text.len && text.at[0] == WORDS_1))
        return text;
    /* The first byte takes the place of the magic's last. */
    char *at = NEW(t, char, room);
    packer = packer_take();
    if (!packer)
        return text;
    size_t len = ZSTD_compress2(packer->in, at, room, text.at, text.len);
    packer_give(packer);
    if (ZSTD_isError(len) || (len - MAGIC + 1 >= text.len && text.at[0] != WORDS_1))
        return text;
    at[MAGIC - 1] = WORDS_1;
    return (struct str){at + MAGIC - 1, len - MAGIC + 1};
}

static enum err damaged(struct task *t)
{
    return task_fail(t, ERR_STORE, "保存的内容已损坏，读不出来；请联系管理员。");
}

enum err text_unpack(struct task *t, struct str packed, struct str *ret_text)
{
    if (!packed.len || packed.at[0] != WORDS_1) {
        *ret_text = packed;
        return OK;
    }
    size_t framed = packed.len - 1 + MAGIC;
    char *frame = NEW(t, char, framed);
    memcpy(frame, magic, MAGIC);
    memcpy(frame + MAGIC, packed.at + 1, packed.len - 1);
    unsigned long long len = ZSTD_getFrameContentSize(frame, framed);
    if (len > TEXT_MOST) /* also what is not known, and no frame at all */
        return damaged(t);
    char *text = NEW(t, char, (size_t)len + 1);
    struct packer *packer = packer_take();
    if (!packer)
        return task_fail(t, ERR_NO_MEMORY, "服务器内存不足，请稍后再试。");
    size_t n =
        ZSTD_decompress_usingDDict(packer->out, text, (size_t)len, frame, framed, packers.out);
    packer_give(packer);
    if (ZSTD_isError(n) || n != len)
        return damaged(t);
    *ret_text = (struct str){text, n};
    return OK;
}

struct str text_seal(struct task *t, const struct key *key, struct str place, struct str text)
{
    return crypto_seal(t, key, place, text_pack(t, text));
}

enum err text_open(struct task *t, const struct key *key, struct str place, struct str sealed,
                   struct str *ret_text)
{
    struct str packed;
    enum err e = crypto_open(t, key, place, sealed, &packed);

    return e ? e : text_unpack(t, packed, ret_text);
}
