/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "apr_strings.h"
#include "http_log.h"
#include "http_request.h"

#include "monitor/metrics.h"
#include "request/access.h"
#include "request/outcome.h"
#include "request/problem.h"
#include "resources/resources.h"
#include "response/response.h"
#include "server/config.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

struct route {
    const char *path; /* below the mount, or below a session */
    int of_session;
    js_item_kind kind;
    int method; /* HEAD is a GET to httpd */
    const char *allow;
    const struct resource *resource; /* NULL: the metrics, which are no document */
};

#define READING M_GET, "GET, HEAD, OPTIONS"

static const struct route routes[] = {
    {"", 0, 0, READING, &collection_resource},
    {"/export", 0, 0, M_POST, "POST, OPTIONS", &export_resource},
    {"/summary", 0, 0, READING, &summary_resource},
    {"/policies", 0, 0, READING, &policies_resource},
    {"/openapi.json", 0, 0, READING, &openapi_resource},
    {"/metrics", 0, 0, READING, NULL},
    {"", 1, 0, READING, &session_resource},
    {"/stop", 1, 0, M_POST, "POST, OPTIONS", &stop_resource},
    {"/log", 1, JS_LOG, READING, &log_resource},
    {"/protectedItems", 1, JS_PROTECTED_ITEMS, READING, &items_resource},
    {"/deletedItems", 1, JS_DELETED_ITEMS, READING, &items_resource},
    {"/restoredItems", 1, JS_RESTORED_ITEMS, READING, &items_resource},
    {"/fileLevelRestoredItems", 1, JS_FILE_LEVEL_RESTORED_ITEMS, READING, &items_resource},
    {"/checkedItems", 1, JS_CHECKED_ITEMS, READING, &items_resource},
    {"/restoredDatabases", 1, JS_RESTORED_DATABASES, READING, &items_resource},
    {"/fileLevelRestoredFileShareItems", 1, JS_FILE_LEVEL_RESTORED_FILE_SHARE_ITEMS, READING,
     &items_resource},
    {"/vnetRestoredItems", 1, JS_VNET_RESTORED_ITEMS, READING, &items_resource},
    {"/restoredCosmosDbAccounts", 1, JS_RESTORED_COSMOS_DB_ACCOUNTS, READING, &items_resource},
};

/* Paths match in any case, and with a slash at their end, as the vendor's server takes them. */
static const struct route *find(const char *path, int of_session)
{
    apr_size_t length = strlen(path);
    if (length > 0 && path[length - 1] == '/') {
        length--;
    }
    for (apr_size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (routes[i].of_session == of_session && strlen(routes[i].path) == length
            && ap_cstr_casecmpn(routes[i].path, path, length) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

/* The id in a path, as links have it: a uuid in lower case. NULL: it is none. */
static const char *id_of(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *id = apr_pstrmemdup(pool, text, length);
    ap_str_tolower(id);
    return js_id_is_valid(id, length) ? id : NULL;
}

/* Of what stands behind the slash before an id. */
static const struct route *resolve_session(apr_pool_t *pool, struct target *target,
                                           const char *path)
{
    apr_size_t length = strcspn(path, "/");
    target->session = id_of(pool, path, length);
    return target->session != NULL ? find(path + length, 1) : NULL;
}

/* In a fleet an id is one of an appliance, whose name stands before it. */
static const struct route *resolve_fleet(apr_pool_t *pool, struct target *target, const char *path)
{
    const struct route *route = NULL;
    for (const char *slash = strchr(path, '/'); slash != NULL && route == NULL;
         slash = strchr(slash + 1, '/')) {
        target->appliance = apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
        route = resolve_session(pool, target, slash + 1);
    }
    return route;
}

/* The route of a URI, NULL when there is none; fills the target. */
static const struct route *resolve(apr_pool_t *pool, struct target *target, const char *uri,
                                   const char *mount, int has_fleet)
{
    apr_size_t depth = strlen(mount);
    if (strncmp(uri, mount, depth) != 0) {
        return NULL; /* another module has set our handler for it */
    }
    target->path = uri + depth;
    const struct route *route = find(target->path, 0);
    if (route == NULL && target->path[0] == '/') {
        route = has_fleet ? resolve_fleet(pool, target, target->path + 1)
                          : resolve_session(pool, target, target->path + 1);
    }
    if (route != NULL) {
        target->kind = route->kind;
    }
    return route;
}

/* httpd goes through the file system for every part of a path, to find that there is no such file. Told
 * that there is one it takes our word. All <Directory> sections on the path's way apply as before, and
 * those of directories that do not exist. Here the <Location>s have been looked at for the first time,
 * so that it is known whose the request is. */
int route_translate(request_rec *r)
{
    if (config_of_request(r)->answers == 1) {
        r->finfo.filetype = APR_REG;
        r->finfo.valid |= APR_FINFO_TYPE;
    }
    return DECLINED;
}

/* Whether the configuration has what a route leads to. */
static int is_served(request_rec *r, const struct route *route)
{
    return route->resource != &stop_resource || config_of_server(r->server)->stop_directory != NULL;
}

/* The path of a request as it is written in our links. */
static const char *canonical_path(request_rec *r, const struct route *route,
                                  const struct target *target, const char *mount)
{
    const char *appliance =
        target->appliance != NULL ? apr_pstrcat(r->pool, "/", target->appliance, NULL) : "";
    return route->of_session
               ? apr_pstrcat(r->pool, mount, appliance, "/", target->session, route->path, NULL)
               : apr_pstrcat(r->pool, mount, route->path, NULL);
}

/* Answer with another path of ours, of which httpd asks anew who may: <Location> sections see the case of a path
 * and the slash at its end, and who may look at sessions need not be allowed to export them. */
static int redirect(request_rec *r, const char *path)
{
    const char *escaped = ap_os_escape_path(r->pool, path, 1);
    ap_internal_redirect(
        r->args != NULL ? apr_pstrcat(r->pool, escaped, "?", r->args, NULL) : escaped, r);
    return OK;
}

static const char *name_of(const struct route *route)
{
    return route->resource != NULL ? resource_name(route->resource) : "the metrics";
}

static int answer(request_rec *r, const struct route *route, const struct target *target)
{
    outcome_of(r)->resource =
        route->resource != NULL ? resource_counted(route->resource) : COUNTED_METRICS;
    if (r->method_number == M_OPTIONS) {
        return response_options(r, route->allow);
    }
    if (r->method_number != route->method) {
        return problem_method(r, route->allow);
    }
    return route->resource != NULL ? resource_answer(r, route->resource, target)
                                   : metrics_answer(r);
}

int route_handle(request_rec *r)
{
    const struct location_config *config = config_of_request(r);
    const struct route *route;
    struct target *target;
    int status;
    if (r->handler == NULL || strcmp(r->handler, "jobsessions") != 0 || config->mount == NULL) {
        return DECLINED;
    }
    if (r->assbackwards && r->main == NULL) {
        /* HTTP/0.9 has no headers: a client could not tell the whole from a part, nor an error from
         * either. Of requests that are part of another one httpd says the same. */
        return problem_set(r, HTTP_VERSION_NOT_SUPPORTED, "Ask with HTTP/1.0 or later.");
    }
    status = access_check(r);
    if (status != OK) {
        return status;
    }
    target = apr_pcalloc(r->pool, sizeof(*target));
    route = resolve(r->pool, target, r->uri, config->mount, config_has_fleet(r));
    if (route == NULL || !is_served(r, route)) {
        return problem_set(r, HTTP_NOT_FOUND,
                           config_has_fleet(r)
                               ? "There is no such resource. In a fleet the path of "
                                 "a session is its appliance's name and its id."
                               : "There is no such resource.");
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, JSLOGNO(0350) "%s %s: %s, mounted at %s",
                  r->method, r->uri, name_of(route), config->mount);
    const char *path = canonical_path(r, route, target, config->mount);
    if (strcmp(path, r->uri) != 0) {
        return redirect(r, path);
    }
    return answer(r, route, target);
}
