/* SPDX-License-Identifier: Apache-2.0 */
#include "server/announce.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_log.h"

#include "jobsessions_read.h"
#include "server/config.h"
#include "server/log.h"
#include "server/probe.h"
#include "server/shared_keys.h"

APLOG_USE_MODULE(jobsessions);

/* A directory that some JobSessionsDatabase names, and who serves it. */
struct served {
    const char *path;
    js_options options;
    const char *mounts; /* "" when nobody does */
};

/* What a child finds there. */
struct found {
    int is_complete;
    js_error error; /* its result: JS_OK when the rest is known */
    js_totals totals;
    char file_system[16]; /* "": a local one, or not known */
};

static struct served *find_or_add(apr_array_header_t *all, const struct server_config *config)
{
    for (int i = 0; i < all->nelts; i++) {
        struct served *served = &APR_ARRAY_IDX(all, i, struct served);
        if (strcmp(served->path, config->database->path) == 0) {
            return served;
        }
    }
    struct served *added = apr_array_push(all);
    *added = (struct served){.path = config->database->path, .mounts = ""};
    added->options.map_size = config->map_size > 0 ? (size_t)config->map_size : 0;
    return added;
}

static void add_mounts(apr_pool_t *pool, struct served *served, const server_rec *server,
                       const apr_array_header_t *mounts)
{
    const char *host =
        server->is_virtual ? apr_pstrcat(pool, " of ", server->server_hostname, NULL) : "";
    for (int i = 0; i < mounts->nelts; i++) {
        served->mounts = apr_pstrcat(pool, served->mounts, served->mounts[0] != '\0' ? ", " : "",
                                     APR_ARRAY_IDX(mounts, i, const char *), host, NULL);
    }
}

/* struct served: of all servers, each directory once. */
static apr_array_header_t *collect(apr_pool_t *pool, server_rec *servers)
{
    apr_array_header_t *all = apr_array_make(pool, 1, sizeof(struct served));
    for (server_rec *server = servers; server != NULL; server = server->next) {
        const struct server_config *config = config_of_server(server);
        if (config->database != NULL && !config->database->is_fleet) {
            add_mounts(pool, find_or_add(all, config), server, config->mounts);
        }
    }
    return all;
}

static js_result count(js_database *database, struct found *found)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, &found->error);
    if (result == JS_OK) {
        result = js_snapshot_totals(snapshot, &found->totals, &found->error);
        js_snapshot_end(snapshot);
    }
    return result;
}

static void look_at(const struct served *served, struct found *found)
{
    const char *file_system = js_distant_file_system(served->path);
    js_database *database;
    found->error.result =
        js_open(served->path, JS_READ, &served->options, &database, &found->error);
    if (found->error.result == JS_OK) {
        found->error.result = count(database, found);
        js_close(database);
    }
    apr_cpystrn(found->file_system, file_system != NULL ? file_system : "",
                sizeof(found->file_system));
    found->is_complete = 1;
}

/* A probe_look. */
static void look_at_all(const void *all_, void *found_, apr_pool_t *pool)
{
    const apr_array_header_t *all = all_;
    struct found *found = found_;
    (void)pool;
    for (int i = 0; i < all->nelts; i++) {
        look_at(&APR_ARRAY_IDX(all, i, struct served), &found[i]);
    }
}

/* On a terminal without the time, in the log with it. */
static int as_heard(int level)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST ? level | APLOG_STARTUP : level;
}

static void warn(server_rec *server, const struct served *served, const struct found *found)
{
    if (served->mounts[0] == '\0') {
        ap_log_error(APLOG_MARK, as_heard(APLOG_WARNING), 0, server,
                     JSLOGNO(0113) "JobSessionsDatabase %s: nobody serves it; write SetHandler "
                                   "jobsessions into a <Location> of a server that has it",
                     served->path);
        return;
    }
    if (!found->is_complete) {
        ap_log_error(APLOG_MARK, as_heard(APLOG_WARNING), 0, server,
                     JSLOGNO(0116) "%s: a process that was to open the database has come to no "
                                   "end, or to an early one; run jobsessions -d %s verify",
                     served->path, served->path);
    } else if (found->error.result != JS_OK) {
        ap_log_error(APLOG_MARK, as_heard(APLOG_WARNING), 0, server,
                     JSLOGNO(0114) "%s; until then requests to %s get 503", found->error.message,
                     served->mounts);
    }
    if (found->file_system[0] != '\0') {
        ap_log_error(
            APLOG_MARK, as_heard(APLOG_WARNING), 0, server,
            JSLOGNO(0115) "JobSessionsDatabase %s lies on %s, where LMDB's locks and maps "
                          "are not to be relied on, and a database may be damaged; move it "
                          "to a local file system",
            served->path, found->file_system);
    }
}

static void tell(server_rec *server, const struct served *served, const struct found *found)
{
    if (served->mounts[0] != '\0' && found->is_complete && found->error.result == JS_OK) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                     JSLOGNO(0112) "mod_jobsessions %s: %s with %" APR_UINT64_T_FMT
                                   " sessions, at %s",
                     JS_VERSION, served->path, found->totals.count, served->mounts);
    }
}

static void warn_of_verifiers(server_rec *server)
{
    if (shared_keys_are_lost()) {
        ap_log_error(APLOG_MARK, as_heard(APLOG_WARNING), 0, server,
                     JSLOGNO(0117) "mod_auth_openidc from 2.4.16 until 2.4.19.1 does not find the "
                                   "keys of OIDCOAuthVerifySharedKeys, and answers 401 to every "
                                   "token; check them by mod_oauth2 (oauth2-shared-key.conf) or "
                                   "sign with a private key (openidc-public-key.conf)");
    }
}

static void announce(apr_pool_t *pool, server_rec *servers, int is_start)
{
    const apr_array_header_t *all = collect(pool, servers);
    const struct found *found = all->nelts > 0
                                    ? probe_children(pool, servers, look_at_all, all,
                                                     (apr_size_t)all->nelts * sizeof(*found))
                                    : NULL;
    if (all->nelts > 0) {
        warn_of_verifiers(servers);
    }
    for (int i = 0; found != NULL && i < all->nelts; i++) {
        const struct served *served = &APR_ARRAY_IDX(all, i, struct served);
        warn(servers, served, &found[i]);
        if (is_start) {
            tell(servers, served, &found[i]);
        }
    }
}

void announce_start(apr_pool_t *ptemp, server_rec *servers)
{
    announce(ptemp, servers, 1);
}

void announce_warnings(apr_pool_t *pconf, server_rec *servers)
{
    announce(pconf, servers, 0);
}
