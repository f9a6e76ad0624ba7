/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that are sent: a document's, or what is encoded of it. */
#ifndef JOBSESSIONS_BODY_H
#define JOBSESSIONS_BODY_H

#include "jobsessions_read.h"
#include "response/encoder.h"
#include "response/whole.h"

struct body {
    js_document *document;
    struct encoder *encoder; /* NULL: it is sent as it is, */
    struct whole *whole;     /* or, not NULL, from a file that has it compressed */
};

/* As js_document_read() and the rest. The length of what is encoded is not known. */
js_result body_read(struct body *body, char *buffer, apr_size_t size, apr_size_t *produced);
apr_uint64_t body_length(const struct body *body);
apr_uint64_t body_produced(const struct body *body);
apr_uint64_t body_damaged(const struct body *body);
void body_rewind(struct body *body);

#endif
