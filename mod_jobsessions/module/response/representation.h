/* SPDX-License-Identifier: Apache-2.0 */
/* What the client gets: the document as it is rendered, or what httpd's filters make of it.
 *
 * mod_deflate, mod_brotli and others of their kind decide about a response when its first bytes reach them,
 * and then change its headers: its tag, its coding, its length, what it varies with. Conditions, HEAD and
 * ranges are about that representation, so the filters are made to decide before there is a byte. None of
 * their rules is known here. */
#ifndef JOBSESSIONS_REPRESENTATION_H
#define JOBSESSIONS_REPRESENTATION_H

#include "httpd.h"

enum representation {
    REPRESENTATION_OPEN,     /* not decided; the length is set as always, before the first byte */
    REPRESENTATION_RENDERED, /* the document as it is */
    REPRESENTATION_FILTERED  /* another one, with a length that is not ours to tell */
};

/* Let the filters decide, by the headers as they are. Content-Length is there afterwards if it was before
 * and still holds. */
enum representation representation_settle(request_rec *r);

/* Once it is settled, and when only headers are to be sent: leave those filters out that change a body. */
void representation_without_body(request_rec *r);

void representation_register(void);

#endif
