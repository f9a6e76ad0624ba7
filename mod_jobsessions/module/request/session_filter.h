/* SPDX-License-Identifier: Apache-2.0 */
/* From the texts of a request to a filter of the store. A query string and the options of an export say
 * the same in the same words, each under names of its own: a mistake is noted with problem_parameter()
 * under the name that is given here. Memory is the request's.
 *
 * At a mount that shows sessions as v8.1 does they are found by what is shown: Error finds those stored as Failed, too,
 * and Unknown those of types that v8.1 does not have. Their own words find them there as well. */
#ifndef JOBSESSIONS_SESSION_FILTER_H
#define JOBSESSIONS_SESSION_FILTER_H

#include "httpd.h"

#include "apr_tables.h"

#include "jobsessions_read.h"

/* Of lists: arrays of const char *, in which NULL is a value whose mistake has been noted already. Ids are looked at
 * here, and found by session_filter_find_ids() once there is a snapshot: those of no session match none. */
void session_filter_ids(request_rec *r, const char *name, const apr_array_header_t *texts);
js_result session_filter_find_ids(apr_pool_t *pool, js_filter *filter, js_snapshot *snapshot,
                                  const apr_array_header_t *texts);
void session_filter_statuses(request_rec *r, js_filter *filter, const char *name,
                             const apr_array_header_t *texts);
void session_filter_types(
    request_rec *r, js_filter *filter,
    apr_array_header_t *texts); /* which it orders; where there are types already both hold */

/* Of one value each; NULL says nothing. */
void session_filter_policy(request_rec *r, js_filter *filter, const char *name, const char *text);
void session_filter_policy_name(request_rec *r, js_filter *filter, const char *text);

/* What a session has protected, by either of its names; NULL says nothing. */
const char *session_filter_resource(request_rec *r, const char *name, const char *resource,
                                    const char *other_name, const char *other);

/* Whose sessions are wanted, of a fleet's; NULL says nothing. An appliance has but its own: there it is a mistake. */
const char *session_filter_appliance(request_rec *r, const char *name, const char *text);

/* A bound of the start time: &filter->from or &filter->to. */
void session_filter_time(request_rec *r, int64_t *bound, const char *name, const char *text);

/* The pattern that a text with `*` in it stands for. */
const char *session_filter_pattern(apr_pool_t *pool, const char *text);

#endif
