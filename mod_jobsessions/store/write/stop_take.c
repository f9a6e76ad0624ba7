/* SPDX-License-Identifier: Apache-2.0 */
/* js_stop_take(): what was asked of a session becomes its status and a line of its log, in one transaction. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/ticks.h"
#include "format/status.h"
#include "stop/stop.h"
#include "write/naming.h"
#include "write/transaction.h"

static js_result set_status(js_transaction *transaction, uint64_t id, js_error *error)
{
    char name[JS_ID_TEXT];
    char patch[JS_ID_TEXT + 32];
    js_result result = js_transaction_id_text(transaction, id, name, error);
    if (result != JS_OK) {
        return result;
    }
    int length = snprintf(patch, sizeof(patch), "{\"id\":\"%s\",\"status\":\"Canceling\"}", name);
    return js_transaction_update(transaction, patch, (size_t)length, NULL, error);
}

static void write_line(jsp_text *line, const js_stop_request *request)
{
    char now[JSP_TICKS_TEXT];
    char message[sizeof(*request) + 64];
    static const char begin[] = "{\"status\":\"Warning\",\"message\":";
    static const char middle[] = ",\"logTime\":";
    (void)jsp_date_format(jsp_ticks_now(), now);
    (void)snprintf(message, sizeof(message), "%s asked at %s that the session be stopped",
                   request->user[0] != '\0' ? request->user : "Somebody", request->time);
    jsp_text_bytes(line, begin, strlen(begin));
    jsp_text_string(line, message, strlen(message));
    jsp_text_bytes(line, middle, strlen(middle));
    jsp_text_string(line, now, strlen(now));
    jsp_text_bytes(line, "}", 1);
}

static js_result append_line(js_transaction *transaction, uint64_t id,
                             const js_stop_request *request, js_error *error)
{
    jsp_text line = {0};
    write_line(&line, request);
    js_result result =
        line.failed ? jsp_fail(error, JS_SYSTEM, "out of memory")
                    : js_transaction_append(transaction, id, JS_LOG, line.data, line.length, error);
    jsp_text_free(&line);
    return result;
}

/* One that was taken up already, by who was killed before the file was gone, is not logged twice. */
static js_result take_up(js_transaction *transaction, uint64_t id, const js_stop_request *request,
                         js_error *error)
{
    jsp_entry entry;
    js_result result = jsp_naming_find(transaction, id, &entry, error);
    if (result != JS_OK || entry.status == jsp_status_code("Canceling")) {
        return result;
    }
    if (!jsp_status_is_running(entry.status)) {
        return jsp_fail(error, JS_NOT_FOUND, "the session that is to be stopped has ended");
    }
    result = set_status(transaction, id, error);
    return result == JS_OK ? append_line(transaction, id, request, error) : result;
}

static js_result write_down(js_database *database, uint64_t id, const js_stop_request *request,
                            js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = take_up(transaction, id, request, error);
    return jsp_transaction_end(transaction, result, error);
}

js_result js_stop_take(js_database *database, const char *path, uint64_t id,
                       js_stop_request *request, js_error *error)
{
    jsp_stop_directory directory;
    char name[JSP_STOP_NAME];
    js_result result = jsp_stop_open(&directory, path, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_stop_find(database, &directory, id, name, request, error);
    if (result == JS_OK) {
        result = write_down(database, id, request, error);
        if (result == JS_OK || result == JS_NOT_FOUND) {
            jsp_stop_remove(&directory, name);
        }
    }
    jsp_stop_close(&directory);
    return result;
}
