/*
 * overload.c - what one client does must not be felt by the others.
 *
 *   overload YIMEN [SECONDS]      2 s for each attack (`make check`); 15 and more: `make
 * check-long`
 *
 * A server with its usual settings.  During each attack a visitor looks at pages all the time: each
 * is to be there, 99 of 100 within PAGE_MS; one in fifty may be told to come again, when an attack
 * begins with a thousand requests at once.  The server's largest resident memory stays below
 * MEMORY_MIB, which docs/OPERATION.md derives.  At the end the crowd comes: four times as many
 * requests as can be done, of which those that are admitted are to be answered about as soon as
 * when no more come than can be done, the others told at once when to come again.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attacks.h"

enum {
    PAGE_MS = 250,
    MEMORY_MIB = 640, /* docs/OPERATION.md, "Limits" */
    CROWD = 2000,
    CROWD_TIMES = 4 /* p99 of the admitted, to p99 at capacity */
};

/* On a machine that does other things as well it may be more: the environment says how much. */
static double page_ms(void)
{
    const char *text = getenv("YIMEN_PAGE_MS");

    return text ? atof(text) : PAGE_MS;
}

/* ---- putting it together --------------------------------------------------------------------- */

static void *run_attack(void *arg)
{
    struct attack *a = arg;

    a->run(a);
    return NULL;
}

static int under(struct storm *storm, struct attack *a, double seconds)
{
    pthread_t thread;

    if (a->make)
        a->make(&a->bomb);
    a->storm = storm;
    a->seconds = seconds;
    storm_forget_peak(storm);
    struct visitor *visitor = visitor_begin(storm);
    if (pthread_create(&thread, NULL, run_attack, a))
        storm_die("thread");
    storm_pause((int)(seconds * 1000));
    atomic_store(&a->stop, true);
    pthread_join(thread, NULL);
    struct visitor_result seen = visitor_end(visitor);
    free(a->bomb.bytes);
    long peak = storm_memory(storm, "VmHWM:") / 1024, now = storm_memory(storm, "VmRSS:") / 1024;

    printf("%-15s %6.1f %6.1f %6.1f %5lld %6ld %6ld  %s\n", a->name, seen.p50_ms, seen.p99_ms,
           seen.most_ms, (long long)seen.pages, peak, now, a->note);
    fflush(stdout);
    if (seen.failed)
        attack_wrong(a, "%lld of %lld pages failed (%d)", (long long)seen.failed,
                     (long long)seen.pages, seen.status);
    if (seen.refused > 1 + seen.pages / 50)
        attack_wrong(a, "%lld of %lld pages refused", (long long)seen.refused,
                     (long long)seen.pages);
    if (seen.p99_ms > page_ms())
        attack_wrong(a, "99 of 100 pages take %.0f ms, %.0f are allowed", seen.p99_ms, page_ms());
    if (peak > MEMORY_MIB)
        attack_wrong(a, "%ld MiB, %d are allowed", peak, MEMORY_MIB);
    return a->wrong;
}

struct crowds {
    struct crowd_result closed, at, flood; /* 64 clerks; as many as can be done; four times that */
    double capacity, ratio;
    struct visitor_result health; /* during the flood */
};

static void one_crowd(const struct storm *storm, double seconds, struct crowds *c)
{
    c->closed = crowd_run(storm, 64, 0, seconds);
    c->capacity = (double)c->closed.admitted / c->closed.seconds;
    c->at = crowd_run(storm, CROWD, c->capacity, seconds);
    struct visitor *health = visitor_of_health(storm);
    c->flood = crowd_run(storm, CROWD, 4 * c->capacity, seconds);
    c->health = visitor_end(health);
    c->ratio = c->at.p99_ms > 0 ? c->flood.p99_ms / c->at.p99_ms : 0;
    printf("crowd: 64 clerks do %.0f requests/s, p50 %.1f ms, p99 %.1f ms\n", c->capacity,
           c->closed.p50_ms, c->closed.p99_ms);
    printf("crowd: as many come: %.0f/s admitted, p50 %.1f ms, p99 %.1f ms, %.0f/s refused\n",
           (double)c->at.admitted / c->at.seconds, c->at.p50_ms, c->at.p99_ms,
           (double)c->at.refused / c->at.seconds);
    double offered =
        (double)(c->flood.admitted + c->flood.refused + c->flood.failed) / c->flood.seconds;
    printf("crowd: %.1f times as many come: %.0f/s admitted, p50 %.1f ms, p99 %.1f ms, %.0f/s "
           "refused, peak %ld MiB; p99 %.2f times that at capacity\n",
           offered / c->capacity, (double)c->flood.admitted / c->flood.seconds, c->flood.p50_ms,
           c->flood.p99_ms, (double)c->flood.refused / c->flood.seconds,
           storm_memory(storm, "VmHWM:") / 1024, c->ratio);
    printf("crowd: /healthz meanwhile: %lld times, p50 %.1f ms, p99 %.1f ms; %lld not answered; "
           "%lld requests could not be sent\n",
           (long long)c->health.pages, c->health.p50_ms, c->health.p99_ms,
           (long long)(c->health.failed + c->health.refused), (long long)c->flood.unsent);
    fflush(stdout);
}

/* Threads of the server and of the crowd wait for the same cores, as for those of other programs:
 * the best of three counts. */
static int crowds(struct storm *storm, double seconds)
{
    struct attack a = {.name = "crowd"};
    struct crowds c;

    crowd_run(storm, 64, 0, 1); /* what is read for the first time is read now */
    storm_forget_peak(storm);
    for (int i = 0; i < 3; i++) {
        one_crowd(storm, seconds, &c);
        if (c.closed.failed || c.at.failed || c.flood.failed)
            attack_wrong(&a, "%lld requests failed",
                         (long long)(c.closed.failed + c.at.failed + c.flood.failed));
        if (c.flood.without_retry_after)
            attack_wrong(&a, "%lld refused without Retry-After",
                         (long long)c.flood.without_retry_after);
        if (c.health.failed || c.health.refused)
            attack_wrong(&a, "/healthz is not answered (%d)", c.health.status);
        if (c.ratio <= CROWD_TIMES || c.flood.p99_ms <= page_ms())
            break;
    }
    if (!c.flood.refused)
        attack_wrong(&a, "nobody was refused");
    if (c.ratio > CROWD_TIMES && c.flood.p99_ms > page_ms())
        attack_wrong(&a, "p99 of the admitted is %.1f times p99 at capacity", c.ratio);
    if (c.health.p99_ms > page_ms())
        attack_wrong(&a, "99 of 100 answers of /healthz take %.0f ms", c.health.p99_ms);
    if (storm_memory(storm, "VmHWM:") / 1024 > MEMORY_MIB)
        attack_wrong(&a, "memory");
    return a.wrong;
}

int main(int argc, char **argv)
{
    static struct attack attacks[] = {
        {"quiet", attack_nothing},
        {"idle", attack_idle}, /* before the allocator has anything to spare */
        {"slow-readers", attack_slow_readers},
        {"slow-senders", attack_slow_senders},
        {"slowloris", attack_slowloris},
        {"silent", attack_silent},
        {"1-GB-upload", attack_gigabyte},
        {"uploads", attack_uploads},
        {"endless-chunks", attack_endless_chunks},
        {"header-flood", attack_header_flood},
        {"xlsx-nested", attack_rosters, bomb_xlsx_nested},
        {"xlsx-names", attack_rosters, bomb_xlsx_names},
        {"xlsx-huge", attack_rosters, bomb_xlsx_huge},
        {"zstd-lines", attack_documents, bomb_zstd_lines},
        {"zstd-one-line", attack_documents, bomb_zstd_one_line},
        {"zstd-window", attack_documents, bomb_zstd_window},
        {"pipelined", attack_pipelined},
        {"half-closed", attack_half_closed},
        {"resets", attack_resets},
        {"one-address", attack_one_address},
    };
    struct storm storm;
    double seconds = argc > 2 ? atof(argv[2]) : 1.2;
    const char *only = argc > 3 ? argv[3] : NULL;
    int failed = 0;

    if (argc < 2 || seconds <= 0) {
        fputs("overload YIMEN [SECONDS [ATTACK]]\n", stderr);
        return 2;
    }
    storm_begin(&storm, argv[1]);
    printf("%-15s %6s %6s %6s %5s %6s %6s\n", "during", "p50 ms", "p99 ms", "most", "pages",
           "peak M", "then M");
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (!only || !strcmp(only, attacks[i].name))
            failed += under(&storm, &attacks[i], seconds);
    if (!only || !strcmp(only, "crowd"))
        failed += crowds(&storm, seconds);
    storm_end(&storm);
    if (failed)
        fprintf(stderr, "overload: %d things are not as they should be\n", failed);
    return failed != 0;
}
