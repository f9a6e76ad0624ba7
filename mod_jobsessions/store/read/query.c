/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a query, from the texts users write. */
#include <string.h>

#include "base/ticks.h"
#include "format/status.h"
#include "jobsessions_read.h"

void js_query_all(js_query *query)
{
    memset(query, 0, sizeof(*query));
    query->filter.from = query->filter.to = JS_NO_TIME;
    query->filter.highest_id = UINT64_MAX;
    query->limit = JS_NO_LIMIT;
}

uint32_t js_status_bit(const char *name)
{
    unsigned code = jsp_status_code(name);
    return code == JSP_STATUS_NONE ? 0 : UINT32_C(1) << code;
}

const char *js_time_parse(const char *text, size_t length, int64_t *time)
{
    return jsp_date_parse(text, length, time);
}
