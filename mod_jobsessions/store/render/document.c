/* SPDX-License-Identifier: Apache-2.0 */
/* The document "Exporting Sessions List", rendered from a snapshot by copying: each session's
 * stored bytes without their closing brace, then its links. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "format/record.h"
#include "render/csv.h"
#include "render/numbers.h"
#include "render/shape.h"
#include "render/xml.h"

enum stage {
    STAGE_HEAD,
    STAGE_ELEMENTS,
    STAGE_TAIL,
    STAGE_END
};

/* Pieces of text that can wait to be copied: of a session and its links no more than this. */
#define PIECES 15

/* Bytes. */
#define SKIPPED_AT_A_TIME ((size_t)16 * 1024)

/* A text that is not ended by NUL. */
struct piece {
    const char *text; /* NULL: spaces */
    size_t length;
};

struct js_document {
    uint64_t length;   /* of the whole document, or JS_NO_LENGTH */
    uint64_t first;    /* byte of it that is handed out first */
    uint64_t end;      /* and behind the last one; JS_NO_LENGTH as length */
    uint64_t produced; /* of it, handed out or not */
    uint64_t damaged;
    /* where its elements come from */
    js_result (*next)(void *source, js_session *element);
    void (*rewind)(void *source);
    void *source;
    uint64_t count;
    uint64_t rendered;           /* of them, or passed over */
    uint64_t halt;               /* so many are rendered for now */
    const js_snapshot *snapshot; /* knows the ids of what has no JSON; may be NULL */
    js_damage_report *report;
    void *baton;
    js_frame frame;
    unsigned numbers; /* of js_numbers */
    bool is_stored;   /* sessions are told as the very bytes that are stored */
    enum stage stage;
    struct piece pieces[PIECES]; /* queued for the next buffer */
    unsigned piece_count;
    unsigned next_piece;
    struct piece link[3]; /* around a session's id */
    struct piece place;   /* before the number of a session under a uuid, in a list of changes */
    uint64_t place_bytes; /* that it adds to one of them, beside the number's */
    bool tells_places;
    uint64_t unstated; /* elements without a status, in a shape that has one of all */
    size_t tail_length;
    /* texts that pieces are of */
    char head[96];
    char tail[2 * JS_LINK_MAX];
    char links[3 * JS_LINK_MAX + 160];
    char name[JS_ID_TEXT];
    char number[JSP_ID_DIGITS_MAX];
    char placeholder[160];
    char *converted; /* a session in a form other than JSON */
    size_t converted_room;
    js_session session; /* the only one */
    js_source other;    /* than a snapshot */
};

size_t js_document_size(void)
{
    return sizeof(struct js_document);
}

uint64_t js_document_length(const js_document *document)
{
    return document->end == JS_NO_LENGTH ? JS_NO_LENGTH : document->end - document->first;
}

uint64_t js_document_produced(const js_document *document)
{
    return document->produced > document->first ? document->produced - document->first : 0;
}

uint64_t js_document_damaged(const js_document *document)
{
    return document->damaged;
}

static void push(js_document *document, const char *text, size_t length)
{
    if (length > 0) { /* a full buffer would wait for room for nothing */
        document->pieces[document->piece_count].text = text;
        document->pieces[document->piece_count].length = length;
        document->piece_count++;
    }
}

/* What is left of the caller's buffer. */
struct room {
    char *at;
    char *end;
};

static void put(struct room *room, const char *text, size_t length)
{
    memcpy(room->at, text, length);
    room->at += length;
}

/* One of the texts around a session's id in its links. A collection is shorter than JS_LINK_MAX. */
static void prepare_link(js_document *document, unsigned number, struct room *room,
                         const char *before, const js_links *links)
{
    document->link[number].text = room->at;
    put(room, before, strlen(before));
    if (links != NULL) {
        put(room, links->collection, strlen(links->collection));
        put(room, "/", 1);
    }
    document->link[number].length = (size_t)(room->at - document->link[number].text);
}

/* What stands behind the second id instead, where a session's place is told. */
#define PLACE "/log\"},\"place\":{\"href\":\""
#define PLACE_QUERY "?maxId="
#define PLACE_END "\"}}}"

static void prepare_place(js_document *document, struct room *room, const js_links *links)
{
    document->place.text = room->at;
    put(room, PLACE, sizeof(PLACE) - 1);
    put(room, links->collection_port, strlen(links->collection_port));
    put(room, PLACE_QUERY, sizeof(PLACE_QUERY) - 1);
    document->place.length = (size_t)(room->at - document->place.text);
    document->place_bytes =
        document->place.length + sizeof(PLACE_END) - 1 - document->link[2].length;
}

/* Before the first id, before the second, and behind it. */
static void prepare_links(js_document *document, const js_links *links)
{
    struct room room = {document->links, document->links + sizeof(document->links)};
    prepare_link(document, 0, &room, ",\"_links\":{\"self\":{\"href\":\"", links);
    prepare_link(document, 1, &room, "\"},\"log\":{\"href\":\"", links);
    prepare_link(document, 2, &room, "/log\"}}}", NULL);
    prepare_place(document, &room, links);
}

/* Bytes that the links add to a session, beside its id's. */
static uint64_t link_bytes(const js_document *document)
{
    /* the stored closing brace is dropped; the links bring their own */
    return document->link[0].length + document->link[1].length + document->link[2].length - 1;
}

/* A removed session, in a list of changes. */
#define TOMBSTONE "{\"id\":\"%s\",\"usn\":%" PRIu64 ",\"deleted\":true}"
#define TOMBSTONE_BYTES (sizeof("{\"id\":\"\",\"usn\":,\"deleted\":true}") - 1)

/* The status of a session that has none, in a shape that has one of all. What is left out of others makes no room for it,
 * so that the document is longer by that. */
#define UNSTATED ",\"status\":\"Unknown\""
#define UNSTATED_BYTES (sizeof(UNSTATED) - 1)

/* What a document's elements come to. */
struct sum {
    uint64_t records;
    uint64_t json_bytes; /* of them */
    uint64_t id_digits;
    uint64_t tombstones;
    uint64_t tombstone_digits;
    uint64_t places;
    uint64_t place_digits;
};

static uint64_t length_of(js_document *document, const struct sum *sum)
{
    uint64_t count = sum->records + sum->tombstones;
    uint64_t elements = sum->json_bytes + sum->tombstones * TOMBSTONE_BYTES + sum->tombstone_digits;
    if (document->frame.links != NULL) {
        elements += sum->records * link_bytes(document) + 2 * sum->id_digits;
    }
    if (document->tells_places) {
        elements += sum->places * document->place_bytes + sum->place_digits;
    }
    elements += document->unstated * UNSTATED_BYTES;
    document->tail_length = document->frame.format == JS_JSON ? strlen(document->frame.tail) : 0;
    switch (document->frame.format) {
    case JS_JSON:
        return strlen(document->frame.head) + document->tail_length + elements
               + (count > 0 ? count - 1 : 0);
    case JS_NDJSON:
        return elements + count;
    default:
        return JS_NO_LENGTH;
    }
}

void js_document_rewind(js_document *document)
{
    document->produced = document->rendered = document->damaged = 0;
    document->piece_count = document->next_piece = 0;
    document->halt = UINT64_MAX;
    document->stage = STAGE_HEAD;
    document->rewind(document->source);
}

void js_document_halt(js_document *document, uint64_t elements)
{
    document->halt = elements;
}

void js_document_pass(js_document *document, uint64_t elements, uint64_t bytes, uint64_t last)
{
    js_snapshot_pass(document->source, elements, last);
    document->rendered += elements;
    document->produced += bytes;
    if (document->rendered == document->count) {
        document->stage = STAGE_TAIL;
    }
}

void js_document_part(js_document *document, uint64_t first, uint64_t length)
{
    document->first = first;
    document->end = first + length;
}

/* Whether it is shown in the vendor's later words. */
static bool is_shaped(const js_document *document)
{
    return document->frame.shape == JS_SHAPE_V8_1
           && (document->frame.format == JS_JSON || document->frame.format == JS_NDJSON);
}

static void begin(js_document *document, const js_snapshot *snapshot, const js_frame *frame,
                  js_damage_report *report, void *baton)
{
    document->snapshot = snapshot;
    document->report = report;
    document->baton = baton;
    document->frame = *frame;
    document->numbers = 0;
    document->is_stored = !is_shaped(document);
    document->tells_places = false;
    document->unstated = 0;
    document->converted = NULL;
    document->converted_room = 0;
    if (frame->links != NULL) {
        prepare_links(document, frame->links);
    }
}

/* What comes to so much stands before its first byte. */
static void start(js_document *document, const struct sum *sum)
{
    document->length = length_of(document, sum);
    document->first = 0;
    document->end = document->length;
    js_document_rewind(document);
}

static js_result next_of_all(void *snapshot, js_session *session)
{
    return js_snapshot_next(snapshot, session);
}

static void rewind_all(void *snapshot)
{
    js_snapshot_rewind(snapshot);
}

static js_result next_of_one(void *found, js_session *session)
{
    *session = *(const js_session *)found;
    return JS_OK;
}

static void rewind_one(void *found)
{
    (void)found;
}

static js_result next_of_source(void *source_, js_session *session)
{
    const js_source *source = source_;
    return source->next(source->baton, session);
}

static void rewind_source(void *source_)
{
    const js_source *source = source_;
    source->rewind(source->baton);
}

static js_result next_of_list(void *list, js_session *session)
{
    return js_list_next(list, session);
}

static void rewind_list(void *list)
{
    js_list_rewind(list);
}

static js_result next_of_items(void *items, js_session *item)
{
    return js_items_next(items, item);
}

static void rewind_items(void *items)
{
    js_items_rewind(items);
}

/* All that matches, around what is all on one page. */
static void frame_export(js_document *document, uint64_t count)
{
    (void)snprintf(document->head, sizeof(document->head),
                   "{\"offset\":0,\"limit\":-1,\"totalCount\":%" PRIu64 ",\"results\":[", count);
    (void)snprintf(document->tail, sizeof(document->tail),
                   "],\"_links\":{\"self\":{\"href\":\"%s?offset=0&limit=-1&display=Full\"}}}",
                   document->frame.links->collection_port);
    document->frame.head = document->frame.format == JS_JSON ? document->head : "";
    document->frame.tail = document->frame.format == JS_JSON ? document->tail : "";
}

js_result js_document_begin(js_document *document, js_snapshot *snapshot, const js_links *links,
                            js_damage_report *report, void *baton, js_error *error)
{
    js_totals totals;
    js_frame frame = {.links = links};
    js_result result = js_snapshot_totals(snapshot, &totals, error);
    if (result != JS_OK) {
        return result;
    }
    begin(document, snapshot, &frame, report, baton);
    frame_export(document, totals.count);
    document->next = next_of_all;
    document->rewind = rewind_all;
    document->source = snapshot;
    document->count = totals.count;
    start(document, &(struct sum){.records = totals.count,
                                  .json_bytes = totals.json_bytes,
                                  .id_digits = totals.id_digits});
    return JS_OK;
}

/* The text of a session's id, ended by NUL; returns its length. */
static unsigned name_of(const js_document *document, const js_session *session,
                        char name[JS_ID_TEXT])
{
    unsigned length;
    if (session->json != NULL
        && jsp_record_id_length(session->json, session->length, session->id) == JSP_UUID_TEXT) {
        memcpy(name, session->json + JSP_ID_AT, JSP_UUID_TEXT);
        length = JSP_UUID_TEXT;
    } else if (session->json == NULL && document->snapshot != NULL) {
        js_snapshot_id_text(document->snapshot, session->id, name);
        return (unsigned)strlen(name);
    } else {
        length = jsp_id_format(session->id, name);
    }
    name[length] = '\0';
    return length;
}

/* Whether a session is to be given the status of those that have none. */
static bool is_unstated(const js_document *document, const js_session *element)
{
    jsp_slice status;
    return document->unstated > 0 && element->damage == NULL
           && !jsp_json_member((jsp_slice){element->json, element->length}, "status", &status);
}

void js_document_begin_session(js_document *document, const js_session *session,
                               const js_frame *frame, js_damage_report *report, void *baton)
{
    js_document_begin_found(document, NULL, session, frame, report, baton);
}

void js_document_begin_found(js_document *document, const js_snapshot *snapshot,
                             const js_session *session, const js_frame *frame,
                             js_damage_report *report, void *baton)
{
    begin(document, snapshot, frame, report, baton);
    document->session = *session;
    document->next = next_of_one;
    document->rewind = rewind_one;
    document->source = &document->session;
    document->count = 1;
    document->unstated = is_shaped(document);
    document->unstated = is_unstated(document, session);
    start(document, &(struct sum){.records = 1,
                                  .json_bytes = session->length,
                                  .id_digits = name_of(document, session, document->name)});
}

static void start_list(js_document *document, js_list *list)
{
    const js_list_totals *totals = js_list_get_totals(list);
    document->next = next_of_list;
    document->rewind = rewind_list;
    document->source = list;
    document->count = totals->count + totals->tombstones;
    struct sum sum = {.records = totals->count,
                      .json_bytes = totals->json_bytes,
                      .id_digits = totals->id_digits,
                      .tombstones = totals->tombstones,
                      .tombstone_digits = totals->tombstone_digits};
    sum.places = js_list_places(list, &sum.place_digits);
    document->tells_places =
        sum.places > 0 && document->frame.links != NULL && !is_shaped(document);
    if (is_shaped(document)) {
        (void)js_list_unstated(list, &document->unstated); /* of what is damaged what can be read */
    }
    start(document, &sum);
}

void js_document_begin_list(js_document *document, js_list *list, const js_frame *frame,
                            js_damage_report *report, void *baton)
{
    begin(document, js_list_snapshot(list), frame, report, baton);
    start_list(document, list);
}

void js_document_begin_export(js_document *document, js_list *list, const js_frame *frame,
                              js_damage_report *report, void *baton)
{
    begin(document, js_list_snapshot(list), frame, report, baton);
    frame_export(document, js_list_get_totals(list)->total);
    start_list(document, list);
}

void js_document_begin_source(js_document *document, const js_source *source, const js_frame *frame,
                              js_damage_report *report, void *baton)
{
    begin(document, NULL, frame, report, baton);
    document->other = *source;
    document->next = next_of_source;
    document->rewind = rewind_source;
    document->source = &document->other;
    document->count = source->count;
    document->unstated = is_shaped(document) ? source->count : 0;
    document->tail_length = frame->format == JS_JSON ? strlen(frame->tail) : 0;
    document->first = 0;
    document->length = document->end = JS_NO_LENGTH;
    js_document_rewind(document);
}

void js_document_set_links(js_document *document, const js_links *links)
{
    document->frame.links = links;
    if (links != NULL) {
        prepare_links(document, links);
    }
}

void js_document_begin_items(js_document *document, js_items *items, const js_frame *frame,
                             js_damage_report *report, void *baton)
{
    const js_items_totals *totals = js_items_get_totals(items);
    begin(document, NULL, frame, report, baton);
    document->next = next_of_items;
    document->rewind = rewind_items;
    document->source = items;
    document->count = totals->count;
    start(document, &(struct sum){.records = totals->count, .json_bytes = totals->json_bytes});
}

void js_document_tell_numbers(js_document *document, unsigned numbers)
{
    document->numbers = numbers;
    document->is_stored = numbers == 0 && !is_shaped(document);
}

void js_document_begin_text(js_document *document, const char *text)
{
    begin(document, NULL, &(js_frame){.format = JS_JSON, .head = text, .tail = ""}, NULL, NULL);
    document->next = next_of_one;
    document->rewind = rewind_one;
    document->source = NULL;
    document->count = 0;
    start(document, &(struct sum){0});
}

void js_document_end(js_document *document)
{
    free(document->converted);
    document->converted = NULL;
    document->converted_room = 0;
}

/* As much of a session as is known without its record, into document->placeholder; at most `most`
 * bytes, always fewer than the record was. No closing brace. */
static size_t make_placeholder(js_document *document, const js_session *element, size_t most)
{
    static const char *const formats[] = {
        ("{\"id\":\"%s\",\"type\":\"Unknown\",\"localizedType\":\"Damaged Record\","
         "\"status\":\"Unknown\"%s"),
        "{\"id\":\"%s\",\"status\":\"Unknown\"%s",
        "{\"id\":\"%s\"%s",
        "{\"id\":\"%s\"",
    };
    /* a client of v8.1 would refuse the mark, and with it the page */
    const char *mark = is_shaped(document) ? "" : ",\"damaged\":true";
    (void)name_of(document, element, document->name);
    size_t length = SIZE_MAX;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) && length > most; i++) {
        length = (size_t)snprintf(document->placeholder, sizeof(document->placeholder), formats[i],
                                  document->name, mark);
    }
    return length < most ? length : most;
}

static void push_placeholder(js_document *document, const js_session *element)
{
    size_t wanted = element->length - 1;
    bool is_session = document->frame.links != NULL;
    size_t length = is_session ? make_placeholder(document, element, wanted) : 1;
    push(document, is_session ? document->placeholder : "{", length);
    if (length < wanted) {
        push(document, NULL, wanted - length);
    }
}

static void push_links(js_document *document, const js_session *element)
{
    unsigned length = name_of(document, element, document->name);
    push(document, document->link[0].text, document->link[0].length);
    push(document, document->name, length);
    push(document, document->link[1].text, document->link[1].length);
    push(document, document->name, length);
    if (document->tells_places && length == JSP_UUID_TEXT) {
        push(document, document->place.text, document->place.length);
        push(document, document->number, jsp_id_format(element->id, document->number));
        push(document, PLACE_END, sizeof(PLACE_END) - 1);
    } else {
        push(document, document->link[2].text, document->link[2].length);
    }
}

/* Write a session, or a line of a log, without its closing brace, in the shape and with the numbers that are asked for;
 * there is room for what is stored and JSP_SHAPE_SLACK. */
static void tell(const js_document *document, char *to, jsp_slice stored)
{
    bool is_session = document->frame.links != NULL;
    if (!is_shaped(document)) {
        memcpy(to, stored.text, stored.length - 1);
    } else if (is_session) {
        jsp_shape_session(to, stored);
    } else {
        jsp_shape_line(to, stored);
    }
    if (document->numbers != 0) {
        jsp_numbers_tell(to, stored.length - 1,
                         is_session ? &jsp_members_of_session : &jsp_members_of_log,
                         document->numbers);
    }
}

/* What is stored but for the closing brace, or what is shown in its place. False when memory ran out. */
static bool push_stored(js_document *document, const js_session *element)
{
    jsp_text text = {.data = document->converted, .room = document->converted_room};
    const char *shown = element->json;
    if (!document->is_stored) {
        char *to = jsp_text_reserve(&text, element->length + JSP_SHAPE_SLACK);
        document->converted = text.data;
        document->converted_room = text.room;
        if (to == NULL) {
            return false;
        }
        tell(document, to, (jsp_slice){element->json, element->length});
        shown = to;
    }
    push(document, shown, element->length - 1);
    return true;
}

/* False when memory ran out. */
static bool push_json(js_document *document, const js_session *element)
{
    if (element->deleted_usn != 0) {
        (void)name_of(document, element, document->name);
        int length = snprintf(document->placeholder, sizeof(document->placeholder), TOMBSTONE,
                              document->name, element->deleted_usn);
        push(document, document->placeholder, (size_t)length);
        return true;
    }
    if (element->damage != NULL) {
        push_placeholder(document, element);
    } else if (!push_stored(document, element)) {
        return false;
    }
    if (is_unstated(document, element)) {
        push(document, UNSTATED, UNSTATED_BYTES);
    }
    if (document->frame.links != NULL) {
        push_links(document, element);
    } else {
        push(document, "}", 1);
    }
    return true;
}

/* Bytes that a session in CSV or XML may take. */
static size_t most_converted(const js_document *document, size_t length)
{
    return document->frame.format == JS_XML ? jsp_xml_most(length, document->frame.links)
                                            : jsp_csv_most(length);
}

/* Bytes of room that it needs: where it is not told as it is stored, what is told stands behind that first. */
static size_t room_to_convert(const js_document *document, size_t length)
{
    return most_converted(document, length) + (document->is_stored ? 0 : length);
}

/* Append a session in CSV or XML to a text with room for it. */
static void convert(const js_document *document, jsp_text *text, jsp_slice json, uint64_t id)
{
    if (!document->is_stored) {
        char *told = text->data + most_converted(document, json.length);
        memcpy(told, json.text, json.length);
        jsp_numbers_tell(told, json.length - 1, &jsp_members_of_session, document->numbers);
        json.text = told;
    }
    switch (document->frame.format) {
    case JS_CSV:
        jsp_csv_row(text, json);
        break;
    case JS_SHEET:
        jsp_sheet_row(text, json);
        break;
    default:
        jsp_xml_session(text, json, document->frame.links, id);
    }
}

/* False when memory ran out. */
static bool push_converted(js_document *document, const js_session *element)
{
    jsp_text text = {.data = document->converted, .room = document->converted_room};
    const char *json = element->json;
    size_t length = element->length;
    if (element->damage != NULL) {
        length = make_placeholder(document, element, sizeof(document->placeholder));
        document->placeholder[length++] = '}';
        json = document->placeholder;
    }
    if (jsp_text_reserve(&text, room_to_convert(document, length)) != NULL) {
        convert(document, &text, (jsp_slice){json, length}, element->id);
    }
    document->converted = text.data;
    document->converted_room = text.room;
    push(document, text.data, text.length);
    return !text.failed;
}

static bool push_element(js_document *document, const js_session *element)
{
    js_format format = document->frame.format;
    if (format == JS_JSON && document->rendered > 0) {
        push(document, ",", 1);
    }
    document->rendered++;
    if (element->damage != NULL) {
        document->damaged++;
        if (document->report != NULL) {
            document->report(document->baton, element);
        }
    }
    if (format != JS_JSON && format != JS_NDJSON) {
        return push_converted(document, element);
    }
    bool done = push_json(document, element);
    if (format == JS_NDJSON) {
        push(document, "\n", 1);
    }
    return done;
}

static void push_csv_header(js_document *document)
{
    jsp_text text = {.data = document->converted, .room = document->converted_room};
    if (document->frame.format == JS_SHEET) {
        jsp_sheet_header(&text);
    } else {
        jsp_csv_header(&text);
    }
    document->converted = text.data;
    document->converted_room = text.room;
    push(document, text.data, text.length);
}

static void push_head(js_document *document)
{
    switch (document->frame.format) {
    case JS_JSON:
        push(document, document->frame.head, strlen(document->frame.head));
        break;
    case JS_CSV:
    case JS_SHEET:
        push_csv_header(document);
        break;
    case JS_XML:
        push(document, jsp_xml_head, strlen(jsp_xml_head));
        push(document, document->frame.head, strlen(document->frame.head));
        push(document, ">\n", 2);
        break;
    case JS_NDJSON:
        break;
    }
}

/* Damaged sessions had a status, or had not: what was announced for it is made up for before the end. */
static void push_missing(js_document *document)
{
    uint64_t missing = document->length - document->produced - document->tail_length;
    if (document->length != JS_NO_LENGTH && document->unstated > 0
        && missing <= document->unstated * UNSTATED_BYTES) {
        push(document, NULL, (size_t)missing);
    }
}

static void push_tail(js_document *document)
{
    push_missing(document);
    if (document->frame.format == JS_JSON) {
        push(document, document->frame.tail, strlen(document->frame.tail));
    } else if (document->frame.format == JS_XML) {
        push(document, jsp_xml_tail, strlen(jsp_xml_tail));
    }
}

/* Whether what is queued leaves room for the document's end. A damaged record whose index entry is
 * damaged, too, may not: the document is broken off while the client can still see that it is. */
static bool fits(const js_document *document)
{
    uint64_t queued = document->tail_length;
    for (unsigned i = 0; i < document->piece_count; i++) {
        queued += document->pieces[i].length;
    }
    return queued <= document->length - document->produced;
}

/* Copy of the piece at hand what fits. */
static size_t copy(js_document *document, char *buffer, size_t room)
{
    const char *text = document->pieces[document->next_piece].text;
    size_t left = document->pieces[document->next_piece].length;
    size_t length = left < room ? left : room;
    if (text != NULL) {
        memcpy(buffer, text, length);
        document->pieces[document->next_piece].text = text + length;
    } else {
        memset(buffer, ' ', length);
    }
    document->pieces[document->next_piece].length = left - length;
    document->next_piece += left == length;
    return length;
}

/* A whole session in JSON, with its links, that fits. Of lines each has its end, in a document commas stand between. */
static bool put_json(js_document *document, const js_session *element, struct room *room)
{
    char digits[JSP_ID_DIGITS_MAX];
    const char *name = digits;
    bool is_line = document->frame.format == JS_NDJSON;
    bool has_comma = !is_line && document->rendered > 0;
    unsigned id = jsp_id_format(element->id, digits);
    if (jsp_record_has_uuid(element->json, element->length, id)) {
        if (document->tells_places) {
            return false;
        }
        name = element->json + JSP_ID_AT;
        id = JSP_UUID_TEXT;
    }
    bool unstated = is_unstated(document, element);
    size_t length = (is_line || has_comma) + element->length + link_bytes(document) + 2 * id
                    + (unstated ? UNSTATED_BYTES : 0);
    if (length + (document->is_stored ? 0 : JSP_SHAPE_SLACK) > (size_t)(room->end - room->at)
        || length + document->tail_length > document->length - document->produced) {
        return false;
    }
    put(room, ",", has_comma);
    if (!document->is_stored) {
        tell(document, room->at, (jsp_slice){element->json, element->length});
        room->at += element->length - 1;
    } else {
        put(room, element->json, element->length - 1);
    }
    put(room, UNSTATED, unstated ? UNSTATED_BYTES : 0);
    put(room, document->link[0].text, document->link[0].length);
    put(room, name, id);
    put(room, document->link[1].text, document->link[1].length);
    put(room, name, id);
    put(room, document->link[2].text, document->link[2].length);
    put(room, "\n", is_line);
    document->produced += length;
    return true;
}

/* The same in CSV or XML, where there is room for what it may come to at most. */
static bool put_converted(js_document *document, const js_session *element, struct room *room)
{
    jsp_text text = {.data = room->at, .room = (size_t)(room->end - room->at)};
    if (room_to_convert(document, element->length) > text.room) {
        return false;
    }
    convert(document, &text, (jsp_slice){element->json, element->length}, element->id);
    room->at += text.length;
    document->produced += text.length;
    return true;
}

/* The common case, without a detour by pieces. */
static bool put_session(js_document *document, const js_session *element, struct room *room)
{
    bool is_json = document->frame.format == JS_JSON || document->frame.format == JS_NDJSON;
    if (element->damage != NULL || element->deleted_usn != 0
        || (is_json && document->frame.links == NULL)) {
        return false;
    }
    if (!(is_json ? put_json : put_converted)(document, element, room)) {
        return false;
    }
    document->rendered++;
    return true;
}

/* Render the next element, or queue it. */
static js_result next_element(js_document *document, struct room *room)
{
    js_session element;
    if (document->next(document->source, &element) != JS_OK
        || (element.length < 2 && element.deleted_usn == 0)) {
        return JS_DAMAGED;
    }
    if (!put_session(document, &element, room)
        && (!push_element(document, &element) || !fits(document))) {
        document->piece_count = 0;
        return JS_DAMAGED;
    }
    if (document->rendered == document->count) {
        document->stage = STAGE_TAIL;
    }
    return JS_OK;
}

/* Render or queue what comes next. JS_DAMAGED: the elements do not lead on, or end too soon. */
static js_result advance(js_document *document, struct room *room)
{
    document->piece_count = document->next_piece = 0;
    switch (document->stage) {
    case STAGE_HEAD:
        push_head(document);
        document->stage = document->count > 0 ? STAGE_ELEMENTS : STAGE_TAIL;
        return JS_OK;
    case STAGE_ELEMENTS:
        return next_element(document, room);
    case STAGE_TAIL:
        push_tail(document);
        document->stage = STAGE_END;
        return JS_OK;
    default:
        return document->produced == document->length || document->length == JS_NO_LENGTH
                   ? JS_END
                   : JS_DAMAGED;
    }
}

static bool is_halted(const js_document *document)
{
    return document->rendered >= document->halt
           && (document->stage == STAGE_ELEMENTS || document->stage == STAGE_TAIL);
}

/* Render the next bytes, whether they are handed out or not. */
static js_result render(js_document *document, char *buffer, size_t size, size_t *produced)
{
    struct room room = {buffer, buffer + size};
    js_result result = JS_OK;
    while (result == JS_OK) {
        while (document->next_piece < document->piece_count && room.at < room.end) {
            size_t length = copy(document, room.at, (size_t)(room.end - room.at));
            room.at += length;
            document->produced += length;
        }
        if (document->next_piece < document->piece_count) {
            break; /* the buffer is full */
        }
        if (is_halted(document)) {
            break;
        }
        result = advance(document, &room);
    }
    *produced = (size_t)(room.at - buffer);
    JSP_INVARIANT(7, document->produced <= document->length);
    return result;
}

/* Render, and forget, what stands before the part. It fits a processor's nearest cache. */
static js_result skip(js_document *document)
{
    char forgotten[SKIPPED_AT_A_TIME];
    js_result result = JS_OK;
    while (result == JS_OK && document->produced < document->first) {
        uint64_t left = document->first - document->produced;
        size_t length;
        result = render(document, forgotten,
                        left < sizeof(forgotten) ? (size_t)left : sizeof(forgotten), &length);
    }
    return result;
}

js_result js_document_read(js_document *document, char *buffer, size_t size, size_t *produced)
{
    js_result result = document->produced < document->first ? skip(document) : JS_OK;
    *produced = 0;
    if (result != JS_OK) {
        return JS_DAMAGED; /* it ends before its part begins */
    }
    uint64_t left = document->end - document->produced;
    result = render(document, buffer, left < size ? (size_t)left : size, produced);
    /* what follows the part is not looked at */
    return document->end < document->length && document->produced == document->end ? JS_END
                                                                                   : result;
}
