/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a whole, when it has been read: what could only answer with errors is refused. */
#ifndef JOBSESSIONS_CHECK_H
#define JOBSESSIONS_CHECK_H

#include "httpd.h"

/* httpd's check_config: at a start, at a restart, and for httpd -t. */
int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *servers);

#endif
