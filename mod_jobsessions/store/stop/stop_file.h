/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a request to stop a session. It lies in a directory of such files and is named by the database's
 * identity and the session's id, so that no other database takes it for its own, nor one that was restored. Its
 * one line says when it was asked, and behind a blank who did.
 *
 * It comes by link() and is whole as soon as it has its name; who asks first stays. */
#ifndef JS_STORE_STOP_FILE_H
#define JS_STORE_STOP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "jobsessions.h"

#define JSP_STOP_IDENTITY 16
#define JSP_STOP_NAME 64

/* The directory, open. */
typedef struct jsp_stop_directory {
    const char *path; /* for messages */
    int descriptor;
} jsp_stop_directory;

/* JS_OK, or what jsp_stop_fail() returns. Give it back with jsp_stop_close(). */
js_result jsp_stop_open(jsp_stop_directory *directory, const char *path, js_error *error);
void jsp_stop_close(const jsp_stop_directory *directory);

void jsp_stop_name(char name[JSP_STOP_NAME], const uint8_t identity[JSP_STOP_IDENTITY],
                   uint64_t id);

/* JS_OK: the file is there and on disk; or what jsp_stop_fail() returns. */
js_result jsp_stop_write(const jsp_stop_directory *directory, const char *name,
                         const js_stop_request *request, js_error *error);

/* JS_OK; JS_NOT_FOUND: there is none; or what jsp_stop_fail() returns. */
js_result jsp_stop_read(const jsp_stop_directory *directory, const char *name,
                        js_stop_request *request, js_error *error);

/* One that cannot be removed stays: it is met again, and does nothing then. */
void jsp_stop_remove(const jsp_stop_directory *directory, const char *name);

/* Whether a name is that of a request to the database of that identity, and for which session. */
bool jsp_stop_is_of(const char *name, const uint8_t identity[JSP_STOP_IDENTITY], uint64_t *id);

/* Remove a file that was left behind: one of another database, or half written, that is a day old. */
void jsp_stop_remove_old(const jsp_stop_directory *directory, const char *name);

/* What errno says: JS_FORBIDDEN, JS_FULL or JS_SYSTEM. */
js_result jsp_stop_fail(js_error *error, const char *directory, int rc, const char *doing);

#endif
