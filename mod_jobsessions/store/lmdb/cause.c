/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/cause.h"

#include <errno.h>

#include <lmdb.h>

#include "base/error.h"

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
    {EROFS, JS_FORBIDDEN,
     "the file system is read-only; mount it writable (ReadWritePaths= in a systemd unit, a volume "
     "without :ro)"},
    /* LMDB locks the byte of lock.mdb that has the process's id as its place */
    {EAGAIN, JS_SYSTEM,
     "a process with the same id has it open, so that one lives in another PID namespace; "
     "processes "
     "that share a database need one PID namespace: docker run --pid=container:NAME or --pid=host, "
     "podman pod create --share +pid, shareProcessNamespace: true in Kubernetes"},
};

js_result jsp_cause_fail(js_error *error, int rc, const char *directory, const char *doing)
{
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].rc == rc) {
            return jsp_fail(error, causes[i].result, "%s: %s: %s (%s)", directory, doing,
                            causes[i].remedy, mdb_strerror(rc));
        }
    }
    return jsp_fail(error, JS_SYSTEM, "%s: %s: %s", directory, doing, mdb_strerror(rc));
}
