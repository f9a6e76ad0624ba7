/* SPDX-License-Identifier: Apache-2.0 */
/* js_copy(): all of a database, as one snapshot has it, in a file that has no free pages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database/database.h"

/* For nobody but its owner, until somebody says otherwise. */
#define COPY_MODE 0600

js_result js_copy_fd(js_database *database, int fd, js_error *error)
{
    js_result result = jsp_database_enter(database, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = mdb_env_copyfd2(database->env, fd, MDB_CP_COMPACT);
    jsp_database_leave(database);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "copy");
}

js_result js_copy(js_database *database, const char *directory, js_error *error)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, COPY_MODE);
    if (fd < 0) {
        return jsp_database_fail(database, error, errno, "make the copy's data.mdb");
    }
    js_result result = js_copy_fd(database, fd, error);
    if (result == JS_OK && fsync(fd) != 0) {
        result = jsp_database_fail(database, error, errno, "write the copy's data.mdb");
    }
    if (close(fd) != 0 && result == JS_OK) {
        result = jsp_database_fail(database, error, errno, "write the copy's data.mdb");
    }
    if (result != JS_OK) {
        (void)unlink(path);
    }
    return result;
}
