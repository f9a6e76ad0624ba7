/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests to stop sessions are put: whether the directory that JobSessionsStopRequests names can be used. */
#ifndef JOBSESSIONS_STOP_DIRECTORY_H
#define JOBSESSIONS_STOP_DIRECTORY_H

#include "httpd.h"

/* Whether those of all servers with mounts can be, as httpd's children find them: the user may make files there,
 * not everybody may, no client can fetch them, and no restore exchanges them with the database. What is wrong is
 * logged. */
int stop_directories_fit(apr_pool_t *pool, server_rec *servers);

#endif
