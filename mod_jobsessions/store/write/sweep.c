/* SPDX-License-Identifier: Apache-2.0 */
/* js_transaction_sweep(): a session whose worker is gone is closed, by who has its turn to write and looks then. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/ticks.h"
#include "format/status.h"
#include "write/naming.h"
#include "write/workers.h"

/* Statuses, times and ids need no escape. */
#define PATCH 192

static js_result set_status(js_transaction *transaction, uint64_t id, const char *status,
                            const char *stop, js_error *error)
{
    char patch[PATCH];
    int length = snprintf(patch, sizeof(patch),
                          "{\"id\":\"%s\",\"status\":\"%s\",\"executionStopTime\":\"%s\"}",
                          jsp_naming_of(transaction, id).text, status, stop);
    return js_transaction_update(transaction, patch, (size_t)length, NULL, error);
}

static js_result append_line(js_transaction *transaction, uint64_t id, const char *status,
                             const js_worker *worker, js_error *error)
{
    char now[JSP_TICKS_TEXT];
    char line[PATCH + sizeof(worker->what) + sizeof(worker->heard)];
    (void)jsp_date_format(jsp_ticks_now(), now);
    int length = snprintf(line, sizeof(line),
                          "{\"logTime\":\"%s\",\"status\":\"Error\",\"message\":\"Swept as %s: "
                          "%s; its worker was last heard of %s%s\"}",
                          now, status, worker->what, worker->heard[0] != '\0' ? "at " : "never",
                          worker->heard);
    return js_transaction_append(transaction, id, JS_LOG, line, (size_t)length, error);
}

/* An update finishes the session, so its worker is forgotten with it. */
static js_result close_session(js_transaction *transaction, uint64_t id, const char *status,
                               const js_worker *worker, js_error *error)
{
    char now[JSP_TICKS_TEXT];
    (void)jsp_date_format(jsp_ticks_now(), now);
    js_result result =
        set_status(transaction, id, status, worker->heard[0] != '\0' ? worker->heard : now, error);
    return result == JS_OK ? append_line(transaction, id, status, worker, error) : result;
}

/* Whether it has been quiet for so long that it is swept though nobody sees its worker. */
static bool is_quiet(const jsp_worker *known, const js_sweep *sweep)
{
    int64_t quiet = jsp_ticks_now() - known->time;
    return sweep->quiet_for >= 0 && quiet / JSP_TICKS_SECOND >= sweep->quiet_for && quiet >= 0;
}

static js_result leave(js_transaction *transaction, uint64_t id, const js_worker *worker,
                       js_error *error)
{
    return jsp_fail(error, JS_RUNNING, "%s: session \"%s\" is left as it is: %s",
                    transaction->database->directory, jsp_naming_of(transaction, id).text,
                    worker->what);
}

/* What sessions become; JSP_STATUS_NONE: no session has it that is finished. */
static unsigned status_of(const js_sweep *sweep)
{
    unsigned code = jsp_status_find(sweep->status != NULL ? sweep->status : "Failed");
    return jsp_status_is_running(code) ? JSP_STATUS_NONE : code;
}

/* A session that is not finished. */
static js_result look(js_transaction *transaction, const jsp_entry *entry, const js_sweep *sweep,
                      js_worker *worker, js_error *error)
{
    jsp_worker known;
    uint64_t id = entry->id;
    int rc = jsp_workers_find(transaction, id, entry->usn, &known);
    bool is_known = rc == 0;
    jsp_worker_judge(is_known ? &known : NULL, worker);
    known.time = is_known ? known.time : jsp_ticks_now();
    bool may = worker->state != JS_WORKER_LIVES && is_quiet(&known, sweep);
    if ((is_known || rc == MDB_NOTFOUND) && (may || worker->state == JS_WORKER_GONE)) {
        return close_session(transaction, id, jsp_status_name(status_of(sweep)), worker, error);
    }
    if (rc == MDB_NOTFOUND) {
        rc = jsp_workers_note_nobody(transaction, id, entry->usn);
    }
    return rc == 0 ? leave(transaction, id, worker, error)
                   : jsp_transaction_break(transaction, error, rc, "look who writes");
}

/* What an earlier version has left of a worker. */
static js_result tidy(js_transaction *transaction, uint64_t id, js_result result, js_error *error)
{
    int rc = jsp_workers_forget(transaction, id);
    return rc == 0 ? result : jsp_transaction_break(transaction, error, rc, "forget a worker");
}

js_result js_transaction_sweep(js_transaction *transaction, uint64_t id, const js_sweep *sweep,
                               js_worker *worker, js_error *error)
{
    jsp_entry entry;
    js_worker judged = {0};
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    if (status_of(sweep) == JSP_STATUS_NONE) {
        return jsp_refuse(error, "status", "is %s, which no session has that is finished",
                          sweep->status);
    }
    result = jsp_naming_find(transaction, id, &entry, error);
    if (result == JS_OK && jsp_status_is_running(entry.status)) {
        result = look(transaction, &entry, sweep, &judged, error);
    } else if (result == JS_OK || result == JS_NOT_FOUND) {
        result = tidy(transaction, id, result == JS_OK ? JS_FINISHED : result, error);
    }
    if (worker != NULL) {
        *worker = judged;
    }
    return result;
}
