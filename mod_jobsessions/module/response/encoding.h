/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an export is compressed by the module itself, where JobSessionsCacheDirectory says so. */
#ifndef JOBSESSIONS_ENCODING_H
#define JOBSESSIONS_ENCODING_H

#include "response/stream.h"

/* Compress the stream's document if its client wants that, and nobody else is to do something with it before; the
 * headers say so then. links: how those begin in a document of js_document_begin() that tells no numbers, of which
 * pieces are kept; NULL: it is another one. */
void encoding_choose(request_rec *r, struct stream *stream, const js_links *links);

#endif
