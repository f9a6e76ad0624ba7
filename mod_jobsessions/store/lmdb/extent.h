/* SPDX-License-Identifier: Apache-2.0 */
/* How long data.mdb is, against the last page LMDB counts in it.
 *
 * A file that was cut short would be a SIGBUS at the first read of a page that is gone, so it has to
 * be found out when it is opened. But LMDB never writes pages that a transaction took at the file's
 * end and gave back before its commit: they are free, and the file is shorter than LMDB counts, and
 * whole. The library lengthens it then, so that a length that is too short means damage. */
#ifndef JS_STORE_EXTENT_H
#define JS_STORE_EXTENT_H

#include <stdbool.h>

#include <lmdb.h>

#include "jobsessions.h"
#include "lmdb/map.h"

/* Find out whether the file has been cut short: JS_OK, JS_DAMAGED, or why it cannot be told. One who may
 * write mends what a killed writer left undone. */
js_result jsp_extent_check(MDB_env *env, const jsp_map *map, const char *directory, bool may_write,
                           js_error *error);

/* After a commit: lengthen the file when its last pages were never written. */
void jsp_extent_keep(MDB_env *env);

/* Why LMDB failed with `rc`: a write that came out short is EIO to it, also where the file system is full. */
int jsp_extent_cause(MDB_env *env, int rc);

#endif
