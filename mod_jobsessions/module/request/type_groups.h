/* SPDX-License-Identifier: Apache-2.0 */
/* The groups and workloads that later versions of the API put types of sessions in, and that the options of an export
 * name. */
#ifndef JOBSESSIONS_TYPE_GROUPS_H
#define JOBSESSIONS_TYPE_GROUPS_H

#include "httpd.h"

#include "apr_tables.h"

/* Add to names of types (an array of const char *, of which some may be NULL) those of the groups among them, in
 * any case; a name is a type's all the same. Returns the array. */
apr_array_header_t *type_groups_expand(apr_array_header_t *names);

/* The types of some workloads, in any case; what is none is noted under `name`, and NULL has been noted already. */
apr_array_header_t *type_groups_workloads(request_rec *r, const char *name,
                                          const apr_array_header_t *workload_types);

#endif
