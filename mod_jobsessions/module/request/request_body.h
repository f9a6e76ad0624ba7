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

/* Over HTTP/2, let what is left of the body come before an error is sent, as httpd does over HTTP/1.1: there it ends a
 * stream whose client has more to say by RST_STREAM behind the whole answer (RFC 9113, section 8.1), with which curl
 * 7.88.1, Java 17 and got of npm throw that away. What is left may be 16 MiB, and come within ten seconds; else the
 * error goes before it. */
void request_body_pass(request_rec *r);

#endif
