/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "http_log.h"

#include "request/access.h"
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
    const struct resource *resource;
};

#define READING M_GET, "GET, HEAD, OPTIONS"

static const struct route routes[] = {
    {"", 0, 0, READING, &collection_resource},
    {"/export", 0, 0, M_POST, "POST, OPTIONS", &export_resource},
    {"", 1, 0, READING, &session_resource},
    {"/log", 1, JS_LOG, READING, &log_resource},
    {"/protectedItems", 1, JS_PROTECTED_ITEMS, READING, &items_resource},
    {"/deletedItems", 1, JS_DELETED_ITEMS, READING, &items_resource},
    {"/restoredItems", 1, JS_RESTORED_ITEMS, READING, &items_resource},
    {"/fileLevelRestoredItems", 1, JS_FILE_LEVEL_RESTORED_ITEMS, READING, &items_resource},
};

static const struct route *find(const char *path, int of_session)
{
    for (apr_size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (routes[i].of_session == of_session && strcmp(routes[i].path, path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

/* The route of a URI, NULL when there is none; fills the target. */
static const struct route *resolve(struct target *target, const char *uri, const char *mount)
{
    apr_size_t depth = strlen(mount);
    if (strncmp(uri, mount, depth) != 0) {
        return NULL; /* another module has set our handler for it */
    }
    target->path = uri + depth;
    const struct route *route = find(target->path, 0);
    if (route == NULL && target->path[0] == '/') {
        apr_size_t length = strcspn(target->path + 1, "/");
        if (js_id_parse(target->path + 1, length, &target->id)) {
            route = find(target->path + 1 + length, 1);
        }
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
    route = resolve(target, r->uri, config->mount);
    if (route == NULL) {
        return problem_set(r, HTTP_NOT_FOUND, "There is no such resource.");
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, JSLOGNO(0350) "%s %s: %s, mounted at %s",
                  r->method, r->uri, resource_name(route->resource), config->mount);
    if (r->method_number == M_OPTIONS) {
        return response_options(r, route->allow);
    }
    if (r->method_number != route->method) {
        return problem_method(r, route->allow);
    }
    return resource_answer(r, route->resource, target);
}
