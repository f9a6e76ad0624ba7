/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_log.h"

#include "server/config.h"
#include "server/log.h"
#include "server/probe.h"
#include "server/spool_directory.h"
#include "server/stop_directory.h"

APLOG_USE_MODULE(jobsessions);

/* Where a virtual host is configured, "" for the main server. */
static const char *place_of(apr_pool_t *pool, const server_rec *server)
{
    return server->defn_name != NULL ? apr_psprintf(pool, " %s of %s:%u", server->server_hostname,
                                                    server->defn_name, server->defn_line_number)
                                     : "";
}

static int has_database(apr_pool_t *pool, server_rec *server)
{
    if (config_of_server(server)->database != NULL) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, server,
                 JSLOGNO(0100) "SetHandler jobsessions needs a database: add "
                               "\"JobSessionsDatabase DIR\" to the server%s, or to the "
                               "main one",
                 place_of(pool, server));
    return 0;
}

static int fleet_fits(server_rec *server)
{
    if (!config_of_server(server)->database->is_fleet
        || ap_find_linked_module("mod_dbd.c") != NULL) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, server,
                 JSLOGNO(0106) "JobSessionsDatabase %s is read by mod_dbd's connections: load "
                               "mod_dbd, and write \"DBDriver pgsql\" and DBDParams",
                 config_of_server(server)->database->path);
    return 0;
}

/* Whether a section is a <Location> for a path and all below it. */
static int holds(ap_conf_vector_t *section, const char *path)
{
    const core_dir_config *core = ap_get_core_module_config(section);
    apr_size_t length = core->d != NULL ? strlen(core->d) : 0;
    return length > 0 && core->r == NULL && !core->d_is_fnmatch
           && strncmp(core->d, path, length) == 0
           && (core->d[length - 1] == '/' || path[length] == '/' || path[length] == '\0');
}

/* A section in which nothing is ours has no configuration of ours. */
static const char *own_base_url(ap_conf_vector_t *section)
{
    const struct location_config *config = config_of_section(section);
    return config != NULL ? config->base_url : NULL;
}

/* The JobSessionsBaseURL for requests to a mount, NULL: there is none. */
static const char *base_url_of(const server_rec *server, const char *mount)
{
    const core_server_config *core = ap_get_core_module_config(server->module_config);
    const char *url = own_base_url(server->lookup_defaults);
    for (int i = 0; i < core->sec_url->nelts; i++) {
        ap_conf_vector_t *section = APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *);
        const char *own = own_base_url(section);
        url = own != NULL && holds(section, mount) ? own : url;
    }
    return url;
}

/* Cut an end off a path, without regard to case; whether it was there. */
static int cut_off(char *path, const char *end)
{
    apr_size_t length = strlen(path);
    apr_size_t of_end = strlen(end);
    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    if (length < of_end || ap_cstr_casecmpn(path + length - of_end, end, of_end) != 0) {
        return 0;
    }
    path[length - of_end] = '\0';
    return 1;
}

/* What stands in a URL behind the host. */
static char *path_of(char *url)
{
    char *host = strstr(url, "://");
    return host != NULL ? host + strlen("://") + strcspn(host + strlen("://"), "/") : url;
}

/* Every link would have the mount twice. */
static int base_url_fits(apr_pool_t *pool, server_rec *server, const char *mount)
{
    const char *url = base_url_of(server, mount);
    char *front = apr_pstrdup(pool, url != NULL ? url : "");
    char *path = path_of(front);
    (void)ap_unescape_url(path);
    (void)cut_off(path, "/export");
    if (!cut_off(path, mount)) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, server,
                 JSLOGNO(0101) "JobSessionsBaseURL %s has the mount %s at its end, which links "
                               "get behind it once more; write JobSessionsBaseURL %s",
                 url, mount, front);
    return 0;
}

static int base_urls_fit(apr_pool_t *pool, server_rec *server)
{
    const apr_array_header_t *mounts = config_of_server(server)->mounts;
    for (int i = 0; i < mounts->nelts; i++) {
        if (!base_url_fits(pool, server, APR_ARRAY_IDX(mounts, i, const char *))) {
            return 0;
        }
    }
    return 1;
}

/* Whether what is shown beside the API leaves that alone: where it lies above, clients would take an empty 200 for
 * the list of sessions. */
static int stands_beside(server_rec *server, ap_conf_vector_t *section)
{
    const struct location_config *config = config_of_section(section);
    const apr_array_header_t *mounts = config_of_server(server)->mounts;
    for (int i = 0; config != NULL && config->beside != NULL && i < mounts->nelts; i++) {
        const char *mount = APR_ARRAY_IDX(mounts, i, const char *);
        if (holds(section, mount)) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, server,
                         JSLOGNO(0103) "the metrics or the probe of <Location \"%s\"> would answer "
                                       "in the place of the API at %s; give them a path of their "
                                       "own",
                         config->beside, mount);
            return 0;
        }
    }
    return 1;
}

static int stand_beside(server_rec *server)
{
    const core_server_config *core = ap_get_core_module_config(server->module_config);
    for (int i = 0; i < core->sec_url->nelts; i++) {
        if (!stands_beside(server, APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *))) {
            return 0;
        }
    }
    return 1;
}

static const char *spool_directory_of(const server_rec *server, apr_pool_t *pool)
{
    const char *configured = config_of_server((server_rec *)server)->spool_directory;
    return configured != NULL ? configured : spool_directory_default(pool);
}

/* A probe_look: for each server with mounts, whether there can be a spool. */
static void try_spools(const void *servers, void *statuses_, apr_pool_t *pool)
{
    apr_status_t *statuses = statuses_;
    for (const server_rec *server = servers; server != NULL; server = server->next) {
        apr_file_t *file;
        if (config_of_server((server_rec *)server)->mounts->nelts > 0) {
            *statuses = spool_directory_file(spool_directory_of(server, pool), &file, pool);
        }
        statuses++;
    }
}

static int spool_fits(apr_pool_t *pool, server_rec *server, apr_status_t status)
{
    const char *directory = spool_directory_of(server, pool);
    if (status == APR_SUCCESS) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, server,
                 JSLOGNO(0102) "no file can be made in the spool directory %s, so that slow "
                               "clients would be cut off: name one for JobSessionsSpoolDirectory "
                               "in which httpd's user may make files",
                 directory != NULL ? directory : "(none was found)");
    return 0;
}

static int spools_fit(apr_pool_t *pool, server_rec *servers)
{
    apr_size_t count = 0;
    for (const server_rec *server = servers; server != NULL; server = server->next) {
        count++;
    }
    const apr_status_t *statuses =
        probe_children(pool, servers, try_spools, servers, count * sizeof(*statuses));
    for (server_rec *server = servers; statuses != NULL && server != NULL; server = server->next) {
        if (!spool_fits(pool, server, *statuses++)) {
            return 0;
        }
    }
    return 1;
}

int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *servers)
{
    int mounted = 0;
    (void)pconf;
    (void)plog;
    for (server_rec *server = servers; server != NULL; server = server->next) {
        if (config_of_server(server)->mounts->nelts == 0) {
            continue;
        }
        mounted = 1;
        if (!has_database(ptemp, server) || !fleet_fits(server) || !base_urls_fit(ptemp, server)
            || !stand_beside(server)) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return !mounted || (spools_fit(ptemp, servers) && stop_directories_fit(ptemp, servers))
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}
