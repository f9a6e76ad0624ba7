/* SPDX-License-Identifier: Apache-2.0 */
#include "read/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/letters.h"
#include "base/pattern.h"
#include "base/ticks.h"
#include "database/records.h"
#include "format/later_types.h"
#include "format/status.h"
#include "read/resource.h"

static int compare_type(const void *stored_, const void *wanted_)
{
    const MDB_val *stored = stored_;
    const char *wanted = *(const char *const *)wanted_;
    return jsp_letters_compare(stored->mv_data, stored->mv_size, wanted, strlen(wanted));
}

/* Types that differ in case alone have codes of their own, so all of the table is gone through. */
static int resolve_types(jsp_matcher *matcher, const js_snapshot *snapshot)
{
    const js_filter *filter = &matcher->filter;
    jsp_cursor cursor;
    MDB_val type;
    MDB_val value;
    int rc = jsp_snapshot_cursor(snapshot, JSP_TABLE_TYPES, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &type, &value, MDB_NEXT)) == 0) {
        if (value.mv_size != 2) {
            return MDB_CORRUPTED;
        }
        if (bsearch(&type, filter->types, filter->type_count, sizeof(*filter->types), compare_type)
                != NULL
            || (filter->other_types && !jsp_later_types_have(type.mv_data, type.mv_size))) {
            unsigned code = jsp_get_le16(value.mv_data);
            matcher->types[code / 8] |= (uint8_t)(1u << code % 8);
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_matcher_make(jsp_matcher *matcher, const js_snapshot *snapshot, const js_filter *filter,
                     const char *resource)
{
    matcher->filter = *filter;
    matcher->resource = resource;
    matcher->everything = filter->id_count == 0 && filter->type_count == 0 && filter->statuses == 0
                          && filter->policy == NULL && filter->from == JSP_TICKS_NONE
                          && filter->to == JSP_TICKS_NONE && filter->policy_name == NULL
                          && resource == NULL;
    matcher->policy = filter->policy != NULL ? jsp_crc32c(filter->policy, JSP_UUID_SIZE) : 0;
    if (filter->type_count == 0) {
        return 0; /* nobody looks at them, and they are many */
    }
    memset(matcher->types, 0, sizeof(matcher->types));
    return resolve_types(matcher, snapshot);
}

static bool wants_record(const jsp_matcher *matcher, js_snapshot *snapshot, const jsp_entry *entry)
{
    const js_filter *filter = &matcher->filter;
    jsp_facts facts;
    const char *json = jsp_records_get(snapshot, entry->id, &facts);
    if (json == NULL) {
        /* damaged: what its entry says is all there is */
        return filter->policy_name == NULL;
    }
    if (filter->policy != NULL && memcmp(facts.policy, filter->policy, JSP_UUID_SIZE) != 0) {
        return false;
    }
    return filter->policy_name == NULL
           || (facts.name_at > 0
               && jsp_pattern_matches(filter->policy_name, json + facts.name_at,
                                      facts.name_length));
}

static bool has_id(const js_filter *filter, uint64_t id)
{
    size_t low = 0;
    size_t high = filter->id_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (filter->ids[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < filter->id_count && filter->ids[low] == id;
}

/* A status that no session has stands in an entry that is damaged. */
static bool has_status(const js_filter *filter, unsigned status)
{
    return status < JSP_STATUS_COUNT && (filter->statuses >> status & 1) != 0;
}

bool jsp_matcher_wants(const jsp_matcher *matcher, js_snapshot *snapshot, const jsp_entry *entry)
{
    const js_filter *filter = &matcher->filter;
    if (entry->id > filter->highest_id) {
        return false;
    }
    if (matcher->everything) {
        return true;
    }
    if ((filter->statuses != 0 && !has_status(filter, entry->status))
        || (filter->type_count > 0 && (matcher->types[entry->type / 8] >> entry->type % 8 & 1) == 0)
        || (filter->from != JSP_TICKS_NONE && entry->start < filter->from)
        || (filter->to != JSP_TICKS_NONE
            && (entry->start == JSP_TICKS_NONE || entry->start > filter->to))
        || (filter->policy != NULL && entry->policy != matcher->policy)
        || (filter->id_count > 0 && !has_id(filter, entry->id))) {
        return false;
    }
    return ((filter->policy == NULL && filter->policy_name == NULL)
            || wants_record(matcher, snapshot, entry))
           && (matcher->resource == NULL
               || jsp_resource_has(snapshot, entry->id, matcher->resource));
}
