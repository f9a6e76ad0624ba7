/* SPDX-License-Identifier: Apache-2.0 */
#include "write/index_write.h"

#include "base/bytes.h"
#include "base/ticks.h"
#include "database/index.h"
#include "format/start.h"

static int reach(jsp_checked *checked, MDB_cursor *cursor, uint64_t id, jsp_index_probe *probe)
{
    jsp_index_probe_for(probe, id);
    int rc =
        jsp_checked_reach(checked, JSP_TABLE_INDEX, &probe->key, &probe->value, JSP_GUARD_RANGE);
    return rc != 0 ? rc : mdb_cursor_get(cursor, &probe->key, &probe->value, MDB_GET_BOTH_RANGE);
}

int jsp_index_write_find(jsp_checked *checked, MDB_cursor *cursor, uint64_t id, jsp_entry *entry)
{
    jsp_index_probe probe;
    int rc = reach(checked, cursor, id, &probe);
    return jsp_index_met(rc, &probe, id, entry);
}

int jsp_index_write_from(jsp_checked *checked, MDB_cursor *cursor, uint64_t id, jsp_entry *entry)
{
    jsp_index_probe probe;
    int rc = reach(checked, cursor, id, &probe);
    if (rc == 0 && probe.value.mv_size != JSP_ENTRY_SIZE) {
        return MDB_CORRUPTED;
    }
    if (rc == 0) {
        jsp_entry_unpack(probe.value.mv_data, entry);
    }
    return rc;
}

/* What stands in one of the two orders for a session. */
struct place {
    unsigned char key[8];
    unsigned char value[JSP_ENTRY_SIZE];
    size_t size; /* of value */
};

static void place_in_index(struct place *place, const jsp_entry *entry)
{
    jsp_put_be64(place->key, jsp_entry_bucket(entry->id));
    jsp_entry_pack(place->value, entry);
    place->size = JSP_ENTRY_SIZE;
}

static void place_in_starts(struct place *place, const jsp_entry *entry)
{
    jsp_put_be64(place->key, jsp_start_day(entry->start));
    jsp_start_pack(place->value, entry->start, entry->id);
    place->size = JSP_START_SIZE;
}

static int put(jsp_checked *checked, jsp_table table, struct place *place, unsigned flags)
{
    MDB_val key = {sizeof(place->key), place->key};
    MDB_val value = {place->size, place->value};
    return jsp_checked_put(checked, table, &key, &value, flags);
}

static int take_out(jsp_checked *checked, jsp_table table, struct place *place)
{
    MDB_val key = {sizeof(place->key), place->key};
    MDB_val value = {place->size, place->value};
    return jsp_checked_remove(checked, table, &key, &value);
}

static int put_start(jsp_checked *checked, const jsp_entry *entry)
{
    struct place place;
    if (entry->start == JSP_TICKS_NONE) {
        return 0;
    }
    place_in_starts(&place, entry);
    return put(checked, JSP_TABLE_STARTS, &place, 0);
}

static int take_start_out(jsp_checked *checked, const jsp_entry *entry)
{
    struct place place;
    if (entry->start == JSP_TICKS_NONE) {
        return 0;
    }
    place_in_starts(&place, entry);
    return take_out(checked, JSP_TABLE_STARTS, &place);
}

int jsp_index_write_add(jsp_checked *checked, const jsp_entry *entry, bool last)
{
    struct place place;
    place_in_index(&place, entry);
    int rc = put(checked, JSP_TABLE_INDEX, &place, last ? MDB_APPENDDUP : 0);
    return rc != 0 ? rc : put_start(checked, entry);
}

/* Write over an entry where it stands: its place depends on the id alone. */
static int overwrite(jsp_checked *checked, MDB_cursor *cursor, const jsp_entry *before,
                     const jsp_entry *after)
{
    struct place place;
    place_in_index(&place, before);
    MDB_val key = {sizeof(place.key), place.key};
    MDB_val value = {place.size, place.value};
    int rc = jsp_checked_reach_to_write(checked, JSP_TABLE_INDEX, &key, &value, 0);
    rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH);
    if (rc != 0) {
        return rc;
    }
    place_in_index(&place, after);
    key = (MDB_val){sizeof(place.key), place.key};
    value = (MDB_val){place.size, place.value};
    return mdb_cursor_put(cursor, &key, &value, MDB_CURRENT);
}

int jsp_index_write_replace(jsp_checked *checked, MDB_cursor *cursor, const jsp_entry *before,
                            const jsp_entry *after)
{
    int rc = overwrite(checked, cursor, before, after);
    if (rc != 0 || before->start == after->start) {
        return rc; /* pages that need no change are not written */
    }
    rc = take_start_out(checked, before);
    return rc != 0 ? rc : put_start(checked, after);
}

int jsp_index_write_remove(jsp_checked *checked, const jsp_entry *entry)
{
    struct place place;
    place_in_index(&place, entry);
    int rc = take_out(checked, JSP_TABLE_INDEX, &place);
    return rc != 0 ? rc : take_start_out(checked, entry);
}
