/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/status_page.h"

#include "httpd.h"

#include "http_config.h"
#include "http_core.h"
#include "http_protocol.h"
#include "mod_status.h"

#include "monitor/overview.h"

static apr_uint64_t documents(const struct counters *counters, enum counted_resource resource)
{
    apr_uint64_t sum = 0;
    for (unsigned end = DOCUMENT_WHOLE; end < DOCUMENT_ENDS; end++) {
        sum += counters->documents[resource][end];
    }
    return sum;
}

static apr_uint64_t ended(const struct counters *counters, enum document_end end)
{
    apr_uint64_t sum = 0;
    for (unsigned resource = 0; resource < COUNTED_RESOURCES; resource++) {
        sum += counters->documents[resource][end];
    }
    return sum;
}

static apr_uint64_t requests(const struct counters *counters, unsigned first_class)
{
    apr_uint64_t sum = 0;
    for (unsigned resource = 0; resource < COUNTED_RESOURCES; resource++) {
        for (unsigned class = first_class; class < COUNTED_CLASSES; class ++) {
            sum += counters->requests[resource][class];
        }
    }
    return sum;
}

/* What is written of a database: names as lines have them, and as people read them. */
struct row {
    const char *name;
    const char *heading;
    apr_uint64_t value;
};

#define ROWS 20

static unsigned make_rows(const struct overview_database *database, struct row rows[ROWS])
{
    const struct counters *counters = &database->counters;
    const struct row all[ROWS] = {
        {"Sessions", "Sessions", database->totals.count},
        {"LastUsn", "Last usn", database->totals.usn},
        {"FileBytes", "Bytes in use of data.mdb", database->file_bytes},
        {"FreeBytes", "Of them on free pages", database->free_bytes},
        {"Snapshots", "Open snapshots", database->snapshots},
        {"OldestSnapshotTransactions", "Transactions since the oldest began", database->oldest},
        {"Requests", "Requests", requests(counters, 0)},
        {"RequestsRefused", "Of them answered 4xx", requests(counters, 3) - requests(counters, 4)},
        {"RequestsFailed", "Of them answered 5xx", requests(counters, 4)},
        {"Exports", "Exports", documents(counters, COUNTED_EXPORT)},
        {"DocumentsWhole", "Documents sent whole", ended(counters, DOCUMENT_WHOLE)},
        {"DocumentsDamaged", "Whole, with placeholders", ended(counters, DOCUMENT_DAMAGED)},
        {"DocumentsAborted", "Left by the client", ended(counters, DOCUMENT_ABORTED)},
        {"DocumentsSlow", "Broken off: the client was too slow", ended(counters, DOCUMENT_SLOW)},
        {"DocumentsBroken", "Broken off: damage", ended(counters, DOCUMENT_BROKEN)},
        {"SentSessions", "Sessions and items sent", counters->sessions},
        {"SentBytes", "Bytes sent", counters->bytes},
        {"DamagedRecords", "Damaged records met", counters->damaged},
        {"SpooledDocuments", "Documents spooled for slow clients", counters->spooled},
    };
    unsigned count = 0;
    while (all[count].name != NULL) {
        rows[count] = all[count];
        count++;
    }
    return count;
}

static void put_lines(request_rec *r, int number, const struct overview_database *database)
{
    struct row rows[ROWS];
    unsigned count = make_rows(database, rows);
    ap_rprintf(r, "JobSessions[%d]Directory: %s\n", number, database->path);
    ap_rprintf(r, "JobSessions[%d]Up: %d\n", number, database->is_up != 0);
    for (unsigned i = 0; i < count; i++) {
        ap_rprintf(r, "JobSessions[%d]%s: %" APR_UINT64_T_FMT "\n", number, rows[i].name,
                   rows[i].value);
    }
    for (unsigned i = 0; i < COUNTED_ERRORS; i++) {
        ap_rprintf(r, "JobSessions[%d]Errors%s: %" APR_UINT64_T_FMT "\n", number,
                   counted_error_names[i], database->counters.errors[i]);
    }
}

static void put_table(request_rec *r, const struct overview_database *database)
{
    struct row rows[ROWS];
    unsigned count = make_rows(database, rows);
    ap_rprintf(r, "<h2>%s</h2>\n", ap_escape_html(r->pool, database->path));
    ap_rputs(database->is_up ? "" : "<p>It cannot be read; the error log says why.</p>\n", r);
    ap_rputs("<table>\n", r);
    for (unsigned i = 0; i < count; i++) {
        ap_rprintf(r, "<tr><th align=\"left\">%s</th><td>%" APR_UINT64_T_FMT "</td></tr>\n",
                   rows[i].heading, rows[i].value);
    }
    for (unsigned i = 0; i < COUNTED_ERRORS; i++) {
        if (database->counters.errors[i] > 0) {
            ap_rprintf(r, "<tr><th align=\"left\">%s</th><td>%" APR_UINT64_T_FMT "</td></tr>\n",
                       counted_error_names[i], database->counters.errors[i]);
        }
    }
    ap_rputs("</table>\n", r);
}

static int add_section(request_rec *r, int flags)
{
    const struct overview *overview = overview_make(r, NULL);
    int is_short = (flags & AP_STATUS_SHORT) != 0;
    ap_rprintf(r,
               is_short ? "JobSessionsSpooledBytes: %" APR_UINT64_T_FMT
                          "\nJobSessionsSpoolClients: %" APR_UINT64_T_FMT "\n"
                        : "<hr />\n<h1>Job sessions</h1>\n<p>%" APR_UINT64_T_FMT
                          " bytes wait for %" APR_UINT64_T_FMT " slow clients.</p>\n",
               overview->spooled_bytes, overview->spool_clients);
    for (int i = 0; i < overview->databases->nelts; i++) {
        const struct overview_database *database =
            &APR_ARRAY_IDX(overview->databases, i, struct overview_database);
        if (is_short) {
            put_lines(r, i, database);
        } else {
            put_table(r, database);
        }
    }
    return OK;
}

void status_page_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, add_section, NULL, NULL, APR_HOOK_MIDDLE);
}
