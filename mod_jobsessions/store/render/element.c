/* SPDX-License-Identifier: Apache-2.0 */
#include "render/element.h"

#include <inttypes.h>
#include <stdio.h>

#include "render/csv.h"
#include "render/document_links.h"
#include "render/numbers.h"
#include "render/shape.h"
#include "render/xml.h"

bool jsp_element_is_unstated(const js_document *document, const js_session *element)
{
    jsp_slice status;
    return document->unstated > 0 && element->damage == NULL
           && !jsp_json_member((jsp_slice){element->json, element->length}, "status", &status);
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
    const char *mark = jsp_document_is_shaped(document) ? "" : ",\"damaged\":true";
    (void)jsp_document_name(document, element, document->name);
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
    jsp_document_push(document, is_session ? document->placeholder : "{", length);
    if (length < wanted) {
        jsp_document_push(document, NULL, wanted - length);
    }
}

/* Write a session, or a line of a log, without its closing brace, in the shape and with the numbers that are asked for;
 * there is room for what is stored and JSP_SHAPE_SLACK. */
static void tell(const js_document *document, char *to, jsp_slice stored)
{
    bool is_session = document->frame.links != NULL;
    if (!jsp_document_is_shaped(document)) {
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
    jsp_document_push(document, shown, element->length - 1);
    return true;
}

/* False when memory ran out. */
static bool push_json(js_document *document, const js_session *element)
{
    if (element->deleted_usn != 0) {
        (void)jsp_document_name(document, element, document->name);
        int length = snprintf(document->placeholder, sizeof(document->placeholder), JSP_TOMBSTONE,
                              document->name, element->deleted_usn);
        jsp_document_push(document, document->placeholder, (size_t)length);
        return true;
    }
    if (element->damage != NULL) {
        push_placeholder(document, element);
    } else if (!push_stored(document, element)) {
        return false;
    }
    if (jsp_element_is_unstated(document, element)) {
        jsp_document_push(document, JSP_UNSTATED, JSP_UNSTATED_BYTES);
    }
    if (document->frame.links != NULL) {
        jsp_document_push_links(document, element);
    } else {
        jsp_document_push(document, "}", 1);
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
    jsp_document_push(document, text.data, text.length);
    return !text.failed;
}

bool jsp_element_push(js_document *document, const js_session *element)
{
    js_format format = document->frame.format;
    if (format == JS_JSON && document->rendered > 0) {
        jsp_document_push(document, ",", 1);
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
        jsp_document_push(document, "\n", 1);
    }
    return done;
}

/* A whole session in JSON, with its links, that fits. Of lines each has its end, in a document commas stand between. */
static bool put_json(js_document *document, const js_session *element, jsp_room *room)
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
    bool unstated = jsp_element_is_unstated(document, element);
    size_t length = (is_line || has_comma) + element->length + document->link_bytes + 2 * id
                    + (unstated ? JSP_UNSTATED_BYTES : 0);
    if (length + (document->is_stored ? 0 : JSP_SHAPE_SLACK) > (size_t)(room->end - room->at)
        || length + document->tail_length > document->length - document->produced) {
        return false;
    }
    jsp_room_put(room, ",", has_comma);
    if (!document->is_stored) {
        tell(document, room->at, (jsp_slice){element->json, element->length});
        room->at += element->length - 1;
    } else {
        jsp_room_put(room, element->json, element->length - 1);
    }
    jsp_room_put(room, JSP_UNSTATED, unstated ? JSP_UNSTATED_BYTES : 0);
    jsp_room_put(room, document->link[0].text, document->link[0].length);
    jsp_room_put(room, name, id);
    jsp_room_put(room, document->link[1].text, document->link[1].length);
    jsp_room_put(room, name, id);
    jsp_room_put(room, document->link[2].text, document->link[2].length);
    jsp_room_put(room, "\n", is_line);
    document->produced += length;
    return true;
}

/* The same in CSV or XML, where there is room for what it may come to at most. */
static bool put_converted(js_document *document, const js_session *element, jsp_room *room)
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

bool jsp_element_put(js_document *document, const js_session *element, jsp_room *room)
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
