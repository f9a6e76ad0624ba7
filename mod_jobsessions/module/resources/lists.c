/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/lists.h"

#include "apr_strings.h"

#include "request/problem.h"

int lists_find(request_rec *r, struct reading *reading, const js_query *query, js_list **list)
{
    js_error error;
    *list = apr_palloc(r->pool, js_list_size(query));
    js_result status = js_list_begin(*list, reading->snapshot, query, &error);
    if (status == JS_OK) {
        return OK;
    }
    reading_end(reading);
    if (status == JS_INVALID) {
        problem_parameter(r, "Sort", apr_psprintf(r->pool, "cannot be served: %s", error.message));
        return problem_any(r);
    }
    return reading_failed(r, &error);
}
