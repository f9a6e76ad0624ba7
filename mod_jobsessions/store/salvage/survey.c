/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/survey.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/ticks.h"
#include "database/index.h"
#include "format/change.h"
#include "format/entry.h"
#include "format/item.h"
#include "format/record.h"
#include "format/start.h"

/* Is told of each key and value of a table. */
typedef void meet(jsp_survey *survey, const MDB_val *key, const MDB_val *value);

static void know(jsp_survey *survey, uint64_t id)
{
    jsp_id_list_add(&survey->lost, id); /* until its record is found to be whole */
}

static void claim_removal(jsp_survey *survey, uint64_t id, jsp_removal removal)
{
    if (survey->removal_count == survey->removal_room) {
        size_t room = 2 * survey->removal_room + 1024;
        jsp_removed *removals = realloc(survey->removals, room * sizeof(*removals));
        if (removals == NULL) {
            survey->failed = true;
            return;
        }
        survey->removals = removals;
        survey->removal_room = room;
    }
    survey->removals[survey->removal_count++] = (jsp_removed){id, removal};
}

static void meet_session(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    /* a whole record knows its id better than its key does */
    if (!jsp_found_records_add(&survey->records, value) && key->mv_size == 8) {
        know(survey, jsp_get_be64(key->mv_data));
    }
}

static void meet_entry(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    jsp_entry entry;
    (void)key;
    if (value->mv_size == JSP_ENTRY_SIZE) {
        jsp_entry_unpack(value->mv_data, &entry);
        know(survey, entry.id);
    }
}

static void meet_start(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    (void)key;
    if (value->mv_size == JSP_START_SIZE) {
        know(survey, jsp_start_id(value->mv_data));
    }
}

static void meet_change(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    if (key->mv_size != 8 || value->mv_size != JSP_CHANGE_SIZE) {
        return;
    }
    if (jsp_change_is_deletion(value->mv_data)) {
        jsp_removal removal = {jsp_get_be64(key->mv_data), JSP_TICKS_NONE};
        claim_removal(survey, jsp_change_id(value->mv_data), removal);
    } else if (!jsp_change_is_mark(value->mv_data)) {
        know(survey, jsp_change_id(value->mv_data));
    }
}

static void meet_removed(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    jsp_removal removal;
    if (key->mv_size == 8 && jsp_removal_unpack(value->mv_data, value->mv_size, &removal)) {
        claim_removal(survey, jsp_get_be64(key->mv_data), removal);
    }
}

static void meet_item(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    jsp_item_place place;
    (void)value;
    if (key->mv_size == JSP_ITEM_KEY_SIZE) {
        jsp_item_key_read(key->mv_data, &place);
        know(survey, place.session);
    }
}

static void meet_name(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    if (key->mv_size == 8 && value->mv_size == JSP_UUID_SIZE) {
        jsp_name_list_add(&survey->names, jsp_get_be64(key->mv_data), value->mv_data,
                          JSP_TRUST_TABLE);
    }
}

static void meet_uuid(jsp_survey *survey, const MDB_val *key, const MDB_val *value)
{
    meet_name(survey, value, key);
}

static const struct walk {
    meet *meet;
    jsp_table table;
    bool keys_alone; /* values may be damaged, and are empty then */
} walks[] = {
    {meet_session, JSP_TABLE_SESSIONS, true}, {meet_entry, JSP_TABLE_INDEX, false},
    {meet_start, JSP_TABLE_STARTS, false},    {meet_change, JSP_TABLE_CHANGES, false},
    {meet_removed, JSP_TABLE_REMOVED, false}, {meet_item, JSP_TABLE_ITEMS, true},
    {meet_name, JSP_TABLE_NAMES, false},      {meet_uuid, JSP_TABLE_UUIDS, false},
};

/* To the next key, and its value. */
static int step(jsp_cursor *cursor, const struct walk *walk, MDB_val *key, MDB_val *value,
                MDB_cursor_op op)
{
    MDB_val again;
    int rc = jsp_cursor_get(cursor, key, walk->keys_alone ? NULL : value, op);
    if (rc == 0 && walk->keys_alone
        && jsp_cursor_get(cursor, &again, value, MDB_GET_CURRENT) != 0) {
        *value = (MDB_val){0, NULL};
    }
    return rc;
}

/* From one end as far as it leads. Whether that was the other one. */
static bool walk_from(jsp_survey *survey, const struct walk *walk, MDB_cursor_op first,
                      MDB_cursor_op next)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = jsp_snapshot_cursor(survey->snapshot, walk->table, &cursor);
    MDB_cursor_op op = first;
    while (rc == 0 && (rc = step(&cursor, walk, &key, &value, op)) == 0) {
        walk->meet(survey, &key, &value);
        op = next;
    }
    return rc == MDB_NOTFOUND;
}

static void walk_table(jsp_survey *survey, const struct walk *walk)
{
    if (!walk_from(survey, walk, MDB_FIRST, MDB_NEXT)) {
        (void)walk_from(survey, walk, MDB_LAST, MDB_PREV);
    }
    jsp_id_list_order(&survey->lost); /* each id but once, or they would be as many as items */
}

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

/* By ids, of one id the highest usn first, and of that what knows the time. */
static int compare_removals(const void *one_, const void *other_)
{
    const jsp_removed *one = one_;
    const jsp_removed *other = other_;
    int by_id = compare_numbers(one->id, other->id);
    int by_usn = compare_numbers(other->removal.usn, one->removal.usn);
    int by_time =
        (other->removal.time > one->removal.time) - (other->removal.time < one->removal.time);
    return by_id != 0 ? by_id : by_usn != 0 ? by_usn : by_time;
}

static void order_removals(jsp_survey *survey)
{
    if (survey->removal_count > 0) {
        qsort(survey->removals, survey->removal_count, sizeof(*survey->removals), compare_removals);
    }
}

/* Among the first so many removals, which are in order, the first that is of an id or one above. */
static size_t first_removal(const jsp_survey *survey, size_t count, uint64_t id)
{
    size_t from = 0;
    for (size_t to = count; from < to;) {
        size_t middle = from + (to - from) / 2;
        if (survey->removals[middle].id < id) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* What stands under an id, if it can be looked up. */
static int find_stored(const jsp_survey *survey, uint64_t id, MDB_val *value)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_put_be64(bytes, id);
    return jsp_snapshot_find(survey->snapshot, JSP_TABLE_SESSIONS, &key, value);
}

/* Whether a removal of an id came after a usn. */
static bool is_removed_since(const jsp_survey *survey, uint64_t id, uint64_t usn)
{
    for (size_t i = first_removal(survey, survey->removal_count, id);
         i < survey->removal_count && survey->removals[i].id == id; i++) {
        if (survey->removals[i].removal.usn > usn) {
            return true;
        }
    }
    return false;
}

bool jsp_survey_record(const jsp_survey *survey, uint64_t id, MDB_val *record)
{
    if (find_stored(survey, id, record) == 0
        && jsp_record_damage(id, record->mv_data, record->mv_size) == NULL) {
        return true;
    }
    const jsp_found_record *found = jsp_found_records_get(&survey->records, id);
    if (found != NULL) {
        *record = found->value;
    }
    return found != NULL;
}

/* A page of old may have come into the place of another: what was removed since does not come back. */
static void choose_records(jsp_survey *survey)
{
    jsp_found_records *found = &survey->records;
    size_t kept = 0;
    jsp_found_records_order(found);
    for (size_t i = 0; i < found->count; i++) {
        know(survey, found->records[i].id);
        if (!is_removed_since(survey, found->records[i].id, found->records[i].usn)) {
            found->records[kept++] = found->records[i];
        }
    }
    found->count = kept;
    jsp_id_list_order(&survey->lost);
}

/* The id that the JSON of a record begins with. */
static void take_name(jsp_survey *survey, const jsp_facts *facts, const char *json)
{
    uint8_t uuid[JSP_UUID_SIZE];
    if (facts->has_uuid && js_uuid_parse(json + JSP_ID_AT, JSP_UUID_TEXT, uuid)) {
        jsp_name_list_add(&survey->names, facts->id, uuid, JSP_TRUST_RECORD);
    }
}

/* What tables tell of sessions that tell themselves does not count. */
static void choose_names(jsp_survey *survey)
{
    jsp_name_list *list = &survey->names;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const jsp_named *name = &list->names[i];
        if (name->trust == JSP_TRUST_RECORD || !jsp_id_list_has(&survey->sessions, name->id)) {
            list->names[kept++] = *name;
        }
    }
    list->count = kept;
    jsp_name_list_order(list);
}

/* Part those that are known into whole ones and lost ones. */
static void look_at_records(jsp_survey *survey)
{
    MDB_val record;
    jsp_facts facts;
    size_t lost = 0;
    for (size_t i = 0; i < survey->lost.count; i++) {
        uint64_t id = survey->lost.ids[i];
        if (jsp_survey_record(survey, id, &record)) {
            jsp_record_facts(record.mv_data, &facts);
            jsp_id_list_add(&survey->sessions, id);
            jsp_id_list_add(&survey->usns, facts.usn);
            take_name(survey, &facts, (const char *)record.mv_data + JSP_RECORD_HEADER);
        } else {
            survey->lost.ids[lost++] = id;
        }
    }
    survey->lost.count = lost;
    choose_names(survey);
    jsp_id_list_order(&survey->usns);
}

/* Where the counters are damaged, the highest ids and usns that seals vouch for. */
static void find_last(jsp_survey *survey)
{
    const js_snapshot *snapshot = survey->snapshot;
    const jsp_id_list *sessions = &survey->sessions;
    const jsp_id_list *usns = &survey->usns;
    survey->last_id = sessions->count > 0 ? sessions->ids[sessions->count - 1] : 0;
    survey->last_usn = usns->count > 0 ? usns->ids[usns->count - 1] : 0;
    if (snapshot->counters_damage != NULL) {
        jsp_fault(survey->faults,
                  "counters: %s; ids and usns go on behind the highest that were found",
                  snapshot->counters_damage);
        return;
    }
    if (snapshot->counters.last_id > survey->last_id) {
        survey->last_id = snapshot->counters.last_id;
    }
    if (snapshot->counters.last_usn > survey->last_usn) {
        survey->last_usn = snapshot->counters.last_usn;
    }
}

/* Whether both tables say the same of the removal at a place; counters that are damaged know no limit. */
static bool is_agreed(const jsp_survey *survey, size_t at)
{
    const jsp_removed *one = &survey->removals[at];
    return at + 1 < survey->removal_count && one[0].id == one[1].id
           && one[0].removal.usn == one[1].removal.usn;
}

/* Whether it can be: an id that was given, under a usn that was given. Damaged counters do not tell; then the two
 * tables have to agree. */
static bool is_possible(jsp_survey *survey, size_t at)
{
    const jsp_removed *removed = &survey->removals[at];
    if (survey->snapshot->counters_damage == NULL) {
        return removed->id <= survey->last_id && removed->removal.usn <= survey->last_usn;
    }
    return is_agreed(survey, at);
}

/* Nothing seals them: of an id one counts, and none of a session that is there. */
static void choose_removals(jsp_survey *survey)
{
    size_t kept = 0;
    for (size_t i = 0; i < survey->removal_count; i++) {
        jsp_removed removed = survey->removals[i];
        if ((kept > 0 && survey->removals[kept - 1].id == removed.id)
            || jsp_id_list_has(&survey->sessions, removed.id)) {
            continue;
        }
        if (!is_possible(survey, i)) {
            jsp_fault(survey->faults,
                      "session %s: its removal under usn %" PRIu64
                      " cannot be, or nobody else knows it; it is left out",
                      jsp_survey_name(survey, removed.id).text, removed.removal.usn);
            continue;
        }
        survey->removals[kept++] = removed;
    }
    survey->removal_count = kept;
}

static bool is_removed(const jsp_survey *survey, size_t count, uint64_t id)
{
    size_t first = first_removal(survey, count, id);
    return first < count && survey->removals[first].id == id;
}

/* Whether there is anything of it: LMDB finds a value, or meets a damaged page where it would be. */
static bool is_not_found(const jsp_survey *survey, uint64_t id)
{
    MDB_val value;
    return find_stored(survey, id, &value) == MDB_NOTFOUND;
}

/* Whether an id was given: nothing seals the tables that know it, so damaged counters leave that to two of them. */
static bool was_given(const jsp_survey *survey, uint64_t id)
{
    jsp_entry entry;
    return id <= survey->last_id
           || (survey->snapshot->counters_damage != NULL
               && jsp_index_find(&survey->snapshot->cursors[JSP_CURSOR_INDEX], id, &entry) == 0
               && !is_not_found(survey, id));
}

/* Nobody may take the id of a lost session for a new one: it goes among the removed, from where an import brings it
 * back. One that was removed before is not lost. */
static void remove_lost(jsp_survey *survey)
{
    size_t lost = 0;
    size_t known = survey->removal_count;
    for (size_t i = 0; i < survey->lost.count; i++) {
        uint64_t id = survey->lost.ids[i];
        bool was_removed = is_removed(survey, known, id);
        if (was_removed && is_not_found(survey, id)) {
            continue;
        }
        survey->lost.ids[lost++] = id;
        if (!was_removed && was_given(survey, id)) {
            claim_removal(survey, id, (jsp_removal){0, JSP_TICKS_NONE});
        }
    }
    survey->lost.count = lost;
}

static int compare_usns(const void *one_, const void *other_)
{
    const jsp_removed *one = one_;
    const jsp_removed *other = other_;
    return compare_numbers(one->removal.usn, other->removal.usn);
}

/* Each has a usn of its own. */
static void give_usns(jsp_survey *survey)
{
    uint64_t before = 0;
    if (survey->removal_count > 0) {
        qsort(survey->removals, survey->removal_count, sizeof(*survey->removals), compare_usns);
    }
    for (size_t i = 0; i < survey->removal_count; i++) {
        uint64_t usn = survey->removals[i].removal.usn;
        survey->last_usn = usn > survey->last_usn ? usn : survey->last_usn;
    }
    for (size_t i = 0; i < survey->removal_count; i++) {
        jsp_removed *removed = &survey->removals[i];
        uint64_t usn = removed->removal.usn;
        bool is_taken = usn == before || jsp_id_list_has(&survey->usns, usn);
        before = usn;
        removed->removal.usn = is_taken ? ++survey->last_usn : usn;
        survey->last_id = removed->id > survey->last_id ? removed->id : survey->last_id;
    }
    order_removals(survey);
}

bool jsp_survey_take(jsp_survey *survey, js_snapshot *snapshot, jsp_faults *faults)
{
    *survey = (jsp_survey){.snapshot = snapshot, .faults = faults};
    for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
        walk_table(survey, &walks[i]);
    }
    order_removals(survey);
    choose_records(survey);
    look_at_records(survey);
    find_last(survey);
    choose_removals(survey);
    remove_lost(survey);
    give_usns(survey);
    return !survey->failed && !survey->records.failed && !survey->sessions.failed
           && !survey->lost.failed && !survey->usns.failed && !survey->names.failed;
}

jsp_name jsp_survey_name(const jsp_survey *survey, uint64_t id)
{
    jsp_name name;
    unsigned length = JSP_UUID_TEXT;
    const uint8_t *uuid = jsp_name_list_find(&survey->names, id);
    if (uuid != NULL) {
        jsp_uuid_format(uuid, name.text);
    } else {
        length = jsp_id_format(id, name.text);
    }
    name.text[length] = '\0';
    return name;
}

void jsp_survey_free(jsp_survey *survey)
{
    jsp_found_records_free(&survey->records);
    jsp_id_list_free(&survey->sessions);
    jsp_id_list_free(&survey->lost);
    jsp_id_list_free(&survey->usns);
    jsp_name_list_free(&survey->names);
    free(survey->removals);
    survey->removals = NULL;
}
