/* SPDX-License-Identifier: Apache-2.0 */
/* The part of js_verify() that holds the tables of counts against the sessions. */
#ifndef JS_STORE_VERIFY_COUNTS_H
#define JS_STORE_VERIFY_COUNTS_H

#include "base/faults.h"
#include "base/json.h"
#include "database/snapshot.h"
#include "format/record.h"

typedef struct jsp_count_check {
    js_snapshot *snapshot;
    jsp_faults *faults;
    uint64_t uncounted; /* sessions from this key of the index on are not counted yet */
    uint64_t runs;      /* of policies, by records that are whole */
} jsp_count_check;

/* A record that is whole, before the rest is looked at. */
void jsp_count_check_record(jsp_count_check *check, const jsp_facts *facts, jsp_slice json);

/* Everything else. */
void jsp_count_check_tables(jsp_count_check *check);

#endif
