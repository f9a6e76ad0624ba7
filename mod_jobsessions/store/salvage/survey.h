/* SPDX-License-Identifier: Apache-2.0 */
/* What a damaged database has had, by all that any of its tables says: each is read from both ends, as far as it leads.
 * What only one table knows counts, too; records and items alone are sealed, and decide. */
#ifndef JS_STORE_SURVEY_H
#define JS_STORE_SURVEY_H

#include "base/faults.h"
#include "database/names.h"
#include "database/snapshot.h"
#include "format/removal.h"
#include "salvage/found_records.h"
#include "salvage/id_list.h"
#include "salvage/name_list.h"

/* A removed session. */
typedef struct jsp_removed {
    uint64_t id;
    jsp_removal removal;
} jsp_removed;

typedef struct jsp_survey {
    js_snapshot *snapshot;
    jsp_faults *faults;
    jsp_found_records records;
    jsp_id_list sessions; /* whose records are whole */
    jsp_id_list
        lost; /* that some table knows, and whose records are not; they are among the removed */
    jsp_id_list usns;      /* that are taken */
    jsp_name_list names;   /* of those that have a uuid */
    jsp_removed *removals; /* by id */
    size_t removal_count;
    size_t removal_room;
    uint64_t last_id;
    uint64_t last_usn;
    bool failed; /* memory ran out */
} jsp_survey;

/* Look at everything. False: memory ran out. What is at fault is told. */
bool jsp_survey_take(jsp_survey *survey, js_snapshot *snapshot, jsp_faults *faults);

/* Whether a session's record is whole, and the record: the one under its id, or that was met elsewhere. */
bool jsp_survey_record(const jsp_survey *survey, uint64_t id, MDB_val *record);

/* What a session is called outside: its uuid, or its number. */
jsp_name jsp_survey_name(const jsp_survey *survey, uint64_t id);

void jsp_survey_free(jsp_survey *survey);

#endif
