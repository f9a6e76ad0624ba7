/* SPDX-License-Identifier: Apache-2.0 */
/* What all successful responses have in common: headers, entity tags, HEAD, and the way out. */
#ifndef JOBSESSIONS_RESPONSE_H
#define JOBSESSIONS_RESPONSE_H

#include "httpd.h"

#include "response/stream.h"

/* Set the response's ETag from the version of the database and what the request asks for, beside format and links, and
 * hold it, or what filters make of it, against the request's conditions. OK to go on, 304 for response_not_modified(),
 * or 412. */
int response_conditions(request_rec *r, struct stream *stream, js_format format,
                        const js_links *links, const char *asked);

/* Send 304, when the reading has ended. Returns what the handler returns. */
int response_not_modified(request_rec *r, const struct stream *stream);

/* Send the stream's document in a format, or the part of it that a GET asks for; 416 when it has no such part. */
int response_send(request_rec *r, struct stream *stream, js_format format);

/* Set the headers that all of them have. */
void response_headers(request_rec *r);

/* Answer OPTIONS. */
int response_options(request_rec *r, const char *allow);

#endif
