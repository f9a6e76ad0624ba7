/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings of the list. One that is accepted makes links that are accepted, too, and ask for the
 * same; one that is refused is answered with a problem document. */
#include "mod_fuzz.h"

#include "apr_strings.h"

#include "request/list_request.h"
#include "request/problem.h"
#include "server/config.h"

#include "../store/fuzz.h"

#define HEAD "GET /api/v1/jobSessions HTTP/1.1\r\nHost: a\r\n\r\n"
#define HREF "{\"href\":\"https://a?"

static const js_links links = {"https://a", "https://a"};

static void check_bounds(const struct list_request *wanted)
{
    const js_filter *filter = &wanted->query.filter;
    must(wanted->limit >= -1 && wanted->query.offset <= APR_INT64_MAX);
    must(wanted->query.limit == (wanted->limit < 0 ? JS_NO_LIMIT : (uint64_t)wanted->limit));
    must(wanted->query.sort <= JS_SORT_USN && filter->statuses < 1u << 13);
    must(filter->type_count <= 64 && filter->id_count == 0);
    must(filter->from >= JS_NO_TIME && filter->to >= JS_NO_TIME);
    for (apr_size_t i = 0; i < filter->type_count; i++) {
        must(strlen(filter->types[i]) <= 1024);
        must(filter->types[i][0] != '\0' || filter->type_count == 1); /* none is both */
    }
    must(wanted->query.place == JS_PLACE_NONE
         || (wanted->query.sort == JS_SORT_ID && wanted->query.offset == 0));
    if (wanted->query.changes) {
        must(wanted->query.place == JS_PLACE_NONE);
        must(filter->statuses == 0 && filter->type_count == 0 && filter->policy == NULL
             && filter->policy_name == NULL && filter->highest_id == UINT64_MAX
             && wanted->query.offset == 0);
    }
}

static int read_parameters(request_rec *r, struct list_request *wanted)
{
    struct parameters parameters;
    parameters_read(&parameters, r, r->args, &list_request_parameters);
    list_request_read(&parameters, wanted);
    return problem_any(r);
}

/* What a link asks for, read like a request's. */
static void read_link(request_rec *r, const char *link, struct list_request *wanted)
{
    apr_size_t length = strcspn(link, "\"");
    must(strncmp(link + length, "\"}", 2) == 0);
    r->args = apr_pstrmemdup(r->pool, link, length);
    for (const char *at = r->args; *at != '\0'; at++) {
        must(*at > 0x20 && *at < 0x7f && *at != '\\');
    }
    must(read_parameters(r, wanted) == OK);
}

static void check_links(request_rec *r, const struct list_request *wanted)
{
    js_list_totals totals = {.total = 1000,
                             .count = 10,
                             .before = wanted->query.offset,
                             .first_id = 600,
                             .last_id = 400,
                             .tombstones = 1,
                             .last_usn = 500};
    struct list_request again;
    int count = 0;
    const char *text = list_request_links(r->pool, wanted, &links, &totals, 700);
    must(strncmp(text, "\"self\":" HREF, 7 + sizeof(HREF) - 1) == 0);
    for (const char *at = text; (at = strstr(at, HREF)) != NULL; count++) {
        at += sizeof(HREF) - 1;
        read_link(r, at, &again);
        must(again.limit == wanted->limit && again.query.changes == wanted->query.changes);
        must(again.query.sort == wanted->query.sort);
        must(again.query.ascending == wanted->query.ascending);
        if (count > 0) { /* other pages keep to what there was */
            must(again.query.changes
                 || again.query.filter.highest_id
                        == (wanted->bounded ? wanted->query.filter.highest_id : 700));
            again.query.filter.highest_id = wanted->query.filter.highest_id;
        } else {
            must(again.query.offset == wanted->query.offset && again.bounded == wanted->bounded);
            must(again.query.place == wanted->query.place
                 && again.query.place_id == wanted->query.place_id);
            must(again.query.since == wanted->query.since);
        }
        must(fuzz_same_filter(&again.query.filter, &wanted->query.filter));
    }
    must(count >= 1 && count <= 5);
}

/* OK or 400 for the input. */
static int read_query(const char *data, apr_size_t size, int strict)
{
    struct list_request wanted;
    request_rec *r = fuzz_request(HEAD, NULL, 0);
    config_of_request(r)->strict_query = strict;
    r->args = apr_pstrmemdup(r->pool, data, strnlen(data, size));
    int status = read_parameters(r, &wanted);
    if (status == OK) {
        check_bounds(&wanted);
        check_links(r, &wanted);
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
