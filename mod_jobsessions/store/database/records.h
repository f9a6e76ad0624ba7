/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions' records, as a snapshot sees them. The walk over all is js_snapshot_next(). */
#ifndef JS_STORE_RECORDS_H
#define JS_STORE_RECORDS_H

#include "database/snapshot.h"
#include "format/record.h"

/* The JSON and the header of a session's record, or NULL when it is damaged or missing. */
const char *jsp_records_get(js_snapshot *snapshot, uint64_t id, jsp_facts *facts);

#endif
