/* SPDX-License-Identifier: Apache-2.0 */
/* The same as mod_status shows, for Prometheus and those who read its formats: text 0.0.4, or OpenMetrics 1.0.0 where
 * the request's Accept prefers that. */
#ifndef JOBSESSIONS_METRICS_H
#define JOBSESSIONS_METRICS_H

#include "httpd.h"

/* httpd's content handler for SetHandler jobsessions-metrics: of all databases, labelled by directory. */
int metrics_handle(request_rec *r);

/* GET {mount}/metrics, which who may read sessions may: of the mount's database, without naming its directory.
 * Returns what the handler returns. */
int metrics_answer(request_rec *r);

#endif
