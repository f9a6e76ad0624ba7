/* SPDX-License-Identifier: Apache-2.0 */
/* Asking that a session be stopped, and seeing whether somebody has. Neither writes to the database. */
#include "stop/stop.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ticks.h"
#include "database/index.h"
#include "database/names.h"
#include "database/snapshot.h"
#include "format/status.h"

/* JS_OK: it is not finished; JS_NOT_FOUND, JS_FINISHED, or JS_DAMAGED. */
static js_result look_up(js_snapshot *snapshot, uint64_t id, unsigned *status, js_error *error)
{
    const char *directory = snapshot->database->directory;
    jsp_entry entry;
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry);
    *status = JSP_STATUS_NONE;
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%s\"", directory,
                        jsp_names_of(snapshot, id).text);
    }
    if (rc != 0 || snapshot->counters_damage != NULL) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: session %s cannot be looked up, or the counters are damaged; "
                        "jobsessions -d %s verify tells",
                        directory, jsp_names_of(snapshot, id).text, directory);
    }
    *status = entry.status;
    return jsp_status_is_running(entry.status)
               ? JS_OK
               : jsp_fail(error, JS_FINISHED, "%s: session \"%s\" is finished", directory,
                          jsp_names_of(snapshot, id).text);
}

/* A request that its session has no more use for goes, and what others left behind. */
static void clean_one(js_snapshot *snapshot, const jsp_stop_directory *directory, const char *name)
{
    uint64_t id;
    unsigned status;
    js_error error;
    if (!jsp_stop_is_of(name, snapshot->counters.identity, &id)) {
        jsp_stop_remove_old(directory, name);
        return;
    }
    js_result result = look_up(snapshot, id, &status, &error);
    if (result == JS_NOT_FOUND || result == JS_FINISHED) {
        jsp_stop_remove(directory, name);
    }
}

/* Who asks cleans: there are no more files than sessions run. */
static void clean(js_snapshot *snapshot, const jsp_stop_directory *directory)
{
    int descriptor = openat(directory->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    const struct dirent *file;
    if (files == NULL) {
        (void)close(descriptor);
        return;
    }
    while ((file = readdir(files)) != NULL) {
        clean_one(snapshot, directory, file->d_name);
    }
    (void)closedir(files);
}

/* A name, on one line of UTF-8, cut off behind its last whole character. */
static void copy_user(char to[JS_STOP_USER_MAX], const char *user)
{
    size_t length = strnlen(user, JS_STOP_USER_MAX - 1);
    while (user[length] != '\0' && length > 0 && ((unsigned char)user[length] & 0xc0) == 0x80) {
        length--;
    }
    bool is_text = js_utf8_is_valid(user, length);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)user[i];
        bool is_shown = byte >= 0x20 && byte != 0x7f && (byte < 0x80 || is_text);
        to[i] = user[i];
        if (!is_shown) {
            to[i] = '?';
        }
    }
    to[length] = '\0';
}

/* JS_OK, and the name of the file that asks; JS_END: it is being stopped already; or as js_stop_ask(). */
static js_result prepare(js_database *database, const jsp_stop_directory *directory, uint64_t id,
                         char name[JSP_STOP_NAME], js_error *error)
{
    js_snapshot *snapshot;
    unsigned status;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    result = look_up(snapshot, id, &status, error);
    if (result == JS_OK) {
        clean(snapshot, directory);
        jsp_stop_name(name, snapshot->counters.identity, id);
        result = status == jsp_status_code("Canceling") ? JS_END : JS_OK;
    }
    js_snapshot_end(snapshot);
    return result;
}

js_result js_stop_ask(js_database *database, const char *path, uint64_t id, const char *user,
                      js_error *error)
{
    jsp_stop_directory directory;
    js_stop_request request;
    char name[JSP_STOP_NAME];
    js_result result = jsp_stop_open(&directory, path, error);
    if (result != JS_OK) {
        return result;
    }
    copy_user(request.user, user);
    (void)jsp_date_format(jsp_ticks_now(), request.time);
    result = prepare(database, &directory, id, name, error);
    if (result == JS_OK) {
        result = jsp_stop_write(&directory, name, &request, error);
    }
    jsp_stop_close(&directory);
    return result == JS_END ? JS_OK : result;
}

/* What was asked of a session that has ended meanwhile is asked of nobody. */
static js_result find(js_snapshot *snapshot, const jsp_stop_directory *directory, uint64_t id,
                      char name[JSP_STOP_NAME], js_stop_request *request, js_error *error)
{
    unsigned status;
    jsp_stop_name(name, snapshot->counters.identity, id);
    js_result result = jsp_stop_read(directory, name, request, error);
    if (result != JS_OK) {
        return result;
    }
    result = look_up(snapshot, id, &status, error);
    if (result == JS_NOT_FOUND || result == JS_FINISHED) {
        jsp_stop_remove(directory, name);
        return jsp_fail(error, JS_NOT_FOUND, "the session that is to be stopped has ended");
    }
    return result;
}

js_result jsp_stop_find(js_database *database, const jsp_stop_directory *directory, uint64_t id,
                        char name[JSP_STOP_NAME], js_stop_request *request, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result == JS_OK) {
        result = find(snapshot, directory, id, name, request, error);
        js_snapshot_end(snapshot);
    }
    return result;
}

js_result js_stop_requested(js_database *database, const char *path, uint64_t id,
                            js_stop_request *request, js_error *error)
{
    jsp_stop_directory directory;
    char name[JSP_STOP_NAME];
    js_result result = jsp_stop_open(&directory, path, error);
    if (result == JS_OK) {
        result = jsp_stop_find(database, &directory, id, name, request, error);
        jsp_stop_close(&directory);
    }
    return result;
}
