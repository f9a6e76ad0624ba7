/* SPDX-License-Identifier: Apache-2.0 */
/* A dump: all that a snapshot has, line by line, whatever of it is damaged. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/faults.h"
#include "base/ticks.h"
#include "database/names.h"
#include "database/scan.h"
#include "database/snapshot.h"
#include "format/change.h"
#include "format/dump_line.h"
#include "format/entry.h"
#include "format/item.h"
#include "format/removal.h"

struct js_dump {
    js_snapshot *snapshot;
    jsp_faults faults;
    js_dump_totals
        totals; /* of what was handed out, in `lines` lines that have the checksum `crc` */
    uint64_t lines;
    uint32_t crc;
    char digits[JSP_DUMP_CRC_TEXT];
    unsigned stage;
    jsp_text text;    /* the line handed out last */
    jsp_text escaped; /* a type in it */
    MDB_val *types;   /* by their codes, from 1 */
    size_t type_count;
    size_t next_type;
    jsp_cursor index; /* which sessions there are tells the index, that of a damaged one as well */
    jsp_scan scan;
    const unsigned char *entries;
    size_t entry_count;
    size_t next_entry;
    uint64_t sessions; /* that the index had so far */
    uint64_t id;       /* of the last of them */
    jsp_cursor items;  /* on those of that session */
    MDB_cursor_op to_item;
    bool has_items;
    jsp_item_place place; /* of the last one */
    uint64_t items_found;
    jsp_cursor removed;
    uint64_t removed_found;
    char time[JSP_TICKS_TEXT]; /* of the last one */
    char uuid[JSP_UUID_TEXT];
};

/* What a stage does: the next line of its kind. JS_OK, JS_END: there is none; or JS_DAMAGED. */
typedef js_result step(js_dump *dump, jsp_dump_line *line);

static jsp_dump_counts counts_of(const js_dump_totals *totals)
{
    return (jsp_dump_counts){totals->types, totals->sessions, totals->items, totals->removed};
}

static js_result header(js_dump *dump, jsp_dump_line *line)
{
    const js_snapshot *snapshot = dump->snapshot;
    const jsp_counters *counters = &snapshot->counters;
    if (dump->lines > 0) {
        return JS_END;
    }
    *line = (jsp_dump_line){
        .kind = JSP_DUMP_HEADER,
        .version = JSP_DUMP_VERSION,
        .format = snapshot->database->format,
        .identity = {dump->totals.identity, strlen(dump->totals.identity)},
        .last_id = counters->last_id,
        .last_usn = counters->last_usn,
        .revision = counters->revision,
        .counts = {.types = snapshot->trees[JSP_TABLE_TYPES].entries,
                   .sessions = counters->count,
                   .items = snapshot->trees[JSP_TABLE_ITEMS].entries,
                   .removed = snapshot->trees[JSP_TABLE_REMOVED].entries},
    };
    return JS_OK;
}

/* ---- Types ---- */

/* Where a type's name is to be kept by its code, or NULL: it is none, as nothing seals it. */
static MDB_val *place_of_type(const js_dump *dump, const MDB_val *name, const MDB_val *code)
{
    if (code->mv_size != 2 || name->mv_size == 0 || name->mv_size > JS_TYPE_MAX
        || memchr(name->mv_data, '\0', name->mv_size) != NULL
        || !js_utf8_is_valid(name->mv_data, name->mv_size)) {
        return NULL;
    }
    unsigned number = jsp_get_le16(code->mv_data);
    return number >= 1 && number <= dump->type_count && dump->types[number - 1].mv_data == NULL
               ? &dump->types[number - 1]
               : NULL;
}

/* Types in the order they came: who loads them gives each the code it has here. False: there is no memory. */
static bool read_types(js_dump *dump)
{
    jsp_cursor cursor;
    MDB_val name;
    MDB_val code;
    uint64_t known = dump->snapshot->trees[JSP_TABLE_TYPES].entries;
    dump->type_count = known < UINT16_MAX ? (size_t)known : UINT16_MAX;
    dump->types = calloc(dump->type_count + 1, sizeof(*dump->types));
    if (dump->types == NULL) {
        return false;
    }
    int rc = jsp_snapshot_cursor(dump->snapshot, JSP_TABLE_TYPES, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &name, &code, MDB_NEXT)) == 0) {
        MDB_val *place = place_of_type(dump, &name, &code);
        if (place != NULL) {
            *place = name;
        } else {
            jsp_fault(&dump->faults, "types: one is damaged; it is left out");
        }
    }
    if (rc != MDB_NOTFOUND) {
        jsp_fault(&dump->faults, "types: they cannot be read to their end (%s)", mdb_strerror(rc));
    }
    return true;
}

static js_result next_type(js_dump *dump, jsp_dump_line *line)
{
    while (dump->next_type < dump->type_count) {
        const MDB_val *name = &dump->types[dump->next_type++];
        if (name->mv_data != NULL) {
            jsp_text *escaped = &dump->escaped;
            jsp_text_clear(escaped);
            jsp_text_string(escaped, name->mv_data, name->mv_size);
            if (escaped->failed) {
                return JS_SYSTEM;
            }
            line->kind = JSP_DUMP_TYPE;
            line->text = (jsp_slice){escaped->data + 1, escaped->length - 2}; /* without quotes */
            dump->totals.types++;
            return JS_OK;
        }
    }
    return JS_END;
}

/* ---- Sessions, each with its items ---- */

static void begin_items(js_dump *dump)
{
    dump->has_items = true;
    dump->to_item = MDB_SET_RANGE;
    dump->place = (jsp_item_place){.session = dump->id};
}

/* The next item of the session at hand. 0, MDB_NOTFOUND or another error. */
static int step_to_item(js_dump *dump, MDB_val *value, jsp_item_place *place)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_item_key_pack(bytes, &(jsp_item_place){.session = dump->id});
    int rc = jsp_cursor_get(&dump->items, &key, value, dump->to_item);
    dump->to_item = MDB_NEXT;
    if (rc != 0) {
        return rc;
    }
    if (key.mv_size != JSP_ITEM_KEY_SIZE) {
        return MDB_CORRUPTED;
    }
    jsp_item_key_read(key.mv_data, place);
    return place->session == dump->id ? 0 : MDB_NOTFOUND;
}

static const char *item_damage(const jsp_item_place *place, const MDB_val *value)
{
    unsigned char key[JSP_ITEM_KEY_SIZE];
    jsp_item_key_pack(key, place);
    return place->kind >= JS_ITEM_KINDS ? "its kind cannot be"
                                        : jsp_item_damage(key, value->mv_data, value->mv_size);
}

/* Numbers have no gaps: where there is one, items are gone. */
static void check_gap(js_dump *dump, const jsp_item_place *place)
{
    uint64_t before = place->kind == dump->place.kind ? dump->place.number : 0;
    if (place->number != before + 1) {
        jsp_fault(&dump->faults,
                  "session %s: items are missing in front of item %" PRIu64 " of kind %u",
                  jsp_names_of(dump->snapshot, dump->id).text, place->number, place->kind);
    }
    dump->place = *place;
}

static js_result next_item(js_dump *dump, jsp_dump_line *line)
{
    MDB_val value;
    jsp_item_place place;
    int rc;
    while ((rc = step_to_item(dump, &value, &place)) == 0) {
        const char *damage = item_damage(&place, &value);
        dump->items_found++;
        check_gap(dump, &place);
        if (damage == NULL) {
            const char *list = js_item_list(place.kind);
            line->kind = JSP_DUMP_ITEM;
            line->id = dump->id;
            line->text = (jsp_slice){list, strlen(list)};
            line->json = (jsp_slice){(const char *)value.mv_data + JSP_ITEM_SEAL_SIZE,
                                     value.mv_size - JSP_ITEM_SEAL_SIZE};
            dump->totals.items++;
            return JS_OK;
        }
        jsp_fault(&dump->faults, "session %s: item %" PRIu64 " of kind %u: %s; it is left out",
                  jsp_names_of(dump->snapshot, dump->id).text, place.number, place.kind, damage);
    }
    if (rc != MDB_NOTFOUND) {
        jsp_fault(&dump->faults, "session %s: its items cannot be read to their end (%s)",
                  jsp_names_of(dump->snapshot, dump->id).text, mdb_strerror(rc));
    }
    dump->has_items = false;
    return JS_END;
}

/* To the next session of the index: JS_OK, JS_END, or JS_DAMAGED. */
static js_result step_to_session(js_dump *dump)
{
    jsp_entry entry;
    while (dump->next_entry == dump->entry_count) {
        int rc = jsp_scan_leaf(&dump->scan, &dump->entries, &dump->entry_count);
        if (rc != 0) {
            return rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
        }
        dump->next_entry = 0;
    }
    jsp_entry_unpack(dump->entries + JSP_ENTRY_SIZE * dump->next_entry++, &entry);
    if (dump->sessions > 0 && entry.id <= dump->id) {
        return JS_DAMAGED;
    }
    dump->id = entry.id;
    dump->sessions++;
    return JS_OK;
}

/* The session at hand, or false: it is damaged, which was said. */
static bool take_session(js_dump *dump, jsp_dump_line *line)
{
    js_session session = {.damage = "it cannot be read"};
    if (js_snapshot_get(dump->snapshot, dump->id, &session) == JS_OK && session.damage == NULL) {
        line->kind = JSP_DUMP_SESSION;
        line->json = (jsp_slice){session.json, session.length};
        bool has_uuid =
            jsp_record_id_length(session.json, session.length, dump->id) == JSP_UUID_TEXT;
        line->number = has_uuid ? dump->id : 0;
        dump->totals.sessions++;
        return true;
    }
    jsp_fault(&dump->faults, "session %s is damaged: %s; it is left out, with its log and items",
              jsp_names_of(dump->snapshot, dump->id).text, session.damage);
    return false;
}

static js_result next_session(js_dump *dump, jsp_dump_line *line)
{
    if (dump->has_items && next_item(dump, line) == JS_OK) {
        return JS_OK;
    }
    for (;;) {
        js_result result = step_to_session(dump);
        if (result != JS_OK) {
            return result;
        }
        if (take_session(dump, line)) {
            begin_items(dump);
            return JS_OK;
        }
    }
}

/* ---- What is left of removed sessions, and the end ---- */

/* Nothing seals it, but it has to be as the changes have it. */
static bool is_removal(const js_dump *dump, const MDB_val *id, const MDB_val *value,
                       jsp_removal *removal)
{
    MDB_val key = {8, value->mv_data}; /* it begins with its usn */
    MDB_val change;
    return id->mv_size == 8 && jsp_removal_unpack(value->mv_data, value->mv_size, removal)
           && jsp_snapshot_find(dump->snapshot, JSP_TABLE_CHANGES, &key, &change) == 0
           && change.mv_size == JSP_CHANGE_SIZE
           && jsp_change_id(change.mv_data) == jsp_get_be64(id->mv_data)
           && jsp_change_is_deletion(change.mv_data);
}

static js_result next_removal(js_dump *dump, jsp_dump_line *line)
{
    MDB_val key;
    MDB_val value;
    jsp_removal removal;
    uint8_t uuid[JSP_UUID_SIZE];
    int rc;
    while ((rc = jsp_cursor_get(&dump->removed, &key, &value, MDB_NEXT)) == 0) {
        dump->removed_found++;
        if (is_removal(dump, &key, &value, &removal)) {
            line->kind = JSP_DUMP_REMOVAL;
            line->id = jsp_get_be64(key.mv_data);
            line->usn = removal.usn;
            if (removal.time != JSP_TICKS_NONE) {
                line->time = (jsp_slice){dump->time, jsp_date_format(removal.time, dump->time)};
            }
            if (jsp_names_uuid(dump->snapshot, line->id, uuid) == 0) {
                jsp_uuid_format(uuid, dump->uuid);
                line->uuid = (jsp_slice){dump->uuid, JSP_UUID_TEXT};
            }
            dump->totals.removed++;
            return JS_OK;
        }
        jsp_fault(&dump->faults, "removed: one is damaged; it is left out");
    }
    if (rc != MDB_NOTFOUND) {
        jsp_fault(&dump->faults, "removed: they cannot be read to their end (%s)",
                  mdb_strerror(rc));
    }
    return JS_END;
}

static void check_found(js_dump *dump, const char *what, uint64_t known, uint64_t found)
{
    if (known != found) {
        jsp_fault(&dump->faults,
                  "%s: there are %" PRIu64 ", found were %" PRIu64 "; the others are left out",
                  what, known, found);
    }
}

static js_result end(js_dump *dump, jsp_dump_line *line)
{
    const js_snapshot *snapshot = dump->snapshot;
    check_found(dump, "sessions", snapshot->counters.count, dump->sessions);
    check_found(dump, "items", snapshot->trees[JSP_TABLE_ITEMS].entries, dump->items_found);
    check_found(dump, "removed", snapshot->trees[JSP_TABLE_REMOVED].entries, dump->removed_found);
    line->kind = JSP_DUMP_END;
    line->lines = dump->lines;
    line->counts = counts_of(&dump->totals);
    line->damaged = dump->faults.count;
    line->crc = jsp_dump_line_crc(dump->crc, dump->digits);
    dump->stage++; /* there is one */
    return JS_OK;
}

static step *const steps[] = {header, next_type, next_session, next_removal, end};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* Put the cursors on their tables. 0 or MDB_CORRUPTED. */
static int open_cursors(js_dump *dump)
{
    int rc = jsp_snapshot_cursor(dump->snapshot, JSP_TABLE_INDEX, &dump->index);
    rc = rc != 0 ? rc : jsp_snapshot_cursor(dump->snapshot, JSP_TABLE_ITEMS, &dump->items);
    rc = rc != 0 ? rc : jsp_snapshot_cursor(dump->snapshot, JSP_TABLE_REMOVED, &dump->removed);
    if (rc == 0) {
        jsp_scan_begin(&dump->scan, &dump->index, true, UINT64_MAX);
    }
    return rc;
}

static js_result begin(js_dump *dump, js_error *error)
{
    const js_snapshot *snapshot = dump->snapshot;
    const char *directory = snapshot->database->directory;
    if (!js_snapshot_identity(snapshot, dump->totals.identity)) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: %s, so that nobody knows which ids were given; export what is left, "
                        "restore the database from it",
                        directory, snapshot->counters_damage);
    }
    int rc = open_cursors(dump);
    if (rc != 0) {
        return jsp_fail(error, JS_DAMAGED, "%s: begin a dump: %s", directory, mdb_strerror(rc));
    }
    return read_types(dump) ? JS_OK : jsp_fail(error, JS_SYSTEM, "%s: out of memory", directory);
}

js_result js_dump_begin(js_snapshot *snapshot, js_fault_report *report, void *baton, js_dump **dump,
                        js_error *error)
{
    *dump = NULL;
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    js_dump *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", snapshot->database->directory);
    }
    made->snapshot = snapshot;
    made->faults =
        (jsp_faults){.report = report, .baton = baton, .lock = PTHREAD_MUTEX_INITIALIZER};
    result = begin(made, error);
    if (result != JS_OK) {
        js_dump_end(made);
        return result;
    }
    *dump = made;
    return JS_OK;
}

js_result js_dump_next(js_dump *dump, const char **line, size_t *length)
{
    jsp_dump_line record = {.kind = JSP_DUMP_KINDS};
    js_result result = JS_END;
    while (dump->stage < STEPS && (result = steps[dump->stage](dump, &record)) == JS_END) {
        dump->stage++;
    }
    dump->totals.damaged = dump->faults.count;
    if (result != JS_OK) {
        return result;
    }
    jsp_dump_line_write(&dump->text, &record);
    if (dump->text.failed) {
        return JS_SYSTEM;
    }
    dump->lines++;
    dump->crc = jsp_crc32c_more(dump->crc, dump->text.data, dump->text.length);
    dump->crc = jsp_crc32c_more(dump->crc, "\n", 1);
    *line = dump->text.data;
    *length = dump->text.length;
    return JS_OK;
}

const js_dump_totals *js_dump_get_totals(const js_dump *dump)
{
    return &dump->totals;
}

void js_dump_end(js_dump *dump)
{
    if (dump != NULL) {
        free(dump->types);
        jsp_text_free(&dump->text);
        jsp_text_free(&dump->escaped);
        free(dump);
    }
}
