/* SPDX-License-Identifier: Apache-2.0 */
/* The document "Exporting Sessions List", rendered from a snapshot by copying: each session's
 * stored bytes without their closing brace, then its links. */
#include "render/rendering.h"

#include "base/invariant.h"
#include "render/csv.h"
#include "render/element.h"
#include "render/xml.h"

/* Bytes. */
#define SKIPPED_AT_A_TIME ((size_t)16 * 1024)

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

void js_document_rewind(js_document *document)
{
    document->produced = document->rendered = document->damaged = 0;
    document->piece_count = document->next_piece = 0;
    document->halt = UINT64_MAX;
    document->stage = JSP_STAGE_HEAD;
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
        document->stage = JSP_STAGE_TAIL;
    }
}

void js_document_part(js_document *document, uint64_t first, uint64_t length)
{
    document->first = first;
    document->end = first + length;
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
    jsp_document_push(document, text.data, text.length);
}

static void push_head(js_document *document)
{
    switch (document->frame.format) {
    case JS_JSON:
        jsp_document_push(document, document->frame.head, strlen(document->frame.head));
        break;
    case JS_CSV:
    case JS_SHEET:
        push_csv_header(document);
        break;
    case JS_XML:
        jsp_document_push(document, jsp_xml_head, strlen(jsp_xml_head));
        jsp_document_push(document, document->frame.head, strlen(document->frame.head));
        jsp_document_push(document, ">\n", 2);
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
        && missing <= document->unstated * JSP_UNSTATED_BYTES) {
        jsp_document_push(document, NULL, (size_t)missing);
    }
}

static void push_tail(js_document *document)
{
    push_missing(document);
    if (document->frame.format == JS_JSON) {
        jsp_document_push(document, document->frame.tail, strlen(document->frame.tail));
    } else if (document->frame.format == JS_XML) {
        jsp_document_push(document, jsp_xml_tail, strlen(jsp_xml_tail));
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

/* Render the next element, or queue it. */
static js_result next_element(js_document *document, jsp_room *room)
{
    js_session element;
    if (document->next(document->source, &element) != JS_OK
        || (element.length < 2 && element.deleted_usn == 0)) {
        return JS_DAMAGED;
    }
    if (!jsp_element_put(document, &element, room)
        && (!jsp_element_push(document, &element) || !fits(document))) {
        document->piece_count = 0;
        return JS_DAMAGED;
    }
    if (document->rendered == document->count) {
        document->stage = JSP_STAGE_TAIL;
    }
    return JS_OK;
}

/* Render or queue what comes next. JS_DAMAGED: the elements do not lead on, or end too soon. */
static js_result advance(js_document *document, jsp_room *room)
{
    document->piece_count = document->next_piece = 0;
    switch (document->stage) {
    case JSP_STAGE_HEAD:
        push_head(document);
        document->stage = document->count > 0 ? JSP_STAGE_ELEMENTS : JSP_STAGE_TAIL;
        return JS_OK;
    case JSP_STAGE_ELEMENTS:
        return next_element(document, room);
    case JSP_STAGE_TAIL:
        push_tail(document);
        document->stage = JSP_STAGE_END;
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
           && (document->stage == JSP_STAGE_ELEMENTS || document->stage == JSP_STAGE_TAIL);
}

/* Render the next bytes, whether they are handed out or not. */
static js_result render(js_document *document, char *buffer, size_t size, size_t *produced)
{
    jsp_room room = {buffer, buffer + size};
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
