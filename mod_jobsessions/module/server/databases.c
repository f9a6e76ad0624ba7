/* SPDX-License-Identifier: Apache-2.0 */
#include "server/databases.h"

#include <pthread.h>
#include <stdlib.h>

#include "apr_strings.h"
#include "http_log.h"

#include "server/config.h"
#include "server/exit_lock.h"
#include "server/identity.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

/* How long a child that ends waits for exports in flight before it leaves a database open. */
#define EXIT_WAIT apr_time_from_msec(1000)
#define EXIT_POLL apr_time_from_msec(10)

/* A directory as the configuration names it. */
struct directory {
    const char *path;
    struct database *current; /* where it leads, NULL: nowhere yet */
    struct look identified;   /* the last look at it before that was found */
};

/* Not from a pool: it ends when its last request lets go, in whichever thread that happens. */
struct database {
    struct database *next;
    js_database *store;
    struct identity identity;
    apr_uint64_t serial;
    unsigned requests;
    unsigned directories; /* that lead here */
};

static struct {
    server_rec *servers;
    pthread_mutex_t lock; /* for what follows, and every directory's current */
    struct database *open;
    apr_uint64_t opened; /* databases, so far */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct database *find(const struct identity *identity)
{
    struct database *found = process.open;
    while (found != NULL && !identity_same(&found->identity, identity)) {
        found = found->next;
    }
    return found;
}

/* Of the process, not of one of its virtual hosts. */
static void log_database(const char *what, const struct database *database)
{
    ap_log_error(APLOG_MARK, APLOG_TRACE1, 0, process.servers,
                 JSLOGNO(0201) "database %s: device %" APR_UINT64_T_FMT ", inode %" APR_UINT64_T_FMT
                               "%s",
                 what, (apr_uint64_t)database->identity.data_device,
                 (apr_uint64_t)database->identity.data_inode,
                 database->identity.is_read_only ? ", read-only" : "");
}

static void close_unused(struct database *unused)
{
    struct database **link = &process.open;
    if (unused->requests > 0 || unused->directories > 0) {
        return;
    }
    while (*link != NULL && *link != unused) {
        link = &(*link)->next;
    }
    *link = unused->next;
    log_database("closed", unused);
    js_close(unused->store);
    free(unused);
}

/* Let a directory lead to a database, or nowhere (NULL). */
static void lead(struct directory *directory, struct database *database)
{
    struct database *before = directory->current;
    if (before == database) {
        return;
    }
    directory->current = database;
    if (database != NULL) {
        database->directories++;
    }
    if (before != NULL) {
        before->directories--;
        close_unused(before);
    }
}

static js_result open_new(const char *path, const js_options *options, struct database **opened,
                          js_error *error)
{
    struct identity identity;
    js_database *store;
    js_result result = js_open(path, JS_READ, options, &store, error);
    if (result != JS_OK) {
        return result;
    }
    /* opening may have made the lock file, so only now both are sure to be there */
    struct database *made = identity_read(path, &identity) ? calloc(1, sizeof(*made)) : NULL;
    if (made == NULL) {
        js_close(store);
        error->result = JS_NO_DATABASE;
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "%s: the database went away while it was opened; try again", path);
        return JS_NO_DATABASE;
    }
    made->store = store;
    made->identity = identity;
    made->serial = ++process.opened;
    made->next = process.open;
    process.open = made;
    log_database("opened", made);
    *opened = made;
    return JS_OK;
}

/* The database that a look at the directory is enough to find; with the lock held. One on a file system
 * that is read-only is not: that it can be written to again does not show there. */
static struct database *find_at_once(const struct directory *directory, const struct look *look)
{
    struct database *current = directory->current;
    return current != NULL && !current->identity.is_read_only
                   && look_same(&directory->identified, look)
               ? current
               : NULL;
}

/* Find what a directory leads to now, or open it; with the lock held. */
static js_result find_or_open(struct directory *directory, const js_options *options,
                              const struct look *look, struct database **database, js_error *error)
{
    struct identity identity;
    js_result result = JS_OK;
    *database = identity_read(directory->path, &identity) ? find(&identity) : NULL;
    if (*database == NULL) {
        lead(directory, NULL);
        result = open_new(directory->path, options, database, error);
    }
    if (result == JS_OK) {
        lead(directory, *database);
        directory->identified = *look;
    }
    return result;
}

js_result databases_acquire(server_rec *server, struct database **database, js_error *error)
{
    const struct server_config *config = config_of_server(server);
    struct directory *directory = config->database->directory;
    const js_options options = {.map_size = config->map_size > 0 ? (size_t)config->map_size : 0};
    struct look look;
    js_result result = JS_OK;
    look_at(directory->path, &look);
    (void)pthread_mutex_lock(&process.lock);
    *database = find_at_once(directory, &look);
    if (*database == NULL) {
        result = find_or_open(directory, &options, &look, database, error);
    }
    if (result == JS_OK) {
        (*database)->requests++;
    }
    (void)pthread_mutex_unlock(&process.lock);
    return result;
}

void databases_release(struct database *database)
{
    (void)pthread_mutex_lock(&process.lock);
    database->requests--;
    close_unused(database);
    (void)pthread_mutex_unlock(&process.lock);
}

js_database *databases_store(const struct database *database)
{
    return database->store;
}

apr_uint64_t databases_serial(const struct database *database)
{
    return database->serial;
}

static int any_requests(void)
{
    for (const struct database *each = process.open; each != NULL; each = each->next) {
        if (each->requests > 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether requests have come to their end, or it is not to be waited for any longer; with the lock held.
 * 0: it could not be had again. */
static int await_requests(apr_time_t deadline)
{
    while (any_requests() && monotonic_now() < deadline) {
        (void)pthread_mutex_unlock(&process.lock);
        apr_sleep(EXIT_POLL);
        if (!exit_lock(&process.lock)) {
            return 0;
        }
    }
    return 1;
}

/* The child ends. Threads may still be reading: then their database stays open and the kernel takes
 * it down with the process; the next opener clears its reader slots. */
static apr_status_t close_all(void *dummy)
{
    (void)dummy;
    if (!exit_lock(&process.lock) || !await_requests(monotonic_now() + EXIT_WAIT)) {
        return APR_SUCCESS;
    }
    for (server_rec *server = process.servers; server != NULL; server = server->next) {
        const struct database_directive *directive = config_of_server(server)->database;
        if (directive != NULL && !directive->is_fleet) {
            lead(directive->directory, NULL);
        }
    }
    (void)pthread_mutex_unlock(&process.lock);
    return APR_SUCCESS;
}

/* Give every directive the directory it is about. */
static void make_directories(apr_pool_t *lasting)
{
    for (server_rec *server = process.servers; server != NULL; server = server->next) {
        struct database_directive *directive = config_of_server(server)->database;
        if (directive != NULL && !directive->is_fleet && directive->directory == NULL) {
            directive->directory = apr_pcalloc(lasting, sizeof(*directive->directory));
            directive->directory->path = directive->path;
        }
    }
}

void databases_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server)
{
    process.servers = server;
    make_directories(lasting);
    apr_pool_cleanup_register(pchild, NULL, close_all, apr_pool_cleanup_null);

    for (; server != NULL; server = server->next) {
        struct database *opened;
        js_error error;
        if (config_of_server(server)->mounts->nelts == 0
            || config_of_server(server)->database->is_fleet) {
            continue;
        }
        if (databases_acquire(server, &opened, &error) == JS_OK) {
            databases_release(opened);
        } else {
            /* the start has said so, and the requests are going to */
            ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                         JSLOGNO(0200) "%s; until then requests get 503", error.message);
        }
    }
}
