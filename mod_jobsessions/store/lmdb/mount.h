/* SPDX-License-Identifier: Apache-2.0 */
/* What a file system does to a database: why it cannot be written to, by how it is mounted here or as it is
 * read-only everywhere; and which of two layers a file is in.
 *
 * LMDB reads without locks from a place that is read-only, which is right where nobody can write. A bind mount
 * that is read-only (systemd's ProtectSystem, a container's volume) says nothing of those who write to the same
 * files by another path. */
#ifndef JS_STORE_MOUNT_H
#define JS_STORE_MOUNT_H

#include <stdbool.h>

#include "jobsessions.h"

/* Refuse a directory whose lock.mdb, or for a writer data.mdb, lies on a mount that is read-only while its file
 * system is not. JS_OK, also where that cannot be found out; or JS_FORBIDDEN. */
js_result jsp_mount_check(const char *directory, bool may_write, js_error *error);

/* Overlayfs, as under a container's image, copies a file when it is first opened for writing, and who has it open
 * for reading goes on with the one in the image: have data.mdb copied before LMDB opens it, where that is allowed. */
void jsp_mount_settle(const char *directory);

/* By whatever of the two. */
bool jsp_mount_is_read_only(const char *path);

#endif
