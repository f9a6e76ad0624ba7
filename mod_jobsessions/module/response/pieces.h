/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of an export that are compressed already, each in a file of JobSessionsCacheDirectory, for all of httpd's
 * processes and over restarts.
 *
 * A file is written once, under another name, and gets its own when it is whole; whoever reads it takes all of it into
 * memory and looks whether it is what he wants before he believes any of it. So nothing that becomes of the directory
 * changes what is sent. Files, and the directory, must be httpd's user's own, and nobody else's to write to; links are
 * not followed. Who adds a file sees to it now and then that all together are no more than JobSessionsCacheLimit: those
 * go first that were not used for the longest time. */
#ifndef JOBSESSIONS_PIECES_H
#define JOBSESSIONS_PIECES_H

#include "httpd.h"

#include "jobsessions_read.h"

/* Bytes of the largest one that is kept. */
#define PIECES_LARGEST ((apr_size_t)1024 * 1024)

/* Those of one way to show one database. */
struct pieces;

/* What is known of one, beside its bytes. */
struct piece {
    apr_uint64_t text_length; /* of what it was made from, */
    apr_uint32_t crc;         /* and that one's CRC-32 */
    apr_uint32_t length;      /* of the piece */
};

/* The pieces by a key, which has everything that their bytes depend on beside the sessions. A directory that cannot
 * be used is logged, and has none. */
struct pieces *pieces_open(request_rec *r, const char *key);

/* Read the piece of a range into PIECES_LARGEST bytes; is_first: the one at the document's beginning. False: there is none, and
 * nothing is known of what is in the buffer. Allocates nothing, as all that follow: any thread may call them. */
int pieces_load(struct pieces *pieces, const js_range *range, int is_first, char *buffer,
                struct piece *piece);

/* Keep the piece of a range, if there is a place for it. Nobody is waited for. */
void pieces_keep(struct pieces *pieces, const js_range *range, int is_first, const char *buffer,
                 const struct piece *piece);

#endif
