/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/overview.h"

#include "httpd.h"

#include "http_config.h"
#include "http_log.h"
#include "http_main.h"

#include "response/spool_budget.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

/* A js_reader_report. */
static void count_reader(void *database_, const js_reader *reader)
{
    struct overview_database *database = database_;
    database->readers++;
    database->snapshots += reader->reading;
    if (reader->reading && reader->age > database->oldest) {
        database->oldest = reader->age;
    }
}

static js_result look_into(js_database *store, struct overview_database *database, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(store, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_snapshot_totals(snapshot, &database->totals, error);
    if (result == JS_OK) {
        result = js_snapshot_space(snapshot, &database->space, error);
    }
    js_snapshot_end(snapshot); /* or it would count as a reader's */
    return result == JS_OK ? js_readers(store, count_reader, database, error) : result;
}

static js_result look_at(server_rec *server, struct overview_database *database, js_error *error)
{
    struct database *opened;
    js_result result = databases_acquire(server, &opened, error);
    if (result == JS_OK) {
        result = look_into(databases_store(opened), database, error);
        databases_release(opened);
    }
    return result;
}

static void add(request_rec *r, struct overview *overview, server_rec *server)
{
    struct overview_database *database = apr_array_push(overview->databases);
    js_error error;
    *database = (struct overview_database){.path = config_of_server(server)->database->path};
    database->is_up = look_at(server, database, &error) == JS_OK;
    if (!database->is_up) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, JSLOGNO(0500) "%s", error.message);
    }
    database->file_bytes = database->space.pages * database->space.page_size;
    database->free_bytes = database->space.free_pages * database->space.page_size;
    counters_read(server, &database->counters);
}

/* Whether a server has mounts, and a database that is not in the overview yet. */
static int is_wanted(const struct overview *overview, server_rec *server)
{
    const struct server_config *config = config_of_server(server);
    if (config->database == NULL || config->database->is_fleet || config->mounts->nelts == 0) {
        return 0;
    }
    for (int i = 0; i < overview->databases->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(overview->databases, i, struct overview_database).path,
                   config->database->path)
            == 0) {
            return 0;
        }
    }
    return 1;
}

struct overview *overview_make(request_rec *r, server_rec *server)
{
    struct overview *overview = apr_pcalloc(r->pool, sizeof(*overview));
    overview->databases = apr_array_make(r->pool, 1, sizeof(struct overview_database));
    for (server_rec *each = server != NULL ? server : ap_server_conf; each != NULL;
         each = server != NULL ? NULL : each->next) {
        if (is_wanted(overview, each)) {
            add(r, overview, each);
        }
    }
    spool_budget_totals(&overview->spooled_bytes, &overview->spool_clients);
    return overview;
}
