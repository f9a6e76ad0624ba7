/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a range of sessions is still what it was. */
#ifndef JS_STORE_RANGE_H
#define JS_STORE_RANGE_H

#include "database/snapshot.h"

/* A hash over the entries of all sessions from an id to another, both included: of the same database it is another one
 * when any of them was added, removed or written, also under an older usn. The index tells; where an entry lacks
 * its seal, the record has it, so that an upgrade changes no hash. 0 or an error of LMDB. */
int jsp_range_hash(js_snapshot *snapshot, uint64_t first, uint64_t last, uint64_t *hash);

/* Go on with such a hash, begun with 0, by one entry as it is stored. */
uint64_t jsp_range_add(js_snapshot *snapshot, uint64_t hash, const unsigned char *bytes);

#endif
