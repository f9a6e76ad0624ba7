/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's part of the database: every page of every tree. What the pages hold is verify.c's matter. */
#ifndef JS_STORE_STRUCTURE_H
#define JS_STORE_STRUCTURE_H

#include "base/faults.h"
#include "database/snapshot.h"

/* Visit all pages a snapshot sees: that each is sound and used once, that keys are in order, that trees
 * have as many pages and entries as LMDB counts, and that no page in use is listed as free. */
void jsp_structure_check(const js_snapshot *snapshot, jsp_faults *faults);

#endif
