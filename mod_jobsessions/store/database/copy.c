/* SPDX-License-Identifier: Apache-2.0 */
/* js_copy(): all of a database, as one snapshot has it, in a file that has no free pages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "database/snapshot.h"
#include "lmdb/new_file.h"
#include "lmdb/page_copy.h"

/* For nobody but its owner, until somebody says otherwise. */
#define COPY_MODE 0600

static int write_copy(const js_snapshot *snapshot, const char *directory, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, COPY_MODE);
    if (fd < 0) {
        return errno;
    }
    jsp_new_file_in_place(fd);
    int rc = jsp_page_copy_all(&snapshot->pages, &snapshot->meta, fd);
    if (rc == 0 && fsync(fd) != 0) {
        rc = errno;
    }
    rc = rc == 0 ? jsp_new_file_sync_directory(directory) : rc;
    if (close(fd) != 0 && rc == 0) {
        rc = errno;
    }
    if (rc != 0) {
        (void)unlink(path);
    }
    return rc;
}

js_result js_copy(const js_snapshot *snapshot, const char *directory, js_error *error)
{
    char path[4096];
    js_result result = jsp_snapshot_check(snapshot, error);
    int length = snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (result != JS_OK) {
        return result;
    }
    int rc = length > 0 && (size_t)length < sizeof(path) ? write_copy(snapshot, directory, path)
                                                         : ENAMETOOLONG;
    return rc == 0 ? JS_OK : jsp_database_fail(snapshot->database, error, rc, "copy");
}
