/* SPDX-License-Identifier: Apache-2.0 */
/* A document that is compressed on its way out: one gzip member (RFC 1952).
 *
 * That of all sessions is put together from pieces, one for each range of ids that has sessions, between one for what stands before the
 * first session and one for what follows the last. A piece is raw deflate (RFC 1951) that knows nothing of what stands
 * before it, and ends at a byte; so a range whose sessions have not changed has a piece that was made before, and
 * is neither rendered nor compressed again. Others are, and kept. The member's CRC is put together from theirs. */
#ifndef JOBSESSIONS_ENCODER_H
#define JOBSESSIONS_ENCODER_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "response/pieces.h"
#include "response/whole.h"

struct encoder;

/* Begin, in the memory of a request, with a document of which nothing was read. snapshot: of a document of
 * js_document_begin(), NULL of others, which have no pieces. kept: NULL: nothing is. whole: what may become of it, or
 * NULL. NULL: it cannot be. */
struct encoder *encoder_make(request_rec *r, js_document *document, js_snapshot *snapshot,
                             const struct kept *kept, struct whole *whole);

/* Whether equal documents make the same bytes, so that clients may share them: where pieces are kept, one may be given
 * up between two readers. */
int encoder_is_repeatable(const struct encoder *encoder);

/* As js_document_read(). Allocates nothing; called by one thread at a time. */
js_result encoder_read(struct encoder *encoder, char *buffer, apr_size_t size,
                       apr_size_t *produced);

/* Bytes handed out so far. */
apr_uint64_t encoder_produced(const struct encoder *encoder);

/* Go back to the first byte. */
void encoder_rewind(struct encoder *encoder);

#endif
