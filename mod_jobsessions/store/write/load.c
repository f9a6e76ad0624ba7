/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a dump into a new database: what comes is checked as what anybody puts is, and has to be to the byte what
 * the other database had. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/ticks.h"
#include "format/dump_line.h"
#include "write/append.h"
#include "write/incoming.h"
#include "write/index_write.h"
#include "write/parse.h"
#include "write/schema.h"
#include "write/tombstone.h"
#include "write/types.h"

/* Commit after so many records, or earlier when they are large: until then their pages are in memory. */
#define RECORDS_MAX 10000
#define BYTES_MAX ((size_t)32 << 20)

struct js_load {
    js_database *database;
    js_transaction *transaction; /* NULL: nothing waits for its commit */
    size_t records;              /* that wait */
    size_t bytes;
    js_dump_totals totals; /* of what was loaded, of `lines` lines that have the checksum `crc` */
    uint64_t lines;
    uint32_t crc;
    jsp_dump_kind kind; /* of the last one */
    uint64_t last_id;   /* as the header has them */
    uint64_t last_usn;
    uint64_t revision;
    jsp_item_place place; /* of the last item, or the last session's */
    uint64_t removed;     /* the last one */
    jsp_text text;        /* to write a line in */
};

/* Take a record, in a transaction that has begun. */
typedef js_result take(js_load *load, const jsp_dump_line *line, js_error *error);

#define ANEW "the dump was changed, or is damaged: make another one, or take another copy"

static js_result damaged(js_error *error, const char *what)
{
    return jsp_fail(error, JS_INVALID, "%s; " ANEW, what);
}

static js_result break_off(js_load *load, js_error *error, int rc, const char *doing)
{
    return jsp_transaction_break(load->transaction, error, rc, doing);
}

static js_result take_header(js_load *load, const jsp_dump_line *line, js_error *error)
{
    if (line->format < 1 || line->format > JS_FORMAT) {
        return jsp_fail(error, JS_INVALID,
                        "the dump is of a database of format %" PRIu64
                        ", this program knows those up to %d; load it with the version that made "
                        "it",
                        line->format, JS_FORMAT);
    }
    if (line->identity.length != sizeof(load->totals.identity) - 1) {
        return damaged(error, "the database's identity is none");
    }
    memcpy(load->totals.identity, line->identity.text, line->identity.length);
    load->last_id = line->last_id;
    load->last_usn = line->last_usn;
    load->revision = line->revision;
    return JS_OK;
}

static js_result take_type(js_load *load, const jsp_dump_line *line, js_error *error)
{
    (void)line;
    json_t *object;
    uint16_t code;
    js_result result = jsp_parse_object(load->text.data, load->text.length, &object, error);
    if (result != JS_OK) {
        return result;
    }
    const json_t *type = json_object_get(object, "type");
    size_t length = json_string_length(type);
    result = length > 0 && length <= JS_TYPE_MAX && strlen(json_string_value(type)) == length
                 ? jsp_types_code(load->transaction, json_string_value(type), &code, error)
                 : damaged(error, "a type has 1 to 128 bytes");
    json_decref(object);
    load->totals.types++;
    return result;
}

/* What was read has to be what was written, or it would not come back equal. Members that had no place of their own
 * yet when the dump was made stood behind the others. */
static js_result check_json(const js_load *load, const jsp_dump_line *line, const json_t *read,
                            js_error *error)
{
    const jsp_text *text = &load->transaction->text;
    bool is_same = text->length == line->json.length;
    if (is_same && memcmp(text->data, line->json.text, text->length) != 0) {
        json_t *written = json_loadb(text->data, text->length, JSON_ALLOW_NUL, NULL);
        is_same = json_equal(read, written) != 0;
        json_decref(written);
    }
    return is_same ? JS_OK : damaged(error, "the JSON is not in the form in which it is stored");
}

static js_result check_session(const js_load *load, jsp_incoming *incoming, js_error *error)
{
    bool found;
    if (load->totals.sessions > 0 && incoming->facts.id <= load->place.session) {
        return jsp_fail(error, JS_INVALID,
                        "session %" PRIu64 " stands behind session %" PRIu64 "; " ANEW,
                        incoming->facts.id, load->place.session);
    }
    js_result result = jsp_schema_usn(incoming->session, &found, &incoming->facts.usn, error);
    return result == JS_OK ? jsp_incoming_check(incoming, load->transaction, error) : result;
}

/* A session under a uuid brings its number with it, and no other does. */
static js_result take_number(jsp_incoming *incoming, const jsp_dump_line *line, js_error *error)
{
    if (incoming->facts.has_uuid != (line->number != 0)
        || (incoming->facts.has_uuid && !incoming->is_new_name)) {
        return damaged(error, "the session's number is not what it should be");
    }
    if (line->number != 0) {
        incoming->facts.id = line->number;
    }
    return JS_OK;
}

/* Not by js_transaction_import(): a member "damaged" or "deleted" that a session has itself means nothing here. */
static js_result take_session(js_load *load, const jsp_dump_line *line, js_error *error)
{
    jsp_incoming incoming;
    js_result result =
        jsp_incoming_read(&incoming, load->transaction, line->json.text, line->json.length, error);
    result = result == JS_OK ? take_number(&incoming, line, error) : result;
    result = result == JS_OK ? check_session(load, &incoming, error) : result;
    result = result == JS_OK ? check_json(load, line, incoming.session, error) : result;
    result = result == JS_OK ? jsp_incoming_write(&incoming, load->transaction, error) : result;
    load->place = (jsp_item_place){.session = incoming.facts.id};
    load->totals.sessions++;
    jsp_incoming_free(&incoming);
    return result;
}

/* The place of the next item, which is behind the last one. */
static js_result find_place(js_load *load, const jsp_dump_line *line, js_error *error)
{
    unsigned kind = jsp_item_list_named(line->text.text, line->text.length);
    if (load->totals.sessions == 0 || line->id != load->place.session) {
        return damaged(error, "the item does not stand behind its session");
    }
    if (kind == JS_ITEM_KINDS || kind < load->place.kind) {
        return damaged(error, kind == JS_ITEM_KINDS
                                  ? "there is no such list of items"
                                  : "the item stands behind those of other lists");
    }
    load->place.number = kind == load->place.kind ? load->place.number + 1 : 1;
    load->place.kind = kind;
    return JS_OK;
}

static js_result take_item(js_load *load, const jsp_dump_line *line, js_error *error)
{
    json_t *item = NULL;
    js_result result = find_place(load, line, error);
    result = result == JS_OK ? jsp_parse_object(line->json.text, line->json.length, &item, error)
                             : result;
    result = result == JS_OK ? jsp_schema_write_item(item, (js_item_kind)load->place.kind,
                                                     &load->transaction->text, error)
                             : result;
    result = result == JS_OK ? check_json(load, line, item, error) : result;
    json_decref(item);
    if (result != JS_OK) {
        return result;
    }
    load->totals.items++;
    int rc = jsp_append_item(load->transaction, &load->place, true);
    return rc == 0 ? JS_OK : break_off(load, error, rc, "write an item");
}

/* When a session was removed, in the form in which it is dumped. */
static js_result read_time(const jsp_dump_line *line, int64_t *time, js_error *error)
{
    char text[JSP_TICKS_TEXT];
    *time = JSP_TICKS_NONE;
    if (line->time.length == 0) {
        return JS_OK;
    }
    return jsp_date_parse(line->time.text, line->time.length, time) == NULL
                   && jsp_date_format(*time, text) == line->time.length
                   && memcmp(text, line->time.text, line->time.length) == 0
               ? JS_OK
               : damaged(error, "the time is none");
}

static js_result check_removal(js_load *load, const jsp_dump_line *line, jsp_removal *removal,
                               js_error *error)
{
    jsp_entry entry;
    if (load->totals.removed > 0 && line->id <= load->removed) {
        return damaged(error, "removed sessions do not stand in the order of their ids");
    }
    int rc = jsp_index_write_find(&load->transaction->checked, load->transaction->index, line->id,
                                  &entry);
    if (rc != MDB_NOTFOUND) {
        return rc == 0 ? damaged(error, "the removed session is there")
                       : break_off(load, error, rc, "look a session up");
    }
    removal->usn = line->usn;
    return read_time(line, &removal->time, error);
}

/* The uuid that a removed session had, in the form in which it is dumped, and nobody else has. */
static js_result take_uuid(js_load *load, const jsp_dump_line *line, js_error *error)
{
    uint8_t uuid[JSP_UUID_SIZE];
    char text[JSP_UUID_TEXT];
    uint64_t id;
    if (line->uuid.length == 0) {
        return JS_OK;
    }
    if (!js_uuid_parse(line->uuid.text, line->uuid.length, uuid)) {
        return damaged(error, "the uuid is none");
    }
    jsp_uuid_format(uuid, text);
    if (memcmp(text, line->uuid.text, JSP_UUID_TEXT) != 0) {
        return damaged(error, "the uuid is not in the form in which it is stored");
    }
    int rc = jsp_naming_number(load->transaction, uuid, &id);
    if (rc == 0) {
        return damaged(error, "the uuid is another session's");
    }
    rc = rc == MDB_NOTFOUND ? jsp_naming_put(load->transaction, uuid, line->id) : rc;
    return rc == 0 ? JS_OK : break_off(load, error, rc, "write a uuid");
}

static js_result take_removal(js_load *load, const jsp_dump_line *line, js_error *error)
{
    jsp_removal removal;
    jsp_counters *counters = &load->transaction->counters;
    js_result result = check_removal(load, line, &removal, error);
    result = result == JS_OK ? take_uuid(load, line, error) : result;
    if (result != JS_OK) {
        return result;
    }
    int rc = jsp_tombstone_put(load->transaction, line->id, JSP_TOMBSTONE_NEW, &removal);
    if (rc != 0) {
        return break_off(load, error, rc, "write what is left of a session");
    }
    load->removed = line->id;
    load->totals.removed++;
    counters->last_id = line->id > counters->last_id ? line->id : counters->last_id;
    counters->last_usn = line->usn > counters->last_usn ? line->usn : counters->last_usn;
    return JS_OK;
}

static js_result check_end(const js_load *load, const jsp_dump_line *line, js_error *error)
{
    char digits[JSP_DUMP_CRC_TEXT];
    const js_dump_totals *totals = &load->totals;
    jsp_slice crc = jsp_dump_line_crc(load->crc, digits);
    if (line->lines != load->lines || line->counts.types != totals->types
        || line->counts.sessions != totals->sessions || line->counts.items != totals->items
        || line->counts.removed != totals->removed) {
        return damaged(error, "there are not as many lines before it as it says");
    }
    if (line->crc.length != crc.length || memcmp(line->crc.text, crc.text, crc.length) != 0) {
        return jsp_fail(error, JS_INVALID,
                        "the lines before it have the CRC-32C %s, it says %.*s; " ANEW, digits,
                        (int)(line->crc.length < 16 ? line->crc.length : 16), line->crc.text);
    }
    return JS_OK;
}

/* The counters go on where the other database's stood. */
static js_result take_end(js_load *load, const jsp_dump_line *line, js_error *error)
{
    jsp_counters *counters = &load->transaction->counters;
    js_result result = check_end(load, line, error);
    if (result == JS_OK
        && (counters->last_id > load->last_id || counters->last_usn > load->last_usn)) {
        result = damaged(error, "there are ids or usns above the last ones that the header tells");
    }
    if (result == JS_OK) {
        counters->last_id = load->last_id;
        counters->last_usn = load->last_usn;
        counters->revision = load->revision;
        load->totals.damaged = line->damaged;
    }
    return result;
}

static take *const takes[JSP_DUMP_KINDS] = {
    [JSP_DUMP_HEADER] = take_header,   [JSP_DUMP_TYPE] = take_type,
    [JSP_DUMP_SESSION] = take_session, [JSP_DUMP_ITEM] = take_item,
    [JSP_DUMP_REMOVAL] = take_removal, [JSP_DUMP_END] = take_end,
};

/* Kinds come in their order, but that sessions stand between items. */
static bool may_follow(jsp_dump_kind before, jsp_dump_kind kind)
{
    return kind == JSP_DUMP_SESSION ? before <= JSP_DUMP_ITEM
                                    : kind >= before && kind != JSP_DUMP_HEADER;
}

static js_result check_order(const js_load *load, jsp_dump_kind kind, js_error *error)
{
    if (load->lines == 0) {
        return kind == JSP_DUMP_HEADER
                   ? JS_OK
                   : jsp_fail(error, JS_INVALID,
                              "this is no dump: it does not begin with one's header; name what "
                              "`jobsessions dump` has printed");
    }
    if (load->kind == JSP_DUMP_END) {
        return damaged(error, "the dump has ended before");
    }
    return may_follow(load->kind, kind) ? JS_OK : damaged(error, "it is not in its place");
}

/* Read a line: what it would be written as is what it has to be. */
static js_result read_line(js_load *load, const char *bytes, size_t length, jsp_dump_line *line,
                           js_error *error)
{
    const char *wrong = jsp_dump_line_read(line, bytes, length);
    if (line->kind == JSP_DUMP_HEADER && line->version > JSP_DUMP_VERSION) {
        return jsp_fail(error, JS_INVALID,
                        "the dump is of version %" PRIu64
                        ", this program reads version %d; load it with a later version",
                        line->version, JSP_DUMP_VERSION);
    }
    js_result result = check_order(load, line->kind, error);
    if (result != JS_OK || wrong != NULL) {
        return result == JS_OK ? damaged(error, wrong) : result;
    }
    jsp_dump_line_write(&load->text, line);
    if (load->text.failed) {
        return jsp_fail(error, JS_SYSTEM, "out of memory");
    }
    return load->text.length == length && memcmp(load->text.data, bytes, length) == 0
               ? JS_OK
               : damaged(error, "it is not written as a dump is");
}

static js_result begin(js_load *load, js_error *error)
{
    return load->transaction != NULL
               ? JS_OK
               : js_transaction_begin(load->database, &load->transaction, error);
}

static js_result commit(js_load *load, js_error *error)
{
    js_transaction *transaction = load->transaction;
    load->transaction = NULL;
    load->records = load->bytes = 0;
    return transaction != NULL ? js_transaction_commit(transaction, error) : JS_OK;
}

js_result js_load_line(js_load *load, const char *line, size_t length, js_error *error)
{
    jsp_dump_line record;
    js_result result = read_line(load, line, length, &record, error);
    result = result == JS_OK ? begin(load, error) : result;
    result = result == JS_OK ? takes[record.kind](load, &record, error) : result;
    if (result != JS_OK) {
        return result;
    }
    load->kind = record.kind;
    load->lines++;
    load->crc = jsp_crc32c_more(load->crc, line, length);
    load->crc = jsp_crc32c_more(load->crc, "\n", 1);
    load->bytes += length;
    return ++load->records < RECORDS_MAX && load->bytes < BYTES_MAX ? JS_OK : commit(load, error);
}

static js_result check_empty(js_load *load, js_error *error)
{
    js_result result = begin(load, error);
    if (result != JS_OK) {
        return result;
    }
    const jsp_counters *counters = &load->transaction->counters;
    return counters->last_usn == 0 && counters->count == 0 && counters->revision == 0
               ? JS_OK
               : jsp_fail(error, JS_CONFLICT, "%s: there are sessions in it; load into a new one",
                          load->database->directory);
}

js_result js_load_begin(js_database *database, js_load **load, js_error *error)
{
    js_load *made = calloc(1, sizeof(*made));
    *load = NULL;
    if (made == NULL) {
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", database->directory);
    }
    made->database = database;
    js_result result = check_empty(made, error);
    if (result != JS_OK) {
        js_load_abort(made);
        return result;
    }
    *load = made;
    return JS_OK;
}

js_result js_load_end(js_load *load, js_dump_totals *totals, js_error *error)
{
    js_result result = load->lines > 0 && load->kind == JSP_DUMP_END
                           ? commit(load, error)
                           : damaged(error, "the dump is cut off: its end is missing");
    if (totals != NULL) {
        *totals = load->totals;
    }
    js_load_abort(load);
    return result;
}

void js_load_abort(js_load *load)
{
    if (load != NULL) {
        js_transaction_abort(load->transaction);
        jsp_text_free(&load->text);
        free(load);
    }
}
