/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <lmdb.h>

static void fill(js_error *error, js_result result, const char *format, va_list arguments)
{
    if (error == NULL) {
        return;
    }
    error->result = result;
    error->member[0] = '\0';
    (void)vsnprintf(error->message, sizeof(error->message), format, arguments);
    /* a message is one line, also where it repeats bytes it was given */
    for (char *at = error->message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
}

js_result jsp_fail(js_error *error, js_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, result, format, arguments);
    va_end(arguments);
    return result;
}

js_result jsp_refuse(js_error *error, const char *member, const char *format, ...)
{
    if (error != NULL) {
        char text[sizeof(error->message) - sizeof(error->member)];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        (void)jsp_fail(error, JS_INVALID, "%s: %s", member, text);
        (void)snprintf(error->member, sizeof(error->member), "%s", member);
    }
    return JS_INVALID;
}

struct cause {
    int rc;
    js_result result;
    const char *remedy;
};

static const struct cause causes[] = {
    {MDB_MAP_FULL, JS_FULL,
     "the database has reached the size it was opened for; open it with a larger map"},
    {ENOSPC, JS_FULL, "the file system is full; free space and try again"},
    {EDQUOT, JS_FULL, "the disk quota is used up; raise it and try again"},
    {MDB_READERS_FULL, JS_BUSY, "all reader slots are in use; try again shortly"},
    {MDB_CORRUPTED, JS_DAMAGED, "the file is damaged; restore it from a backup or an export"},
    {MDB_PAGE_NOTFOUND, JS_DAMAGED, "the file is damaged; restore it from a backup or an export"},
    {MDB_PANIC, JS_DAMAGED, "a write failed half-way; close the database and open it again"},
    {MDB_INVALID, JS_FOREIGN, "data.mdb is not an LMDB file; name the right directory"},
    {MDB_VERSION_MISMATCH, JS_FOREIGN,
     "data.mdb was made by an LMDB of another version; name the right directory or convert the "
     "file"},
    {ENOENT, JS_NO_DATABASE,
     "there is no database; name the right directory, or let a worker or `jobsessions put` make "
     "it"},
    {ENOTDIR, JS_NO_DATABASE, "part of the path is not a directory; name the right one"},
    {EACCES, JS_FORBIDDEN,
     "no permission; the user needs to enter the directory, to read data.mdb and to write "
     "lock.mdb"},
    {EPERM, JS_FORBIDDEN,
     "no permission; the user needs to enter the directory, to read data.mdb and to write "
     "lock.mdb"},
    {EROFS, JS_FORBIDDEN, "the file system is read-only; mount it writable"},
};

js_result jsp_fail_lmdb(js_error *error, int rc, const char *directory, const char *doing)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].rc == rc) {
            return jsp_fail(error, causes[i].result, "%s: %s: %s (%s)", directory, doing,
                            causes[i].remedy, mdb_strerror(rc));
        }
    }
    return jsp_fail(error, JS_SYSTEM, "%s: %s: %s", directory, doing, mdb_strerror(rc));
}
