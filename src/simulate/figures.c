/* figures.c - what is counted, and how long things took. */
#include <math.h>
#include <string.h>

#include "simulate/simulate_private.h"

enum { PER_DOUBLING = 8 };

const char *const sim_channel_words[CHANNEL_COUNT] = {"window", "hotline", "web",
                                                      "phone",  "grid",    "kiosk"};
const char *const sim_channel_titles[CHANNEL_COUNT] = {"窗口", "热线",   "网上",
                                                       "电话", "网格员", "自助机"};

/* Half a minute is the first bucket; eight of them double the time, the last is beyond a year. */
static int bucket_of(int64_t ms)
{
    double halves = (double)ms / (MINUTE_MS / 2.0);
    int bucket = halves < 1 ? 0 : 1 + (int)(log2(halves) * PER_DOUBLING);

    return bucket < SIM_BUCKETS ? bucket : SIM_BUCKETS - 1;
}

static double minutes_of(int bucket)
{
    return bucket ? 0.5 * exp2((bucket - 0.5) / PER_DOUBLING) : 0.25;
}

void sim_wait(struct sim_waits *waits, int64_t ms)
{
    waits->count++;
    waits->sum += ms < 0 ? 0 : ms;
    waits->bucket[bucket_of(ms)]++;
}

double sim_waits_mean(const struct sim_waits *waits)
{
    return waits->count ? (double)waits->sum / MINUTE_MS / (double)waits->count : 0;
}

double sim_waits_percentile(const struct sim_waits *waits, int p)
{
    int64_t left = (waits->count * p + 99) / 100;

    for (int i = 0; waits->count && i < SIM_BUCKETS; i++) {
        left -= waits->bucket[i];
        if (left <= 0)
            return minutes_of(i);
    }
    return 0;
}

static uint64_t stir(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* One fact after the other; whatever was decided otherwise changes everything behind it. */
void sim_digest(struct sim *sim, int64_t a, int64_t b, struct str text)
{
    uint64_t *digest = sim->head->digest;
    uint64_t word = 0;

    for (size_t i = 0; i < text.len; i++)
        word = word * 257 + (unsigned char)text.at[i];
    for (int i = 0; i < 4; i++) {
        uint64_t mixed = stir(digest[i] ^ (uint64_t)a) + stir((uint64_t)b + (uint64_t)i);

        digest[i] = stir(mixed ^ stir(word + (uint64_t)text.len) ^ digest[(i + 1) & 3]);
    }
}

struct str simulate_digest(struct task *t, const struct sim *sim)
{
    const uint64_t *digest = sim->head->digest;

    return str_format(t, "%016llx%016llx%016llx%016llx", (unsigned long long)digest[0],
                      (unsigned long long)digest[1], (unsigned long long)digest[2],
                      (unsigned long long)digest[3]);
}

int64_t simulate_acts(const struct sim *sim)
{
    return sim->head->figures.counts[COUNT_ACTS];
}

struct dice sim_dice(const struct sim *sim, const struct sim_walker *w, int64_t what)
{
    int64_t who = w->order ? w->order : w->arrival;

    return dice_of(sim->options->seed ^ what * 7919, who, w->turn);
}
