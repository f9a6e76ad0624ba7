/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "request/access.h"
#include "request/problem.h"
#include "resources/collection.h"
#include "resources/export.h"
#include "resources/session.h"
#include "resources/session_items.h"
#include "response/response.h"
#include "server/config.h"

struct resource {
    const char *path; /* below the mount, or below a session */
    int of_session;
    js_item_kind kind;
    int method; /* HEAD is a GET to httpd */
    const char *allow;
    int (*handle)(request_rec *r, const struct target *target);
};

#define READING M_GET, "GET, HEAD, OPTIONS"

static const struct resource resources[] = {
    {"", 0, 0, READING, collection_handle},
    {"/export", 0, 0, M_POST, "POST, OPTIONS", export_handle},
    {"", 1, 0, READING, session_handle},
    {"/log", 1, JS_LOG, READING, session_log_handle},
    {"/protectedItems", 1, JS_PROTECTED_ITEMS, READING, session_items_handle},
    {"/deletedItems", 1, JS_DELETED_ITEMS, READING, session_items_handle},
    {"/restoredItems", 1, JS_RESTORED_ITEMS, READING, session_items_handle},
    {"/fileLevelRestoredItems", 1, JS_FILE_LEVEL_RESTORED_ITEMS, READING, session_items_handle},
};

static const struct resource *find(const char *path, int of_session)
{
    for (apr_size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        if (resources[i].of_session == of_session && strcmp(resources[i].path, path) == 0) {
            return &resources[i];
        }
    }
    return NULL;
}

/* The resource of a URI, NULL when there is none; fills the target. */
static const struct resource *resolve(struct target *target, const char *uri, const char *mount)
{
    apr_size_t depth = strlen(mount);
    if (strncmp(uri, mount, depth) != 0) {
        return NULL; /* another module has set our handler for it */
    }
    target->path = uri + depth;
    const struct resource *resource = find(target->path, 0);
    if (resource == NULL && target->path[0] == '/') {
        apr_size_t length = strcspn(target->path + 1, "/");
        if (js_id_parse(target->path + 1, length, &target->id)) {
            resource = find(target->path + 1 + length, 1);
        }
    }
    if (resource != NULL) {
        target->kind = resource->kind;
    }
    return resource;
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
    const struct resource *resource;
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
    resource = resolve(target, r->uri, config->mount);
    if (resource == NULL) {
        return problem_set(r, HTTP_NOT_FOUND, "There is no such resource.");
    }
    if (r->method_number == M_OPTIONS) {
        return response_options(r, resource->allow);
    }
    if (r->method_number != resource->method) {
        return problem_method(r, resource->allow);
    }
    return resource->handle(r, target);
}
