/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "access.h"
#include "config.h"
#include "export.h"
#include "problem.h"

struct resource {
    const char *path; /* below the mount */
    int method;
    const char *allow;
    int (*handle)(request_rec *r);
};

static const struct resource resources[] = {
    {"/export", M_POST, "POST", export_handle},
};

static const struct resource *find(const char *path)
{
    for (apr_size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        if (strcmp(resources[i].path, path) == 0) {
            return &resources[i];
        }
    }
    return NULL;
}

int route_handle(request_rec *r)
{
    const struct location_config *config = config_of_request(r);
    const struct resource *resource;
    int status;
    if (r->handler == NULL || strcmp(r->handler, "jobsessions") != 0 || config->mount == NULL) {
        return DECLINED;
    }
    status = access_check(r);
    if (status != OK) {
        return status;
    }
    resource = find(r->uri + strlen(config->mount));
    if (resource == NULL) {
        return problem_set(r, HTTP_NOT_FOUND, "There is no such resource.");
    }
    if (r->method_number != resource->method) {
        return problem_method(r, resource->allow);
    }
    return resource->handle(r);
}
