/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"

#include "jobsessions_read.h"
#include "server/log.h"
#include "server/mount.h"

void *config_create_server(apr_pool_t *pool, server_rec *server)
{
    struct server_config *config = apr_pcalloc(pool, sizeof(*config));
    (void)server;
    config->mounts = apr_array_make(pool, 1, sizeof(const char *));
    config->spool_limit = -1;
    config->spool_reserve = -1;
    config->cache_limit = -1;
    config->map_size = -1;
    return config;
}

void *config_merge_server(apr_pool_t *pool, void *base_, void *overlay_)
{
    const struct server_config *base = base_;
    const struct server_config *overlay = overlay_;
    struct server_config *merged = apr_pcalloc(pool, sizeof(*merged));
    merged->database = overlay->database != NULL ? overlay->database : base->database;
    merged->spool_directory =
        overlay->spool_directory != NULL ? overlay->spool_directory : base->spool_directory;
    merged->stop_directory =
        overlay->stop_directory != NULL ? overlay->stop_directory : base->stop_directory;
    merged->cache_directory =
        overlay->cache_directory != NULL ? overlay->cache_directory : base->cache_directory;
    merged->cache_limit = overlay->cache_limit >= 0 ? overlay->cache_limit : base->cache_limit;
    merged->spool_limit = overlay->spool_limit >= 0 ? overlay->spool_limit : base->spool_limit;
    merged->spool_reserve =
        overlay->spool_reserve >= 0 ? overlay->spool_reserve : base->spool_reserve;
    merged->map_size = overlay->map_size >= 0 ? overlay->map_size : base->map_size;
    merged->mounts = apr_array_append(pool, overlay->mounts, base->mounts);
    return merged;
}

void *config_create_location(apr_pool_t *pool, char *path)
{
    struct location_config *config = apr_pcalloc(pool, sizeof(*config));
    (void)path;
    config->answers = -1;
    config->anonymous = -1;
    config->strict_query = -1;
    config->shape = -1;
    return config;
}

void *config_merge_location(apr_pool_t *pool, void *base_, void *overlay_)
{
    const struct location_config *base = base_;
    const struct location_config *overlay = overlay_;
    struct location_config *merged = apr_pcalloc(pool, sizeof(*merged));
    merged->mount = overlay->mount != NULL ? overlay->mount : base->mount;
    merged->answers = overlay->answers >= 0 ? overlay->answers : base->answers;
    merged->base_url = overlay->base_url != NULL ? overlay->base_url : base->base_url;
    merged->anonymous = overlay->anonymous >= 0 ? overlay->anonymous : base->anonymous;
    merged->strict_query = overlay->strict_query >= 0 ? overlay->strict_query : base->strict_query;
    merged->shape = overlay->shape >= 0 ? overlay->shape : base->shape;
    return merged;
}

struct server_config *config_of_server(server_rec *server)
{
    return ap_get_module_config(server->module_config, &jobsessions_module);
}

struct location_config *config_of_request(request_rec *r)
{
    return config_of_section(r->per_dir_config);
}

struct location_config *config_of_section(ap_conf_vector_t *section)
{
    return ap_get_module_config(section, &jobsessions_module);
}

int config_has_fleet(request_rec *r)
{
    const struct database_directive *database = config_of_server(r->server)->database;
    return database != NULL && database->is_fleet;
}

js_shape config_shape(const struct location_config *config)
{
    return config->shape >= 0 ? (js_shape)config->shape : mount_shape(config->mount);
}

int config_below_mount(request_rec *r)
{
    const apr_array_header_t *mounts = config_of_server(r->server)->mounts;
    if (config_of_request(r)->mount != NULL) {
        return 1;
    }
    for (int i = 0; r->uri != NULL && i < mounts->nelts; i++) {
        const char *mount = APR_ARRAY_IDX(mounts, i, const char *);
        apr_size_t length = strlen(mount);
        if (strncmp(r->uri, mount, length) == 0
            && (r->uri[length] == '/' || r->uri[length] == '\0')) {
            return 1;
        }
    }
    return 0;
}

/* core's SetHandler, listened in on: it alone knows where the API is mounted. */
static const char *set_handler(cmd_parms *cmd, void *config_, const char *handler)
{
    struct location_config *config = config_;
    js_links links;
    js_error error;
    config->answers = mount_is_handler(handler) || mount_is_beside(handler);
    config->beside = mount_is_beside(handler) ? cmd->path : config->beside;
    if (mount_is_misspelt_handler(handler)) {
        return apr_psprintf(
            cmd->pool,
            JSLOGNO(0122) "SetHandler %s: no module has this handler; write "
                          "SetHandler jobsessions, jobsessions-metrics or jobsessions-probe",
            handler);
    }
    if (!mount_is_handler(handler)) {
        return DECLINE_CMD;
    }
    const char *fault = mount_fault(cmd);
    if (fault != NULL) {
        return fault;
    }
    config->mount = apr_pstrdup(cmd->pool, cmd->path);
    if (js_links_make(&links, "https://localhost", config->mount, &error) != JS_OK) {
        return apr_psprintf(cmd->pool, JSLOGNO(0123) "SetHandler jobsessions: %s", error.message);
    }
    APR_ARRAY_PUSH(config_of_server(cmd->server)->mounts, const char *) = config->mount;
    return NULL;
}

static const char *set_path(cmd_parms *cmd, const char *path, const char **absolute)
{
    *absolute = ap_server_root_relative(cmd->pool, path);
    return *absolute != NULL
               ? NULL
               : apr_psprintf(cmd->pool, JSLOGNO(0124) "%s: invalid path %s", cmd->cmd->name, path);
}

/* The database of a fleet; where it is, and by which role it is read, DBDParams says. */
#define FLEET "postgresql:"

static const char *set_database(cmd_parms *cmd, void *dummy, const char *path)
{
    struct database_directive *database = apr_pcalloc(cmd->pool, sizeof(*database));
    (void)dummy;
    config_of_server(cmd->server)->database = database;
    if (strcmp(path, FLEET) == 0) {
        database->path = path;
        database->is_fleet = 1;
        return NULL;
    }
    if (ap_cstr_casecmpn(path, "postgres", strlen("postgres")) == 0 && strchr(path, ':') != NULL) {
        return apr_psprintf(
            cmd->pool,
            JSLOGNO(0129) "%s: write %s alone, and \"DBDriver pgsql\" and DBDParams "
                          "beside it, which say where PostgreSQL is",
            cmd->cmd->name, FLEET);
    }
    return set_path(cmd, path, &database->path);
}

static const char *set_spool_directory(cmd_parms *cmd, void *dummy, const char *path)
{
    (void)dummy;
    return set_path(cmd, path, &config_of_server(cmd->server)->spool_directory);
}

static const char *set_cache_directory(cmd_parms *cmd, void *dummy, const char *path)
{
    (void)dummy;
    return set_path(cmd, path, &config_of_server(cmd->server)->cache_directory);
}

static const char *set_stop_directory(cmd_parms *cmd, void *dummy, const char *path)
{
    (void)dummy;
    return set_path(cmd, path, &config_of_server(cmd->server)->stop_directory);
}

static const char *set_spool_limit(cmd_parms *cmd, void *dummy, const char *text)
{
    char *end;
    apr_off_t limit;
    (void)dummy;
    if (apr_strtoff(&limit, text, &end, 10) != APR_SUCCESS || *end != '\0' || limit < 0) {
        return apr_psprintf(cmd->pool, JSLOGNO(0125) "%s takes a number of bytes, not %s",
                            cmd->cmd->name, text);
    }
    config_of_server(cmd->server)->spool_limit = limit;
    return NULL;
}

/* A number of bytes, or one with K, M, G or T. NULL, or what is wrong. */
static const char *set_size(cmd_parms *cmd, const char *text, apr_off_t least, apr_off_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    apr_off_t value;
    if (apr_strtoff(&value, text, &end, 10) == APR_SUCCESS && end != text && value >= least) {
        const char *unit = *end != '\0' ? strchr(units, apr_toupper(*end)) : NULL;
        unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
        end += unit != NULL;
        if (*end == '\0' && value <= APR_INT64_MAX >> shift) {
            *size = value << shift;
            return NULL;
        }
    }
    return apr_psprintf(
        cmd->pool, JSLOGNO(0126) "%s takes a number of bytes, or one with K, M, G or T, not \"%s\"",
        cmd->cmd->name, text);
}

static const char *set_spool_reserve(cmd_parms *cmd, void *dummy, const char *text)
{
    (void)dummy;
    return set_size(cmd, text, 0, &config_of_server(cmd->server)->spool_reserve);
}

static const char *set_cache_limit(cmd_parms *cmd, void *dummy, const char *text)
{
    (void)dummy;
    return set_size(cmd, text, 0, &config_of_server(cmd->server)->cache_limit);
}

static const char *set_map_size(cmd_parms *cmd, void *dummy, const char *text)
{
    (void)dummy;
    return set_size(cmd, text, 1, &config_of_server(cmd->server)->map_size);
}

static const char *set_base_url(cmd_parms *cmd, void *config_, const char *url)
{
    struct location_config *config = config_;
    js_links links;
    js_error error;
    if (js_links_make(&links, url, NULL, &error) != JS_OK) {
        return apr_psprintf(cmd->pool, JSLOGNO(0127) "%s: %s", cmd->cmd->name, error.message);
    }
    config->base_url = url;
    return NULL;
}

static const char *set_anonymous(cmd_parms *cmd, void *config_, int on)
{
    struct location_config *config = config_;
    const char *wrong = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES);
    config->anonymous = on;
    return wrong;
}

static const char *set_strict_query(cmd_parms *cmd, void *config_, int on)
{
    struct location_config *config = config_;
    (void)cmd;
    config->strict_query = on;
    return NULL;
}

static const char *set_api_version(cmd_parms *cmd, void *config_, const char *version)
{
    struct location_config *config = config_;
    config->shape = strcmp(version, "v1") == 0     ? JS_SHAPE_STORED
                    : strcmp(version, "v8.1") == 0 ? JS_SHAPE_V8_1
                                                   : -1;
    return config->shape >= 0
               ? NULL
               : apr_psprintf(cmd->pool, JSLOGNO(0128) "%s takes v1 or v8.1, not \"%s\"",
                              cmd->cmd->name, version);
}

const command_rec config_directives[] = {
    AP_INIT_TAKE1("SetHandler", set_handler, NULL, OR_FILEINFO,
                  "jobsessions: answer below this <Location> with the job-session API"),
    AP_INIT_TAKE1("JobSessionsDatabase", set_database, NULL, RSRC_CONF,
                  "directory of the job-session database, or postgresql: for that of a fleet, to "
                  "which DBDParams lead"),
    AP_INIT_TAKE1("JobSessionsBaseURL", set_base_url, NULL, RSRC_CONF | ACCESS_CONF,
                  "URL before the mount in every link, such as https://console.example; without it "
                  "links are built from the request"),
    AP_INIT_FLAG("JobSessionsAnonymous", set_anonymous, NULL, ACCESS_CONF,
                 "On: answer requests that no authentication module has authenticated (Off)"),
    AP_INIT_FLAG("JobSessionsStrictQuery", set_strict_query, NULL, RSRC_CONF | ACCESS_CONF,
                 "On: refuse query parameters that a resource does not have (Off: ignore them)"),
    AP_INIT_TAKE1("JobSessionsApiVersion", set_api_version, NULL, RSRC_CONF | ACCESS_CONF,
                  "v1 or v8.1: in whose members and types sessions are shown (what the mount's "
                  "path says, else "
                  "v1)"),
    AP_INIT_TAKE1("JobSessionsSpoolDirectory", set_spool_directory, NULL, RSRC_CONF,
                  "where the rest of a response waits for a slow client ($TMPDIR, else "
                  "/var/tmp)"),
    AP_INIT_TAKE1("JobSessionsCacheDirectory", set_cache_directory, NULL, RSRC_CONF,
                  "directory of httpd's user where exports that are compressed are kept, so that "
                  "they are sent from there; without it the module compresses nothing"),
    AP_INIT_TAKE1("JobSessionsCacheLimit", set_cache_limit, NULL, RSRC_CONF,
                  "bytes that may be kept there, also with K, M, G or T (1G)"),
    AP_INIT_TAKE1("JobSessionsStopRequests", set_stop_directory, NULL, RSRC_CONF,
                  "directory in which workers find requests to stop their sessions; without it "
                  "there is no POST {id}/stop"),
    AP_INIT_TAKE1("JobSessionsSpoolLimit", set_spool_limit, NULL, RSRC_CONF,
                  "bytes that may wait for slow clients, of all processes (17179869184); a client "
                  "beyond that is disconnected"),
    AP_INIT_TAKE1(
        "JobSessionsMapSize", set_map_size, NULL, RSRC_CONF,
        "how large the database may be, in bytes or with K, M, G or T (64G); twice that is "
        "reserved as address space"),
    AP_INIT_TAKE1(
        "JobSessionsSpoolReserve", set_spool_reserve, NULL, RSRC_CONF,
        "bytes of the spool directory's file system that are left free, also with K, M, G or "
        "T (5 % of it, at most 1G); a client beyond that is disconnected"),
    {NULL}};
