/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the links in a response. */
#ifndef JOBSESSIONS_REQUEST_LINKS_H
#define JOBSESSIONS_REQUEST_LINKS_H

#include "httpd.h"

#include "jobsessions_read.h"

/* What stands in front of the mount in links, as below. */
const char *request_links_front(request_rec *r);

/* Make the links of the request: JobSessionsBaseURL, else scheme, host and port as httpd's rules
 * for canonical names give them (UseCanonicalName, UseCanonicalPhysicalPort, ServerName). OK or
 * 400. */
int request_links(request_rec *r, js_links *links);

#endif
