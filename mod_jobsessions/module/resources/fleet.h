/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions of a fleet as documents: what PROVIDER_SQL's resources have in common. */
#ifndef JOBSESSIONS_FLEET_H
#define JOBSESSIONS_FLEET_H

#include "resources/resource.h"
#include "sql/query.h"

/* The front of the links to an appliance's sessions. Returns JS_OK, or JS_INVALID: its name is too long for that. */
js_result fleet_links(const struct answer *answer, const char *appliance, js_links *links,
                      js_error *error);

/* What of a query string names the appliance, from an ampersand on; "" for NULL, any. */
const char *fleet_parameter(apr_pool_t *pool, const char *appliance);

/* Count what matches, for the answer's totals, of which the page's frame tells. */
js_result fleet_count(struct answer *answer, const struct query_terms *terms, js_error *error);

/* Then begin the document of the page, within the answer's frame. Each session has the links below its appliance. */
js_result fleet_begin(struct answer *answer, const struct query_terms *terms, js_error *error);

/* Find the session of the appliance that the path names; JS_NOT_FOUND. */
js_result fleet_find_session(struct answer *answer, js_error *error);

/* Begin the document of the one that was found. */
js_result fleet_begin_session(struct answer *answer, js_error *error);

/* A `lacks` of resources that have a condition on what a session has protected. */
const char *fleet_lacks_resource(struct answer *answer);

#endif
