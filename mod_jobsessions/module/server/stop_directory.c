/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stop_directory.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_core.h"
#include "http_log.h"

#include "server/config.h"
#include "server/log.h"
#include "server/probe.h"

APLOG_USE_MODULE(jobsessions);

static const char *directory_of(const server_rec *server)
{
    const struct server_config *config = config_of_server((server_rec *)server);
    return config->mounts->nelts > 0 ? config->stop_directory : NULL;
}

/* 0 or errno. */
static int try_directory(const char *directory)
{
    struct stat about;
    if (stat(directory, &about) != 0) {
        return errno;
    }
    if (!S_ISDIR(about.st_mode)) {
        return ENOTDIR;
    }
    return access(directory, R_OK | W_OK | X_OK) == 0 ? 0 : errno;
}

/* A probe_look: for each server, why it cannot be used. */
static void try_all(const void *servers, void *statuses_, apr_pool_t *pool)
{
    apr_status_t *statuses = statuses_;
    (void)pool;
    for (const server_rec *server = servers; server != NULL; server = server->next) {
        const char *directory = directory_of(server);
        *statuses++ = directory != NULL ? try_directory(directory) : APR_SUCCESS;
    }
}

/* Whether one directory is the other, or lies below it, whatever links lead there. */
static int is_within(const char *directory, const char *other)
{
    char inner[PATH_MAX];
    char outer[PATH_MAX];
    if (other == NULL || realpath(directory, inner) == NULL || realpath(other, outer) == NULL) {
        return 0;
    }
    apr_size_t length = strlen(outer);
    length -= length > 0 && outer[length - 1] == '/';
    return strncmp(inner, outer, length) == 0 && (inner[length] == '/' || inner[length] == '\0');
}

static int is_published(const char *directory, const server_rec *servers)
{
    for (const server_rec *server = servers; server != NULL; server = server->next) {
        const core_server_config *core = ap_get_core_module_config(server->module_config);
        if (is_within(directory, core->ap_document_root)) {
            return 1;
        }
    }
    return 0;
}

/* What is wrong with where it lies and whose it is, NULL: nothing. */
static const char *fault_of(const char *directory, const server_rec *server,
                            const server_rec *servers)
{
    const struct database_directive *database = config_of_server((server_rec *)server)->database;
    struct stat about;
    if (stat(directory, &about) == 0 && (about.st_mode & S_IWOTH) != 0) {
        return "lets everybody ask in anybody's name: chmod o-w it";
    }
    if (is_published(directory, servers)) {
        return "lies in a DocumentRoot, where clients could fetch what is in it; name one "
               "elsewhere";
    }
    return database != NULL && !database->is_fleet && is_within(directory, database->path)
               ? "lies in the database's directory, which a restore exchanges for another; name "
                 "one "
                 "beside it"
               : NULL;
}

static int fits(server_rec *server, const server_rec *servers, apr_status_t status)
{
    const char *directory = directory_of(server);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, status, server,
                     JSLOGNO(0104) "JobSessionsStopRequests %s: httpd's user cannot use it; make "
                                   "it a directory of a group that httpd's user and the workers "
                                   "are in, with the mode 2770",
                     directory);
        return 0;
    }
    const char *fault = directory != NULL ? fault_of(directory, server, servers) : NULL;
    if (fault != NULL) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, server,
                     JSLOGNO(0105) "JobSessionsStopRequests %s: it %s", directory, fault);
    }
    return fault == NULL;
}

int stop_directories_fit(apr_pool_t *pool, server_rec *servers)
{
    apr_size_t count = 0;
    int any = 0;
    for (const server_rec *server = servers; server != NULL; server = server->next) {
        count++;
        any |= directory_of(server) != NULL;
    }
    const apr_status_t *statuses =
        any ? probe_children(pool, servers, try_all, servers, count * sizeof(*statuses)) : NULL;
    for (server_rec *server = servers; statuses != NULL && server != NULL; server = server->next) {
        if (!fits(server, servers, *statuses++)) {
            return 0;
        }
    }
    return 1;
}
