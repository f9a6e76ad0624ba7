/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies. */
#ifndef JOBSESSIONS_REQUEST_BODY_H
#define JOBSESSIONS_REQUEST_BODY_H

#include "httpd.h"

/* The most a body may take. */
#define REQUEST_BODY_MAX 65536

/* Read the body, so that the connection stays in step, ended by NUL. Returns OK, 413 when it is larger
 * than REQUEST_BODY_MAX, or the status of a body that cannot be read. */
int request_body_read(request_rec *r, const char **body, apr_size_t *length);

#endif
