/* SPDX-License-Identifier: Apache-2.0 */
/* Content negotiation by the request's Accept header (RFC 9110, section 12.5.1). */
#ifndef JOBSESSIONS_ACCEPT_H
#define JOBSESSIONS_ACCEPT_H

#include "httpd.h"

#include "jobsessions_read.h"

/* Sets of formats. */
#define ACCEPT_JSON (1u << JS_JSON)
#define ACCEPT_LINES (1u << JS_JSON | 1u << JS_NDJSON)
#define ACCEPT_ALL (1u << JS_JSON | 1u << JS_NDJSON | 1u << JS_CSV | 1u << JS_XML | 1u << JS_SHEET)

/* Choose the format the client likes best among the offered ones; of equals the first of JSON, CSV,
 * XML, NDJSON. OK or 406, which names what there is. Where there is a choice, the response says Vary; where
 * there is none, the header is not looked at. */
int accept_choose(request_rec *r, unsigned offered, js_format *format);

/* How much the request's Accept header wants a type that it names exactly: q in thousandths, 0: it does not. */
int accept_quality(request_rec *r, const char *type);

/* Whether the request's Accept-Encoding wants gzip, and wants nothing rather that is not compressed (RFC 9110, section
 * 12.5.3). */
int accept_gzip(request_rec *r);

/* Content-Type of a format, and what its file names end in. */
const char *accept_type(js_format format);
const char *accept_suffix(js_format format);

#endif
