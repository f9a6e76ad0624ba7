/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/{id}/log, and the lists of a session's items, /protectedItems and so on. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/page_links.h"
#include "request/session_filter.h"
#include "resources/fleet.h"
#include "resources/resource.h"

/* Items on a page unless Limit says otherwise; a log is whole unless it does. */
#define ITEMS_LIMIT_DEFAULT 100
#define LOG_LIMIT_DEFAULT (-1)

struct items_request {
    apr_int64_t offset;
    apr_int64_t limit;  /* as given, -1: all */
    const char *search; /* NameSearchPattern as given, or NULL */
    js_items *items;
};

static void read_page(struct answer *answer, apr_int64_t limit)
{
    apr_pool_t *pool = answer->r->pool;
    struct items_request *wanted = answer->own = apr_palloc(pool, sizeof(*wanted));
    wanted->offset = parameters_number(&answer->parameters, "Offset", 0, 0);
    wanted->limit = parameters_number(&answer->parameters, "Limit", -1, limit);
    wanted->search = parameters_get(&answer->parameters, "NameSearchPattern");
    wanted->items = apr_palloc(pool, js_items_size());
}

static void read_log_parameters(struct answer *answer)
{
    read_page(answer, LOG_LIMIT_DEFAULT);
    answer->of_resource = parameters_condition(&answer->parameters, "instanceId");
}

static void read_items_parameters(struct answer *answer)
{
    read_page(answer, ITEMS_LIMIT_DEFAULT);
}

static js_result find_items(struct answer *answer, const char *pattern, uint64_t limit,
                            js_error *error)
{
    const struct items_request *wanted = answer->own;
    return js_items_begin_of(wanted->items, answer->reading.snapshot, answer->id,
                             answer->target->kind, pattern, answer->of_resource,
                             (uint64_t)wanted->offset, limit, error);
}

/* Whether there is such a session; no item is read for that. */
static js_result find(struct answer *answer, js_error *error)
{
    js_result result = resource_find_session(answer, error);
    return result == JS_OK ? find_items(answer, NULL, 0, error) : result;
}

static const char *links_of(const struct answer *answer)
{
    const struct items_request *wanted = answer->own;
    apr_pool_t *pool = answer->r->pool;
    const char *search =
        wanted->search == NULL
            ? ""
            : apr_pstrcat(pool, "&nameSearchPattern=", ap_escape_urlencoded(pool, wanted->search),
                          NULL);
    const struct page page = {
        .url = apr_pstrcat(pool, answer->links.collection_port, answer->target->path, NULL),
        .offset = (apr_uint64_t)wanted->offset,
        .limit = wanted->limit,
        .total = answer->matching,
        .shown = answer->shown,
        .self_rest = search,
        .rest = search,
    };
    return page_links(pool, &page);
}

static void make_frame(struct answer *answer)
{
    const struct items_request *wanted = answer->own;
    if (answer->target->kind == JS_LOG) {
        answer->frame.head = apr_pstrcat(answer->r->pool, "{\"jobSessionId\":\"",
                                         answer->target->session, "\",\"log\":[", NULL);
        answer->frame.tail = "]}";
    } else {
        answer->frame.shape = JS_SHAPE_STORED; /* items are their worker's own */
        resource_frame_page(answer, (apr_uint64_t)wanted->offset, wanted->limit, links_of(answer));
    }
}

static js_result begin(struct answer *answer, js_error *error)
{
    const struct items_request *wanted = answer->own;
    const char *pattern =
        wanted->search != NULL ? session_filter_pattern(answer->r->pool, wanted->search) : NULL;
    js_result result = find_items(answer, pattern,
                                  wanted->limit < 0 ? JS_NO_LIMIT : (uint64_t)wanted->limit, error);
    if (result != JS_OK) {
        return result;
    }
    answer->matching = js_items_get_totals(wanted->items)->total;
    answer->shown = js_items_get_totals(wanted->items)->count;
    make_frame(answer);
    answer->reading.list = apr_pstrcat(answer->r->pool, js_item_list(answer->target->kind),
                                       " of session ", answer->target->session, NULL);
    js_document_begin_items(answer->document, wanted->items, &answer->frame, reading_report_damage,
                            &answer->reading);
    return JS_OK;
}

static const char *const names_of_log[] = {"Offset", "Limit", "instanceId", NULL};
static const char *const names_of_items[] = {"Offset", "Limit", "NameSearchPattern", NULL};

static const struct parameter_names log_parameters = {names_of_log, resource_no_names, ""};
static const struct parameter_names items_parameters = {names_of_items, resource_no_names, ""};

const struct resource log_resource = {
    .name = "a session's log",
    .counted = COUNTED_LOG,
    .parameters = &log_parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_log_parameters,
    .by = {[PROVIDER_LMDB] = {.find = find, .begin = begin},
           [PROVIDER_SQL] = {.find = fleet_find_session}},
};

const struct resource items_resource = {
    .name = "a session's items",
    .counted = COUNTED_ITEMS,
    .parameters = &items_parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_items_parameters,
    .by = {[PROVIDER_LMDB] = {.find = find, .begin = begin},
           [PROVIDER_SQL] = {.find = fleet_find_session}},
};
