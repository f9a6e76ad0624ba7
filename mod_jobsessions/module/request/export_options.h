/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an export in later versions of the API: which sessions to export. */
#ifndef JOBSESSIONS_EXPORT_OPTIONS_H
#define JOBSESSIONS_EXPORT_OPTIONS_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "request/parameters.h"

/* The parameters of an export: it has none, and refuses the list's. */
extern const struct parameter_names export_options_parameters;

/* What an export wants. The ids are texts until there is a snapshot. */
struct export_options {
    js_filter filter;
    const apr_array_header_t *ids; /* NULL: any */
    const char *appliance;         /* of a fleet; NULL: any */
    const char *policy_name;       /* as given, NULL: any */
    const char *resource;          /* the id in resourceId or vmId, or NULL */
};

/* Read the request's body: jobSessionIds, policyId, filter, status, sessionTypes, workloadTypes, fromUtc and toUtc, and
 * of a fleet appliance, in any case, all of which must hold, and resourceId or vmId. A body that is not JSON is version 1's: read and ignored.
 * *given receives the options' text, NULL: there were none. OK, 400, 413 or 415. */
int export_options_read(request_rec *r, struct export_options *wanted, const char **given);

#endif
