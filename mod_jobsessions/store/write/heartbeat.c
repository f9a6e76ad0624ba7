/* SPDX-License-Identifier: Apache-2.0 */
/* js_set_worker(), js_heartbeat(): who writes, and that it lives. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "format/status.h"
#include "write/naming.h"
#include "write/workers.h"

js_result js_set_worker(js_database *database, long process, js_error *error)
{
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        return result;
    }
    memset(&database->worker, 0, sizeof(database->worker));
    database->worker_is_known = true;
    if (process == 0) {
        return JS_OK;
    }
    return jsp_running_look(process == JS_WORKER_SELF ? getpid() : process, &database->worker)
               ? JS_OK
               : jsp_fail(error, JS_NOT_FOUND,
                          "%s: there is no process %ld, or /proc does not tell of it; who writes "
                          "is not noted",
                          database->directory, process);
}

static js_result hear(js_transaction *transaction, uint64_t id, js_error *error)
{
    jsp_entry entry;
    js_result result = jsp_naming_find(transaction, id, &entry, error);
    if (result != JS_OK) {
        return result;
    }
    if (!jsp_status_is_running(entry.status)) {
        return jsp_fail(error, JS_FINISHED, "%s: session \"%s\" is finished",
                        transaction->database->directory, jsp_naming_of(transaction, id).text);
    }
    int rc = jsp_workers_hear(transaction, &entry);
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "note who writes");
}

js_result js_heartbeat(js_database *database, uint64_t id, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = hear(transaction, id, error);
    if (result == JS_OK && transaction->checked.tables[JSP_TABLE_WORKERS].writes == 0) {
        js_transaction_abort(transaction); /* it was heard of just now */
        return JS_OK;
    }
    return jsp_transaction_end(transaction, result, error);
}
