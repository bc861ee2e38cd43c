/* bombs.h - small files that are large inside, as multipart bodies with the boundary `bomb`. */
#ifndef FAULTS_BOMBS_H
#define FAULTS_BOMBS_H

#include <stddef.h>

#define PRINTF(format_, args_) __attribute__((format(printf, format_, args_)))

struct bomb {
    char *bytes;
    size_t size;
};

typedef void bomb_fn(struct bomb *ret_bomb);

bomb_fn bomb_xlsx_nested;   /* elements in elements, as deep as a sheet is long */
bomb_fn bomb_xlsx_names;    /* a million different names of elements and attributes */
bomb_fn bomb_xlsx_huge;     /* a sheet of 256 MiB of blanks */
bomb_fn bomb_zstd_lines;    /* 256 MiB of lines that nobody understands */
bomb_fn bomb_zstd_one_line; /* one line of a gigabyte */
bomb_fn bomb_zstd_window;   /* wants a window of 128 MiB to be unpacked */

#endif
