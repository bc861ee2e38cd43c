/*
 * replay.c - the main() of a fuzz driver without a fuzzer: every file of the directories given is
 * fed to LLVMFuzzerTestOneInput once.  So each compiler and each `make check` runs the corpus and
 * every crash that was ever found.  A directory may be missing; no input at all is a failure.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *path)
{
    fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
    exit(1);
}

static void feed(const char *path)
{
    FILE *in = fopen(path, "rb");
    struct stat about;

    if (!in || fstat(fileno(in), &about))
        stop(path);
    /* Exactly as large as the content, so that a sanitizer sees a read beyond it. */
    uint8_t *data = malloc(about.st_size ? (size_t)about.st_size : 1);
    if (!data || fread(data, 1, (size_t)about.st_size, in) != (size_t)about.st_size)
        stop(path);
    fclose(in);
    LLVMFuzzerTestOneInput(data, (size_t)about.st_size);
    free(data);
}

static int feed_directory(const char *path)
{
    DIR *directory = opendir(path);
    int fed = 0;

    if (!directory && errno == ENOENT)
        return 0;
    if (!directory)
        stop(path);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char name[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        feed(name);
        fed++;
    }
    closedir(directory);
    return fed;
}

int main(int argc, char **argv)
{
    int fed = 0;

    for (int i = 1; i < argc; i++)
        fed += feed_directory(argv[i]);
    printf("%d inputs replayed\n", fed);
    return fed ? 0 : 1;
}
