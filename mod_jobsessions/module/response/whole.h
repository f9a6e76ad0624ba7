/* SPDX-License-Identifier: Apache-2.0 */
/* A whole export that is compressed already, in one file that is kept beside its pieces and sent as it is.
 *
 * Which file is the right one, a hash over all ranges tells, and that takes a look at the whole index. So a process looks
 * once at each version of a database, while it puts an export together from pieces; the next export of that version
 * leaves the file, unless a range had to be rendered, and all later ones are sent from it. A database that is written all the
 * time never gets so far, and costs nothing. */
#ifndef JOBSESSIONS_WHOLE_H
#define JOBSESSIONS_WHOLE_H

#include "httpd.h"

#include "apr_buckets.h"
#include "jobsessions_read.h"
#include "request/reading.h"
#include "response/kept.h"

struct whole;

/* That of one request, in its memory. NULL: the snapshot's version is not known. */
struct whole *whole_make(request_rec *r, const struct kept *kept, const struct reading *reading);

/* Whether there is a file, which was looked at and is sound. Else what is handed out from now on may become it. */
int whole_find(struct whole *whole);

/* Bytes of the file that was found. */
apr_off_t whole_length(const struct whole *whole);

/* Append it. */
void whole_append(struct whole *whole, apr_bucket_brigade *brigade);

/* What follows allocates nothing, and any thread may call it; one at a time. */

/* Go back to before the first range. Nothing becomes the file any more. */
void whole_restart(struct whole *whole);

/* The next range is this one. */
void whole_pass(struct whole *whole, const js_range *range);

/* There is none any more. */
void whole_know(struct whole *whole);

/* What comes next of the export. */
void whole_add(struct whole *whole, const char *bytes, apr_size_t length);

/* It is not what everybody is to get. */
void whole_drop(struct whole *whole);

/* It is over. */
void whole_keep(struct whole *whole);

#endif
