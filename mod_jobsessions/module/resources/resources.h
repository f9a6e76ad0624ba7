/* SPDX-License-Identifier: Apache-2.0 */
/* The resources of the API, and what a request wants of one. */
#ifndef JOBSESSIONS_RESOURCES_H
#define JOBSESSIONS_RESOURCES_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "server/counters.h"

/* What a request is for. */
struct target {
    const char *path;      /* below the mount */
    const char *appliance; /* of a fleet, whose session the path names; else NULL */
    const char *session;   /* id of the one the path names, as links have it */
    js_item_kind kind;
};

struct resource;

extern const struct resource collection_resource; /* GET {mount}: a page of sessions */
extern const struct resource export_resource;     /* POST {mount}/export: all, in one document */
extern const struct resource summary_resource;    /* GET {mount}/summary: how many there are */
extern const struct resource
    policies_resource;                         /* GET {mount}/policies: what became of their runs */
extern const struct resource openapi_resource; /* GET {mount}/openapi.json: what is served */
extern const struct resource session_resource; /* GET {mount}/{id} */
extern const struct resource log_resource;     /* GET {mount}/{id}/log */
extern const struct resource items_resource;   /* GET {mount}/{id}/protectedItems and the like */

extern const struct resource stop_resource; /* POST {mount}/{id}/stop: its worker is asked to */

/* As said in the log: "the list of sessions". */
const char *resource_name(const struct resource *resource);

/* As counted. */
enum counted_resource resource_counted(const struct resource *resource);

/* Answer a request. Returns what the handler returns. */
int resource_answer(request_rec *r, const struct resource *resource, const struct target *target);

#endif
