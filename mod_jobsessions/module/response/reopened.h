/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is open already, once more: with a place of its own, and closed with its pool. */
#ifndef JOBSESSIONS_REOPENED_H
#define JOBSESSIONS_REOPENED_H

#include "apr_file_io.h"

/* For reading, with further flags of apr_file_open(). */
apr_status_t reopened(int descriptor, apr_int32_t flags, apr_pool_t *pool, apr_file_t **file);

#endif
