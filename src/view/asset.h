/*
 * asset.h - the files of web/ that the program carries in itself, served under /static/.
 *
 * A page names an asset as /static/base.css; the build writes the content's hash behind it
 * (/static/base.css?v=3f9a...), so an address with the right ?v= may be kept by a browser for ever,
 * and one without it is checked again by its ETag.  The table `assets` is generated (tools/embed).
 */
#ifndef VIEW_ASSET_H
#define VIEW_ASSET_H

#include <stddef.h>

struct asset {
    const char *path; /* "base.css" */
    const char *type; /* "text/css; charset=utf-8" */
    const char *hash; /* 16 hexadecimal digits: ?v= and the ETag (there in quotes) */
    const unsigned char *bytes;
    size_t len;
};

extern const struct asset assets[]; /* in order of path, ended by a NULL path */

#endif
