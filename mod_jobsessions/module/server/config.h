/* SPDX-License-Identifier: Apache-2.0 */
/* What the directives come to: per server where the database is, per location how it is served. */
#ifndef JOBSESSIONS_CONFIG_H
#define JOBSESSIONS_CONFIG_H

#include "httpd.h"

#include "http_config.h"

#include "jobsessions_read.h"

/* The one symbol that httpd looks for. */
extern __attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA jobsessions_module;

/* One JobSessionsDatabase. Virtual hosts that inherit it share it, and with it what the process keeps of
 * that directory: databases.c's own, opaque here. */
struct database_directive {
    const char *path; /* or what the logs call that of a fleet */
    int is_fleet;     /* it is not a directory, but PostgreSQL, which mod_dbd connects to */
    struct directory *directory; /* NULL: not asked for in this process */
    struct counters *counters;   /* NULL: not made yet, counters.c's own */
};

struct server_config {
    struct database_directive *database; /* NULL: none */
    const char *spool_directory;         /* NULL: the system's for temporary files */
    const char *cache_directory;         /* of compressed exports; NULL: none are made */
    const char *stop_directory;          /* of requests to stop sessions; NULL: there are none */
    apr_off_t spool_limit;               /* bytes, -1: not set */
    apr_off_t spool_reserve;             /* bytes, -1: not set */
    apr_off_t cache_limit;               /* bytes, -1: not set */
    apr_off_t map_size;                  /* bytes, -1: not set */
    apr_array_header_t *mounts;          /* const char *: of the <Location>s that name us */
};

struct location_config {
    const char *mount;    /* path of the <Location> that has our SetHandler, NULL: none */
    const char *beside;   /* path of the section that has the metrics or the probe, NULL: none */
    int answers;          /* whether the innermost SetHandler is ours, -1: there is none */
    const char *base_url; /* NULL: from the request */
    int anonymous;        /* -1: not set */
    int strict_query;     /* -1: not set */
    int shape;            /* a js_shape, -1: the one of the mount's path */
};

#define SPOOL_LIMIT_DEFAULT ((apr_off_t)16 << 30)
#define CACHE_LIMIT_DEFAULT ((apr_off_t)1 << 30)

void *config_create_server(apr_pool_t *pool, server_rec *server);
void *config_merge_server(apr_pool_t *pool, void *base, void *overlay);
void *config_create_location(apr_pool_t *pool, char *path);
void *config_merge_location(apr_pool_t *pool, void *base, void *overlay);

extern const command_rec config_directives[];

struct server_config *config_of_server(server_rec *server);
struct location_config *config_of_request(request_rec *r);
struct location_config *config_of_section(ap_conf_vector_t *section);

/* Whether the server of a request has the sessions of a fleet. */
int config_has_fleet(request_rec *r);

/* In whose shape sessions are shown to a request. */
js_shape config_shape(const struct location_config *config);

/* Whether a request is for something below a mount, also when httpd has refused it before it came to
 * look at <Location>s. */
int config_below_mount(request_rec *r);

#endif
