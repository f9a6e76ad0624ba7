/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a request's body when its answer is known. */
#ifndef JOBSESSIONS_REMAINING_BODY_H
#define JOBSESSIONS_REMAINING_BODY_H

#include "httpd.h"

/* Over HTTP/2, let what is left of the body come before a short answer is sent, as httpd does over HTTP/1.1: there it ends a
 * stream whose client has more to say by RST_STREAM behind the whole answer (RFC 9113, section 8.1), with which curl
 * 7.88.1, Java 17 and got of npm throw that away; ap_discard_request_body() does nothing there. The answer goes before what
 * comes behind 16 MiB or ten seconds, and where nothing comes for httpd's Timeout. */
void remaining_body_pass(request_rec *r);

#endif
