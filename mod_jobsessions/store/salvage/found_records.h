/* SPDX-License-Identifier: Apache-2.0 */
/* The whole records that stand in the table of sessions, by the ids that they are sealed with. A key that is
 * damaged is out of order, and hides its neighbours from who looks them up, but not from who goes from one to the
 * next. */
#ifndef JS_STORE_FOUND_RECORDS_H
#define JS_STORE_FOUND_RECORDS_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jsp_found_record {
    uint64_t id;
    uint64_t usn;
    MDB_val value; /* in the snapshot's map */
} jsp_found_record;

/* Begins as zeros. */
typedef struct jsp_found_records {
    jsp_found_record *records;
    size_t count;
    size_t room;
    bool failed; /* memory ran out; what was added since is lost */
} jsp_found_records;

/* Add a value, if it is a whole record; returns whether it is. */
bool jsp_found_records_add(jsp_found_records *found, const MDB_val *value);

/* Put them in order. Of an id the highest usn is left. */
void jsp_found_records_order(jsp_found_records *found);

/* Of those that are in order the one of an id, or NULL. */
const jsp_found_record *jsp_found_records_get(const jsp_found_records *found, uint64_t id);

void jsp_found_records_free(jsp_found_records *found);

#endif
