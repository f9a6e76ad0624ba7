/* SPDX-License-Identifier: Apache-2.0 */
/* The field Range of a request (RFC 9110, section 14), for one part of a document; who asks for several
 * gets the whole. */
#ifndef JOBSESSIONS_RANGE_H
#define JOBSESSIONS_RANGE_H

#include "httpd.h"

enum range_kind {
    RANGE_WHOLE, /* none is asked for, or none that is understood, or of another version */
    RANGE_PART,
    RANGE_NOWHERE /* it begins behind the document's end */
};

struct range {
    apr_uint64_t first;
    apr_uint64_t length;
};

/* What a GET asks for of a document of that length, whose tag is in headers_out; fills the range of a part. The
 * fields are taken from the request, or httpd would cut up what is sent once more. */
enum range_kind range_take(request_rec *r, apr_uint64_t length, struct range *range);

#endif
