/* SPDX-License-Identifier: Apache-2.0 */
#include "server/counters.h"

#include "apr_atomic.h"
#include "apr_shm.h"
#include "apr_strings.h"

#include "server/config.h"

/* With its size, as a restart may load another module. */
#define KEY "jobsessions-counters %" APR_SIZE_T_FMT " %s"

const char *const counted_resource_names[] = {
    [COUNTED_OTHER] = "other",     [COUNTED_LIST] = "list",         [COUNTED_EXPORT] = "export",
    [COUNTED_SESSION] = "session", [COUNTED_LOG] = "log",           [COUNTED_ITEMS] = "items",
    [COUNTED_SUMMARY] = "summary", [COUNTED_POLICIES] = "policies", [COUNTED_METRICS] = "metrics",
    [COUNTED_STOP] = "stop",
};

const char *const document_end_names[] = {
    [DOCUMENT_WHOLE] = "whole", [DOCUMENT_DAMAGED] = "damaged", [DOCUMENT_ABORTED] = "aborted",
    [DOCUMENT_SLOW] = "slow",   [DOCUMENT_BROKEN] = "broken",
};

const char *const counted_error_names[] = {
    "JS0300", "JS0302", "JS0320", "JS0361", "JS0410", "JS0411",
    "JS0412", "JS0413", "JS0421", "JS0423", "JS0424",
};

static const unsigned error_numbers[COUNTED_ERRORS] = {300, 302, 320, 361, 410, 411,
                                                       412, 413, 421, 423, 424};

/* Where the counters of a path are, or are going to be. They are not unmapped: old children use them yet. */
static apr_status_t find_or_make(apr_pool_t *lasting, apr_pool_t *scratch, const char *path,
                                 struct counters **counters)
{
    const char *key = apr_psprintf(scratch, KEY, sizeof(struct counters), path);
    void *found = NULL;
    apr_shm_t *shared;
    apr_status_t status = APR_SUCCESS;
    (void)apr_pool_userdata_get(&found, key, lasting);
    if (found == NULL) {
        status = apr_shm_create(&shared, sizeof(struct counters), NULL, lasting);
        found = status == APR_SUCCESS ? apr_shm_baseaddr_get(shared)
                                      : apr_palloc(lasting, sizeof(struct counters));
        memset(found, 0, sizeof(struct counters));
        (void)apr_pool_userdata_set(found, key, NULL, lasting);
    }
    *counters = found;
    return status;
}

apr_status_t counters_create(apr_pool_t *scratch, server_rec *servers)
{
    apr_status_t status = APR_SUCCESS;
    for (server_rec *server = servers; server != NULL; server = server->next) {
        struct database_directive *database = config_of_server(server)->database;
        if (database != NULL && database->counters == NULL) {
            apr_status_t made =
                find_or_make(server->process->pool, scratch, database->path, &database->counters);
            status = made != APR_SUCCESS ? made : status;
        }
    }
    return status;
}

static struct counters *counters_of(server_rec *server)
{
    const struct database_directive *database = config_of_server(server)->database;
    return database != NULL ? database->counters : NULL;
}

void counters_request(server_rec *server, enum counted_resource resource, int status)
{
    struct counters *counters = counters_of(server);
    int class = status / 100;
    if (counters != NULL && class >= 1 && class <= COUNTED_CLASSES) {
        (void)apr_atomic_inc64(&counters->requests[resource][class - 1]);
    }
}

void counters_document(server_rec *server, enum counted_resource resource, enum document_end end,
                       apr_uint64_t sessions, apr_uint64_t bytes)
{
    struct counters *counters = counters_of(server);
    if (counters == NULL) {
        return;
    }
    (void)apr_atomic_inc64(&counters->documents[resource][end]);
    (void)apr_atomic_add64(&counters->bytes, bytes);
    if (end == DOCUMENT_WHOLE || end == DOCUMENT_DAMAGED) {
        (void)apr_atomic_add64(&counters->sessions, sessions);
    }
}

void counters_damage(server_rec *server)
{
    struct counters *counters = counters_of(server);
    if (counters != NULL) {
        (void)apr_atomic_inc64(&counters->damaged);
    }
}

void counters_spooled(server_rec *server)
{
    struct counters *counters = counters_of(server);
    if (counters != NULL) {
        (void)apr_atomic_inc64(&counters->spooled);
    }
}

void counters_error(server_rec *server, unsigned number)
{
    struct counters *counters = counters_of(server);
    for (unsigned i = 0; counters != NULL && i < COUNTED_ERRORS; i++) {
        if (error_numbers[i] == number) {
            (void)apr_atomic_inc64(&counters->errors[i]);
        }
    }
}

void counters_read(server_rec *server, struct counters *copy)
{
    struct counters *counters = counters_of(server);
    memset(copy, 0, sizeof(*copy));
    if (counters == NULL) {
        return;
    }
    for (apr_size_t i = 0; i < sizeof(*copy) / sizeof(apr_uint64_t); i++) {
        ((apr_uint64_t *)copy)[i] = apr_atomic_read64((apr_uint64_t *)counters + i);
    }
}
