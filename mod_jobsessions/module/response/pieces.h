/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of an export that are compressed already, each in a file that is kept. */
#ifndef JOBSESSIONS_PIECES_H
#define JOBSESSIONS_PIECES_H

#include "jobsessions_read.h"
#include "response/kept.h"

/* Bytes of the largest one that is kept. */
#define PIECES_LARGEST ((apr_size_t)1024 * 1024)

/* What is known of one, beside its bytes. */
struct piece {
    apr_uint64_t text_length; /* of what it was made from, */
    apr_uint32_t crc;         /* and that one's CRC-32 */
    apr_uint32_t length;      /* of the piece */
};

/* Read the piece of a range into PIECES_LARGEST bytes; is_first: the one at the document's beginning. False: there is none, and
 * nothing is known of what is in the buffer. Allocates nothing, as all that follow: any thread may call them. */
int pieces_load(const struct kept *kept, const js_range *range, int is_first, char *buffer,
                struct piece *piece);

/* Keep the piece of a range, if there is a place for it. Nobody is waited for. */
void pieces_keep(const struct kept *kept, const js_range *range, int is_first, const char *buffer,
                 const struct piece *piece);

#endif
