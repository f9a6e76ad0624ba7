/* SPDX-License-Identifier: Apache-2.0 */
/* Why a place cannot be written to: by how it is mounted here, or as its file system is read-only everywhere.
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

/* By whatever of the two. */
bool jsp_mount_is_read_only(const char *path);

#endif
