/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings of the list. One that is accepted makes links that are accepted, too, and ask for the
 * same; one that is refused is answered with a problem document. */
#include "mod_fuzz.h"

#include "apr_strings.h"

#include "request/list_query.h"
#include "server/config.h"

#include "../store/fuzz.h"

#define HEAD "GET /api/v1/jobSessions HTTP/1.1\r\nHost: a\r\n\r\n"
#define HREF "{\"href\":\"https://a?"

static const js_links links = {"https://a", "https://a"};

static void check_bounds(const struct list_query *query)
{
    const js_filter *filter = &query->query.filter;
    must(query->limit >= -1 && query->query.offset <= APR_INT64_MAX);
    must(query->query.limit == (query->limit < 0 ? JS_NO_LIMIT : (uint64_t)query->limit));
    must(query->query.sort <= JS_SORT_USN && filter->statuses < 1u << 13);
    must(filter->type_count <= 64 && filter->id_count == 0);
    must(filter->from >= JS_NO_TIME && filter->to >= JS_NO_TIME);
    for (apr_size_t i = 0; i < filter->type_count; i++) {
        must(filter->types[i][0] != '\0' && strlen(filter->types[i]) <= 1024);
    }
    if (query->query.changes) {
        must(filter->statuses == 0 && filter->type_count == 0 && filter->policy == NULL
             && filter->policy_name == NULL && filter->highest_id == UINT64_MAX
             && query->query.offset == 0);
    }
}

/* What a link asks for, read like a request's. */
static void read_link(request_rec *r, const char *link, struct list_query *query)
{
    apr_size_t length = strcspn(link, "\"");
    must(strncmp(link + length, "\"}", 2) == 0);
    r->args = apr_pstrmemdup(r->pool, link, length);
    for (const char *at = r->args; *at != '\0'; at++) {
        must(*at > 0x20 && *at < 0x7f && *at != '\\');
    }
    must(list_query_read(r, query) == OK);
}

static void check_links(request_rec *r, const struct list_query *query)
{
    js_list_totals page = {.total = 1000, .count = 10, .tombstones = 1, .last_usn = 500};
    struct list_query again;
    int count = 0;
    const char *text = list_query_links(r, query, &links, &page, 700);
    must(strncmp(text, "\"self\":" HREF, 7 + sizeof(HREF) - 1) == 0);
    for (const char *at = text; (at = strstr(at, HREF)) != NULL; count++) {
        at += sizeof(HREF) - 1;
        read_link(r, at, &again);
        must(again.limit == query->limit && again.query.changes == query->query.changes);
        must(again.query.sort == query->query.sort);
        must(again.query.ascending == query->query.ascending);
        if (count > 0) { /* other pages keep to what there was */
            must(again.query.changes
                 || again.query.filter.highest_id
                        == (query->bounded ? query->query.filter.highest_id : 700));
            again.query.filter.highest_id = query->query.filter.highest_id;
        } else {
            must(again.query.offset == query->query.offset && again.bounded == query->bounded);
            must(again.query.since == query->query.since);
        }
        must(fuzz_same_filter(&again.query.filter, &query->query.filter));
    }
    must(count >= 1 && count <= 5);
}

/* OK or 400 for the input. */
static int read_query(const char *data, apr_size_t size, int strict)
{
    struct list_query query;
    request_rec *r = fuzz_request(HEAD, NULL, 0);
    config_of_request(r)->strict_query = strict;
    r->args = apr_pstrmemdup(r->pool, data, strnlen(data, size));
    int status = list_query_read(r, &query);
    if (status == OK) {
        check_bounds(&query);
        check_links(r, &query);
    } else {
        must(status == HTTP_BAD_REQUEST);
        fuzz_refuse(r, status);
    }
    fuzz_end(r);
    return status;
}

void fuzz_query(const char *data, apr_size_t size)
{
    int lenient = read_query(data, size, 0);
    if (lenient == OK || size % 4 == 0) {
        must(read_query(data, size, 1) != OK || lenient == OK);
    }
}
