/* SPDX-License-Identifier: Apache-2.0 */
/* How long data.mdb is, against the last page LMDB counts in it.
 *
 * A file that was cut short would be a SIGBUS at the first read of a page that is gone, so it has to
 * be found out when it is opened. But LMDB never writes pages that a transaction took at the file's
 * end and gave back before its commit: they are free, and the file is shorter than LMDB counts, and
 * whole. The library lengthens it then, so that a length that is too short means damage. */
#ifndef JS_STORE_EXTENT_H
#define JS_STORE_EXTENT_H

#include "database/database.h"

/* Find out whether the file has been cut short. A writer mends what a killed one left undone. */
js_result jsp_extent_check(const js_database *database, js_error *error);

/* After a commit: lengthen the file when its last pages were never written. */
void jsp_extent_keep(const js_database *database);

/* Why LMDB failed with `rc`: a write that came out short is EIO to it, also where the file system is full. */
int jsp_extent_cause(const js_database *database, int rc);

#endif
