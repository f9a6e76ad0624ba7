/* SPDX-License-Identifier: Apache-2.0 */
/* What can be saved of a damaged database, as the lines of a dump, and what cannot, as remains. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/ticks.h"
#include "format/dump_line.h"
#include "format/record.h"
#include "salvage/item_walk.h"
#include "salvage/remains.h"
#include "salvage/survey.h"

struct js_salvage {
    js_snapshot *snapshot;
    jsp_faults faults;
    jsp_remains remains;
    jsp_survey survey;
    js_dump_totals
        totals; /* of what was handed out, in `lines` lines that have the checksum `crc` */
    uint64_t lines;
    uint32_t crc;
    char digits[JSP_DUMP_CRC_TEXT];
    char time[JSP_TICKS_TEXT]; /* of the removal at hand, */
    char uuid[JSP_UUID_TEXT];  /* and whose it was */
    unsigned stage;
    jsp_text text;       /* the line handed out last */
    size_t next;         /* of what a stage goes through */
    jsp_item_walk items; /* of the session at hand */
    bool has_items;
    uint64_t items_met;
};

/* What a stage does: the next line of its kind. JS_OK, or JS_END: there is none. */
typedef js_result step(js_salvage *salvage, jsp_dump_line *line);

/* An identity is only told, in a note: that of the new database is its own. */
static void name_identity(js_salvage *salvage)
{
    if (!js_snapshot_identity(salvage->snapshot, salvage->totals.identity)) {
        memset(salvage->totals.identity, '0', JS_IDENTITY_TEXT - 1);
    }
}

static js_result header(js_salvage *salvage, jsp_dump_line *line)
{
    const jsp_survey *survey = &salvage->survey;
    const js_snapshot *snapshot = salvage->snapshot;
    if (salvage->lines > 0) {
        return JS_END;
    }
    *line = (jsp_dump_line){
        .kind = JSP_DUMP_HEADER,
        .version = JSP_DUMP_VERSION,
        .format = JS_FORMAT,
        .identity = {salvage->totals.identity, JS_IDENTITY_TEXT - 1},
        .last_id = survey->last_id,
        .last_usn = survey->last_usn,
        .revision = snapshot->counters_damage == NULL ? snapshot->counters.revision : 0,
        .counts = {.sessions = survey->sessions.count, .removed = survey->removal_count},
    };
    return JS_OK;
}

/* ---- Sessions, each with its items ---- */

static js_result take_item(js_salvage *salvage, jsp_dump_line *line)
{
    jsp_found_item item;
    while (jsp_item_walk_next(&salvage->items, &item)) {
        salvage->items_met++;
        if (item.damage == NULL) {
            const char *list = js_item_list(item.place.kind);
            line->kind = JSP_DUMP_ITEM;
            line->id = item.place.session;
            line->text = (jsp_slice){list, strlen(list)};
            line->json = item.json;
            salvage->totals.items++;
            return JS_OK;
        }
        jsp_name name = jsp_survey_name(&salvage->survey, item.place.session);
        jsp_fault(&salvage->faults, "session %s: item %" PRIu64 " of %s: %s; set aside", name.text,
                  item.place.number, js_item_list(item.place.kind), item.damage);
        jsp_remains_item(&salvage->remains, name.text, &item);
    }
    salvage->has_items = false;
    return JS_END;
}

static js_result take_session(js_salvage *salvage, jsp_dump_line *line)
{
    MDB_val record;
    uint64_t id = salvage->survey.sessions.ids[salvage->next++];
    if (!jsp_survey_record(&salvage->survey, id, &record)) {
        return JS_DAMAGED; /* it was whole a moment ago: the disk is failing */
    }
    line->kind = JSP_DUMP_SESSION;
    line->json = (jsp_slice){(const char *)record.mv_data + JSP_RECORD_HEADER,
                             record.mv_size - JSP_RECORD_HEADER};
    line->number = jsp_name_list_find(&salvage->survey.names, id) != NULL ? id : 0;
    salvage->totals.sessions++;
    jsp_item_walk_begin(&salvage->items, salvage->snapshot, id);
    salvage->has_items = true;
    return JS_OK;
}

static js_result next_session(js_salvage *salvage, jsp_dump_line *line)
{
    if (salvage->has_items && take_item(salvage, line) == JS_OK) {
        return JS_OK;
    }
    return salvage->next < salvage->survey.sessions.count ? take_session(salvage, line) : JS_END;
}

/* ---- What is lost, removed sessions, and the end ---- */

static void set_aside_items(js_salvage *salvage, uint64_t id)
{
    jsp_found_item item;
    jsp_item_walk walk;
    jsp_item_walk_begin(&walk, salvage->snapshot, id);
    while (jsp_item_walk_next(&walk, &item)) {
        salvage->items_met++;
        jsp_remains_item(&salvage->remains, jsp_survey_name(&salvage->survey, id).text, &item);
    }
}

static void set_aside_session(js_salvage *salvage, uint64_t id)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {0, NULL};
    jsp_put_be64(bytes, id);
    int rc = jsp_snapshot_find(salvage->snapshot, JSP_TABLE_SESSIONS, &key, &value);
    const char *why = rc == 0              ? jsp_record_damage(id, value.mv_data, value.mv_size)
                      : rc == MDB_NOTFOUND ? "its record is missing"
                                           : "its record stands on a damaged page";
    why = why != NULL ? why : "its record stands among others";
    jsp_name name = jsp_survey_name(&salvage->survey, id);
    jsp_fault(&salvage->faults, "session %s: %s; set aside", name.text, why);
    jsp_remains_session(&salvage->remains, name.text, why, rc == 0 ? &value : NULL);
    set_aside_items(salvage, id);
}

/* What no table leads to is known by how many there were. */
static void check_found(js_salvage *salvage, const char *what, uint64_t known, uint64_t found)
{
    if (known > found) {
        jsp_fault(&salvage->faults,
                  "%s: there were %" PRIu64 ", found were %" PRIu64
                  "; the others stood on damaged pages",
                  what, known, found);
    }
}

static void check_names(js_salvage *salvage)
{
    const jsp_name_list *names = &salvage->survey.names;
    size_t doubtful = jsp_name_list_doubtful(names);
    check_found(salvage, "uuids", salvage->snapshot->trees[JSP_TABLE_UUIDS].entries, names->count);
    if (doubtful > 0) {
        jsp_fault(
            &salvage->faults,
            "uuids: %zu of sessions that are gone stood in one table alone, and may be others",
            doubtful);
    }
}

/* Those are no lines. */
static js_result set_lost_aside(js_salvage *salvage, jsp_dump_line *line)
{
    const jsp_survey *survey = &salvage->survey;
    const js_snapshot *snapshot = salvage->snapshot;
    (void)line;
    for (size_t i = 0; i < survey->lost.count; i++) {
        set_aside_session(salvage, survey->lost.ids[i]);
    }
    if (snapshot->counters_damage == NULL) {
        check_found(salvage, "sessions", snapshot->counters.count,
                    survey->sessions.count + survey->lost.count);
    }
    check_found(salvage, "items", snapshot->trees[JSP_TABLE_ITEMS].entries, salvage->items_met);
    check_found(salvage, "removed", snapshot->trees[JSP_TABLE_REMOVED].entries,
                survey->removal_count);
    check_names(salvage);
    salvage->next = 0;
    return JS_END;
}

static js_result next_removal(js_salvage *salvage, jsp_dump_line *line)
{
    if (salvage->next == salvage->survey.removal_count) {
        return JS_END;
    }
    const jsp_removed *removed = &salvage->survey.removals[salvage->next++];
    line->kind = JSP_DUMP_REMOVAL;
    line->id = removed->id;
    line->usn = removed->removal.usn;
    if (removed->removal.time != JSP_TICKS_NONE) {
        line->time =
            (jsp_slice){salvage->time, jsp_date_format(removed->removal.time, salvage->time)};
    }
    const uint8_t *uuid = jsp_name_list_find(&salvage->survey.names, removed->id);
    if (uuid != NULL) {
        jsp_uuid_format(uuid, salvage->uuid);
        line->uuid = (jsp_slice){salvage->uuid, JSP_UUID_TEXT};
    }
    salvage->totals.removed++;
    return JS_OK;
}

static js_result end(js_salvage *salvage, jsp_dump_line *line)
{
    const js_dump_totals *totals = &salvage->totals;
    line->kind = JSP_DUMP_END;
    line->lines = salvage->lines;
    line->counts =
        (jsp_dump_counts){totals->types, totals->sessions, totals->items, totals->removed};
    line->damaged = salvage->faults.count;
    line->crc = jsp_dump_line_crc(salvage->crc, salvage->digits);
    salvage->stage++; /* there is one */
    return JS_OK;
}

/* Types are made anew from the sessions. */
static step *const steps[] = {header, next_session, set_lost_aside, next_removal, end};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

js_result js_salvage_begin(js_snapshot *snapshot, js_fault_report *report,
                           js_fault_report *set_aside, void *baton, js_salvage **salvage,
                           js_error *error)
{
    *salvage = NULL;
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    js_salvage *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", snapshot->database->directory);
    }
    made->snapshot = snapshot;
    made->faults =
        (jsp_faults){.report = report, .baton = baton, .lock = PTHREAD_MUTEX_INITIALIZER};
    made->remains = (jsp_remains){.report = set_aside, .baton = baton};
    name_identity(made);
    if (!jsp_survey_take(&made->survey, snapshot, &made->faults)) {
        js_salvage_end(made);
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", snapshot->database->directory);
    }
    *salvage = made;
    return JS_OK;
}

js_result js_salvage_next(js_salvage *salvage, const char **line, size_t *length)
{
    jsp_dump_line record = {.kind = JSP_DUMP_KINDS};
    js_result result = JS_END;
    while (salvage->stage < STEPS && (result = steps[salvage->stage](salvage, &record)) == JS_END) {
        salvage->stage++;
    }
    salvage->totals.damaged = salvage->faults.count;
    if (result != JS_OK) {
        return result;
    }
    jsp_dump_line_write(&salvage->text, &record);
    if (salvage->text.failed || salvage->remains.text.failed) {
        return JS_SYSTEM;
    }
    salvage->lines++;
    salvage->crc = jsp_crc32c_more(salvage->crc, salvage->text.data, salvage->text.length);
    salvage->crc = jsp_crc32c_more(salvage->crc, "\n", 1);
    *line = salvage->text.data;
    *length = salvage->text.length;
    return JS_OK;
}

const js_dump_totals *js_salvage_get_totals(const js_salvage *salvage)
{
    return &salvage->totals;
}

void js_salvage_end(js_salvage *salvage)
{
    if (salvage != NULL) {
        jsp_survey_free(&salvage->survey);
        jsp_remains_free(&salvage->remains);
        jsp_text_free(&salvage->text);
        free(salvage);
    }
}
