/* SPDX-License-Identifier: Apache-2.0 */
/* Raw deflate (RFC 1951) at its fastest, and the CRC-32 that gzip has of a text (RFC 1952). By ISA-L where the module
 * is made with it, which takes a tenth of zlib's time for fewer bytes; else by zlib. */
#ifndef JOBSESSIONS_DEFLATER_H
#define JOBSESSIONS_DEFLATER_H

#include "apr_pools.h"

struct deflater;

/* What is still to be compressed, and what room there is for it. */
struct deflater_io {
    const char *text;
    apr_size_t text_left;
    char *room;
    apr_size_t room_left;
};

enum deflater_end {
    DEFLATER_MORE,  /* more text follows */
    DEFLATER_PIECE, /* the piece ends with it, at a byte, */
    DEFLATER_LAST   /* or the whole does */
};

/* Which library compresses, and its version: others make other bytes. */
const char *deflater_name(void);

/* In the memory of a pool. NULL: there is not enough. */
struct deflater *deflater_make(apr_pool_t *pool);

/* Begin a piece, which looks back at nothing that stands before it. The same text makes the same bytes. */
void deflater_begin(struct deflater *deflater);

/* Compress what there is room for, which is more than a few bytes at a time. The end is reached when all of the text is
 * taken and some of the room is left. */
void deflater_run(struct deflater *deflater, struct deflater_io *io, enum deflater_end end);

/* The CRC of a text that goes on; it begins with 0. */
apr_uint32_t deflater_crc(apr_uint32_t crc, const char *text, apr_size_t length);

/* That of two texts, one behind the other. */
apr_uint32_t deflater_crc_joined(apr_uint32_t first, apr_uint32_t second,
                                 apr_uint64_t length_of_second);

#endif
