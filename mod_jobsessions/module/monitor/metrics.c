/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/metrics.h"

#include <stddef.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"

#include "monitor/overview.h"
#include "request/accept.h"
#include "request/access.h"
#include "request/parameters.h"
#include "request/problem.h"

#define TEXT "text/plain"
#define OPEN_METRICS "application/openmetrics-text"

/* While they are written. */
struct writer {
    request_rec *r;
    const struct overview *overview;
    int is_open_metrics;
    int is_labelled; /* by directory */
};

/* A family that has one number a database. */
struct family {
    const char *name;
    const char *help;
    apr_size_t offset; /* of an apr_uint64_t in a struct overview_database */
    int of_readable;   /* not known where the database cannot be read */
};

#define FIELD(member) offsetof(struct overview_database, member)

static const struct family gauges[] = {
    {"jobsessions_up", "Whether the database can be read.", FIELD(is_up), 0},
    {"jobsessions_sessions", "Sessions in the database.", FIELD(totals.count), 1},
    {"jobsessions_items", "Items of all logs and lists.", FIELD(totals.items), 1},
    {"jobsessions_removed_sessions", "Removed sessions that left a tombstone.",
     FIELD(totals.removed), 1},
    {"jobsessions_last_usn", "Number of the last change.", FIELD(totals.usn), 1},
    {"jobsessions_json_bytes", "JSON of all sessions.", FIELD(totals.json_bytes), 1},
    {"jobsessions_file_bytes", "Bytes in use of data.mdb.", FIELD(file_bytes), 1},
    {"jobsessions_file_free_bytes", "Of them on free pages.", FIELD(free_bytes), 1},
    {"jobsessions_file_max_bytes", "What data.mdb may grow to for httpd.", FIELD(space.map_size),
     1},
    {"jobsessions_readers", "Slots of the reader table that any process has.", FIELD(readers), 1},
    {"jobsessions_snapshots", "Snapshots that any process holds.", FIELD(snapshots), 1},
    {"jobsessions_oldest_snapshot_transactions",
     "Transactions that were committed since the oldest snapshot began.", FIELD(oldest), 1},
};

static const struct family counted[] = {
    {"jobsessions_sent_sessions", "Sessions and items in documents that were sent to their end.",
     FIELD(counters.sessions), 0},
    {"jobsessions_sent_bytes", "Bytes of documents, before compression.", FIELD(counters.bytes), 0},
    {"jobsessions_damaged_records", "Damaged records that were met.", FIELD(counters.damaged), 0},
    {"jobsessions_spooled_documents", "Documents whose rest was spooled for a slow client.",
     FIELD(counters.spooled), 0},
};

/* ---- Text ------------------------------------------------------------------------------------ */

/* A value of a label; what is not UTF-8 loses what is not ASCII. */
static const char *escape(apr_pool_t *pool, const char *text)
{
    int is_utf8 = js_utf8_is_valid(text, strlen(text));
    char *escaped = apr_palloc(pool, 2 * strlen(text) + 1);
    char *to = escaped;
    for (; *text != '\0'; text++) {
        char character = *text;
        if (character == '\\' || character == '"' || character == '\n') {
            *to++ = '\\';
        }
        if (character == '\n') {
            character = 'n';
        } else if ((unsigned char)character >= 0x80 && !is_utf8) {
            character = '?';
        }
        *to++ = character;
    }
    *to = '\0';
    return escaped;
}

static void put_head(const struct writer *writer, const char *name, const char *help,
                     int is_counter)
{
    /* OpenMetrics has a counter's family without the ending of its samples */
    const char *end = is_counter && !writer->is_open_metrics ? "_total" : "";
    ap_rprintf(writer->r, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, end, help, name, end,
               is_counter ? "counter" : "gauge");
}

/* labels: those beside the database's, each with a comma behind it. */
static void put_sample(const struct writer *writer, const char *name, const char *end,
                       const struct overview_database *database, const char *labels,
                       apr_uint64_t value)
{
    const char *all = labels;
    if (writer->is_labelled) {
        all = apr_pstrcat(writer->r->pool, "database=\"", escape(writer->r->pool, database->path),
                          "\",", labels, NULL);
    }
    if (*all == '\0') {
        ap_rprintf(writer->r, "%s%s %" APR_UINT64_T_FMT "\n", name, end, value);
    } else {
        ap_rprintf(writer->r, "%s%s{%.*s} %" APR_UINT64_T_FMT "\n", name, end, (int)strlen(all) - 1,
                   all, value);
    }
}

static const struct overview_database *database_at(const struct writer *writer, int i)
{
    return &APR_ARRAY_IDX(writer->overview->databases, i, struct overview_database);
}

/* ---- Families -------------------------------------------------------------------------------- */

static void put_family(const struct writer *writer, const struct family *family, int is_counter)
{
    put_head(writer, family->name, family->help, is_counter);
    for (int i = 0; i < writer->overview->databases->nelts; i++) {
        const struct overview_database *database = database_at(writer, i);
        const void *value = (const char *)database + family->offset;
        if (database->is_up || !family->of_readable) {
            put_sample(writer, family->name, is_counter ? "_total" : "", database, "",
                       *(const apr_uint64_t *)value);
        }
    }
}

static void put_requests(const struct writer *writer, const struct overview_database *database)
{
    for (unsigned resource = 0; resource < COUNTED_RESOURCES; resource++) {
        for (unsigned class = 1; class < COUNTED_CLASSES; class ++) { /* nobody answers 1xx */
            const char *labels = apr_psprintf(writer->r->pool, "resource=\"%s\",status=\"%uxx\",",
                                              counted_resource_names[resource], class + 1);
            put_sample(writer, "jobsessions_requests", "_total", database, labels,
                       database->counters.requests[resource][class]);
        }
    }
}

static void put_documents(const struct writer *writer, const struct overview_database *database)
{
    for (unsigned resource = COUNTED_LIST; resource <= COUNTED_POLICIES; resource++) {
        for (unsigned end = DOCUMENT_WHOLE; end < DOCUMENT_ENDS; end++) {
            const char *labels =
                apr_psprintf(writer->r->pool, "resource=\"%s\",end=\"%s\",",
                             counted_resource_names[resource], document_end_names[end]);
            put_sample(writer, "jobsessions_documents", "_total", database, labels,
                       database->counters.documents[resource][end]);
        }
    }
}

static void put_errors(const struct writer *writer, const struct overview_database *database)
{
    for (unsigned i = 0; i < COUNTED_ERRORS; i++) {
        const char *labels =
            apr_psprintf(writer->r->pool, "message=\"%s\",", counted_error_names[i]);
        put_sample(writer, "jobsessions_errors", "_total", database, labels,
                   database->counters.errors[i]);
    }
}

static void put_labelled(const struct writer *writer, const char *name, const char *help,
                         void (*put)(const struct writer *, const struct overview_database *))
{
    put_head(writer, name, help, 1);
    for (int i = 0; i < writer->overview->databases->nelts; i++) {
        put(writer, database_at(writer, i));
    }
}

/* Of httpd, not of a database. */
static void put_single(const struct writer *writer, const char *name, const char *help,
                       apr_uint64_t value)
{
    put_head(writer, name, help, 0);
    ap_rprintf(writer->r, "%s %" APR_UINT64_T_FMT "\n", name, value);
}

static void put_all(const struct writer *writer)
{
    for (unsigned i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
        put_family(writer, &gauges[i], 0);
    }
    for (unsigned i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        put_family(writer, &counted[i], 1);
    }
    put_labelled(writer, "jobsessions_requests", "Requests answered.", put_requests);
    put_labelled(writer, "jobsessions_documents", "Documents, by how they ended.", put_documents);
    put_labelled(writer, "jobsessions_errors", "Messages in the error log.", put_errors);
    put_single(writer, "jobsessions_spooled_bytes", "What waits for slow clients now.",
               writer->overview->spooled_bytes);
    put_single(writer, "jobsessions_spool_clients", "Who waits for it.",
               writer->overview->spool_clients);
    put_head(writer, "jobsessions_build_info", "The release of mod_jobsessions.", 0);
    ap_rprintf(writer->r, "jobsessions_build_info{version=\"%s\"} 1\n", JS_VERSION);
    ap_rputs(writer->is_open_metrics ? "# EOF\n" : "", writer->r);
}

/* ---- Requests -------------------------------------------------------------------------------- */

static int answer(request_rec *r, server_rec *server)
{
    struct writer writer = {.r = r, .is_labelled = server == NULL};
    writer.is_open_metrics = accept_quality(r, OPEN_METRICS) > accept_quality(r, TEXT);
    writer.overview = overview_make(r, server);
    ap_set_content_type(r, writer.is_open_metrics ? OPEN_METRICS "; version=1.0.0; charset=utf-8"
                                                  : TEXT "; version=0.0.4; charset=utf-8");
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (!r->header_only) {
        put_all(&writer);
    }
    return OK;
}

int metrics_handle(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, "jobsessions-metrics") != 0) {
        return DECLINED;
    }
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number != M_GET) {
        return r->method_number == M_OPTIONS ? DECLINED : HTTP_METHOD_NOT_ALLOWED;
    }
    int status = access_check(r);
    return status == OK ? answer(r, NULL) : status;
}

int metrics_answer(request_rec *r)
{
    static const char *const none[] = {NULL};
    static const struct parameter_names no_parameters = {none, none, ""};
    struct parameters parameters;
    parameters_read(&parameters, r, r->args, &no_parameters);
    int status = problem_any(r);
    return status == OK ? answer(r, r->server) : status;
}
