/* Clients that send more than anybody can want, and files that are larger inside. */
#include "attacks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the large ------------------------------------------------------------------------------- */

/* A gigabyte is announced and sent without waiting: 413, and nothing of it is kept. */
void attack_gigabyte(struct attack *a)
{
    static char piece[MIB];
    char head[256];
    long disk = storm_disk(a->storm);
    int told = 0, all = 0;

    snprintf(head, sizeof head,
             "POST /apply/material/1 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
             "boundary=x\r\nContent-Length: 1073741824\r\n\r\n");
    for (; attack_going(a); all++) {
        int fd = storm_dial(a->storm, 0);

        storm_send(fd, head, strlen(head));
        for (int i = 0; i < 32 && storm_send(fd, piece, sizeof piece); i++)
            ;
        told += storm_hear(fd) == 413;
        close(fd);
    }
    if (told < all)
        attack_wrong(a, "%d of %d are told 413", told, all);
    if (storm_disk(a->storm) > disk + 1024)
        attack_wrong(a, "%ld KiB more on disk", storm_disk(a->storm) - disk);
    attack_note(a, "%d times, told 413 each time, no byte on disk", all);
}

/* As much as an upload may have, and more of them than there is memory for. */
void attack_uploads(struct attack *a)
{
    enum { N = 12, SIZE = 31 };
    static char piece[MIB];
    static int fds[N];
    char head[256];
    int rounds = 0;

    snprintf(head, sizeof head,
             "POST /apply/material/1 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
             "boundary=x\r\nContent-Length: %d\r\n\r\n",
             SIZE * MIB);
    while (attack_going(a)) {
        int n = attack_dial(a, fds, N, 0);

        for (int i = 0; i < n; i++)
            storm_send(fds[i], head, strlen(head));
        for (int part = 0; part < SIZE && attack_going(a); part++)
            for (int i = 0; i < n && attack_going(a); i++)
                storm_send(fds[i], piece, sizeof piece - (part == SIZE - 1));
        rounds++;
        while (attack_going(a) && rounds > 1)
            storm_pause(100); /* all but the last byte: now they wait */
        attack_close(fds, n);
    }
    attack_note(a, "%d rounds of %d times %d MiB", rounds, N, SIZE);
}

void attack_endless_chunks(struct attack *a)
{
    static const char head[] =
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char chunk[] = "10\r\naaaaaaaaaaaaaaaa\r\n";
    int told = 0, all = 0;

    for (; attack_going(a); all++) {
        int fd = storm_dial(a->storm, 0);

        storm_send(fd, head, sizeof head - 1);
        for (int i = 0; i < 10000 && storm_send(fd, chunk, sizeof chunk - 1); i++)
            ;
        told += storm_hear(fd) == 411;
        close(fd);
    }
    if (told < all)
        attack_wrong(a, "%d of %d are told 411", told, all);
    attack_note(a, "%d times, told 411 each time", all);
}

void attack_header_flood(struct attack *a)
{
    enum { N = 300, LINES = 2000 };
    static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\n";
    static int fds[N];
    char line[128];
    int told = 0, all = 0;

    memset(line, 'y', sizeof line);
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    while (attack_going(a)) {
        int n = attack_dial(a, fds, N, 0);

        for (int i = 0; i < n; i++)
            storm_send(fds[i], begin, sizeof begin - 1);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < LINES && storm_send(fds[i], line, sizeof line); k++)
                ;
            told += storm_hear(fds[i]) == 431;
        }
        all += n;
        attack_close(fds, n);
    }
    if (told < all)
        attack_wrong(a, "%d of %d are told 431", told, all);
    attack_note(a, "%d heads of 250 KB, told 431 each time", all);
}

/* ---- files that are larger inside -------------------------------------------------------------
 */

struct bomber {
    struct attack *attack;
    const struct bomb *bomb;
    const char *head;
    int answers[600];
};

static void *throw_bombs(void *arg)
{
    struct bomber *b = arg;

    while (attack_going(b->attack)) {
        int fd = storm_dial(b->attack->storm, 0);

        storm_send(fd, b->head, strlen(b->head));
        storm_send(fd, b->bomb->bytes, b->bomb->size);
        int status = storm_hear(fd);
        b->answers[status >= 0 && status < 600 ? status : 0]++;
        close(fd);
    }
    return NULL;
}

/* Four at a time: as many as there may be people who load files, and more than there are cores. */
static void bombs(struct attack *a, const char *path, const char *token)
{
    const struct bomb *bomb = &a->bomb;
    enum { N = 4 };
    pthread_t threads[N];
    struct bomber bombers[N] = {0};
    char head[512], answers[100] = "";
    long disk = storm_disk(a->storm);

    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nIdempotency-Key: "
             "bomb-0000\r\nContent-Type: multipart/form-data; boundary=bomb\r\n"
             "Content-Length: %zu\r\n\r\n",
             path, token, bomb->size);
    for (int i = 0; i < N; i++) {
        bombers[i] = (struct bomber){.attack = a, .bomb = bomb, .head = head};
        if (pthread_create(&threads[i], NULL, throw_bombs, &bombers[i]))
            storm_die("thread");
    }
    int all = 0;
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (int status = 0; status < 600; status++) {
        int sum = 0;

        for (int i = 0; i < N; i++)
            sum += bombers[i].answers[status];
        all += sum;
        if (sum && strlen(answers) < sizeof answers - 30)
            sprintf(answers + strlen(answers), " %d times %d", sum, status);
        if (sum && (status == 0 || status == 500))
            attack_wrong(a, "%d times %d", sum, status);
    }
    if (!all)
        attack_wrong(a, "no bomb was thrown");
    if (storm_disk(a->storm) > disk + 64 * 1024)
        attack_wrong(a, "%ld KiB more on disk", storm_disk(a->storm) - disk);
    attack_note(a, "%zu KB:%s", bomb->size / 1000, answers);
}

void attack_rosters(struct attack *a)
{
    bombs(a, "/orders/check", a->storm->token);
}

void attack_documents(struct attack *a)
{
    bombs(a, "/api/v1/knowledge/files", a->storm->keeper);
}
