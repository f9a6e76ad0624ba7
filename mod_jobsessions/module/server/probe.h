/* SPDX-License-Identifier: Apache-2.0 */
/* A look at what httpd's children are going to find, before there are any: in a process that is what they
 * will be. The parent may be root, whom no permission stops, and must have no LMDB environment open when it
 * forks. */
#ifndef JOBSESSIONS_PROBE_H
#define JOBSESSIONS_PROBE_H

#include "httpd.h"

/* Finds out what is asked. What it allocates ends with its process. */
typedef void probe_look(const void *question, void *answers, apr_pool_t *pool);

/* Have a process like a child look, and wait for it, for some seconds at most. Returns the answers, `size`
 * bytes that were zero before the look; NULL: no process could be had. */
const void *probe_children(apr_pool_t *pool, server_rec *server, probe_look *look,
                           const void *question, apr_size_t size);

#endif
