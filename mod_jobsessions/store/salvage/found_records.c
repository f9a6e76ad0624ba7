/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/found_records.h"

#include <stdlib.h>

#include "format/record.h"

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare_ids(const void *one_, const void *other_)
{
    const jsp_found_record *one = one_;
    const jsp_found_record *other = other_;
    return compare_numbers(one->id, other->id);
}

/* By ids, of one id the highest usn first. */
static int compare(const void *one_, const void *other_)
{
    const jsp_found_record *one = one_;
    const jsp_found_record *other = other_;
    int by_id = compare_ids(one, other);
    return by_id != 0 ? by_id : compare_numbers(other->usn, one->usn);
}

/* Whether the value is a whole record, of whatever session. */
static bool is_whole(const MDB_val *value, jsp_facts *facts)
{
    if (value->mv_size <= JSP_RECORD_HEADER) {
        return false;
    }
    jsp_record_facts(value->mv_data, facts);
    return jsp_record_damage(facts->id, value->mv_data, value->mv_size) == NULL;
}

bool jsp_found_records_add(jsp_found_records *found, const MDB_val *value)
{
    jsp_facts facts;
    if (!is_whole(value, &facts)) {
        return false;
    }
    if (found->count == found->room) {
        size_t room = 2 * found->room + 1024;
        jsp_found_record *records = realloc(found->records, room * sizeof(*records));
        if (records == NULL) {
            found->failed = true;
            return true;
        }
        found->records = records;
        found->room = room;
    }
    found->records[found->count++] = (jsp_found_record){facts.id, facts.usn, *value};
    return true;
}

void jsp_found_records_order(jsp_found_records *found)
{
    size_t kept = 0;
    if (found->count == 0) {
        return;
    }
    qsort(found->records, found->count, sizeof(*found->records), compare);
    for (size_t i = 1; i < found->count; i++) {
        if (found->records[i].id != found->records[kept].id) {
            found->records[++kept] = found->records[i];
        }
    }
    found->count = kept + 1;
}

const jsp_found_record *jsp_found_records_get(const jsp_found_records *found, uint64_t id)
{
    const jsp_found_record wanted = {.id = id};
    return found->count == 0 ? NULL
                             : bsearch(&wanted, found->records, found->count,
                                       sizeof(*found->records), compare_ids);
}

void jsp_found_records_free(jsp_found_records *found)
{
    free(found->records);
    *found = (jsp_found_records){0};
}
