/*
 * drawer.h - papers are drawn in a process of their own.
 *
 * Typesetting Chinese takes fonts and caches of more than a hundred megabytes, and libraries that
 * read fonts have crashed before.  So the server asks a child of its own program (`yimen
 * draw-papers`), which goes away when nothing was asked for a while: an idle server stays small,
 * and a paper that brings the drawing down takes only the child with it.  Commands and tests draw
 * in their own process.
 */
#ifndef NOTICES_DRAWER_H
#define NOTICES_DRAWER_H

#include "modules/notices/paper_draw.h"

enum { DRAWER_IDLE_MS = 20 * 1000, DRAWER_ANSWER_MS = 30 * 1000, DRAWER_MOST = 32 * 1024 * 1024 };

/* As paper_draw(): in the child when paper_use_child() was called, else here.  ERR_BUSY: two
 * children in a row did not begin, died or did not answer. */
MUST_USE enum err drawer_draw(struct task *t, const struct paper_source *source,
                              struct str *ret_pdf);

#endif
