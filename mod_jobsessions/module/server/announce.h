/* SPDX-License-Identifier: Apache-2.0 */
/* What the error log tells at a start: of each database a line, what it has and where it is served; and what
 * an administrator should look at, which httpd -t tells, too. */
#ifndef JOBSESSIONS_ANNOUNCE_H
#define JOBSESSIONS_ANNOUNCE_H

#include "httpd.h"

/* httpd's post_config, for all but its trial run before the start. */
void announce_start(apr_pool_t *ptemp, server_rec *servers);

/* httpd's test_config: only what is to be looked at. */
void announce_warnings(apr_pool_t *pconf, server_rec *servers);

#endif
