/* SPDX-License-Identifier: Apache-2.0 */
/* Where unnamed files are made for what waits for slow clients. */
#ifndef JOBSESSIONS_SPOOL_DIRECTORY_H
#define JOBSESSIONS_SPOOL_DIRECTORY_H

#include "apr_file_io.h"

/* The one for servers without JobSessionsSpoolDirectory, NULL: there is none. */
const char *spool_directory_default(apr_pool_t *pool);

/* A new file, which has lost its name already. */
apr_status_t spool_directory_file(const char *directory, apr_file_t **file, apr_pool_t *pool);

#endif
