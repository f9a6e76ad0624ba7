/* SPDX-License-Identifier: Apache-2.0 */
/* The document "Exporting Sessions List", rendered from a snapshot by copying: each session's
 * stored bytes without their closing brace, then its links. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "record.h"

enum stage {
    STAGE_HEAD,
    STAGE_SESSIONS,
    STAGE_TAIL,
    STAGE_END
};

static void push(js_document *document, const char *text, size_t length)
{
    document->pieces[document->piece_count].text = text;
    document->pieces[document->piece_count].length = length;
    document->piece_count++;
}

/* The text around a session's id in its links: before the first, before the second, behind it. */
static void prepare_links(js_document *document, const js_links *links)
{
    char *text = document->links;
    size_t room = sizeof(document->links);
    int first = snprintf(text, room, ",\"_links\":{\"self\":{\"href\":\"%s/", links->collection);
    int second = snprintf(text + first, room - (size_t)first, "\"},\"log\":{\"href\":\"%s/",
                          links->collection);
    int third = snprintf(text + first + second, room - (size_t)first - (size_t)second, "/log\"}}}");
    document->link[0].text = text;
    document->link[0].length = (size_t)first;
    document->link[1].text = text + first;
    document->link[1].length = (size_t)second;
    document->link[2].text = text + first + second;
    document->link[2].length = (size_t)third;
}

/* Bytes that the links add to a session, beside its id's digits. */
static uint64_t link_bytes(const js_document *document)
{
    /* the stored closing brace is dropped; the links bring their own */
    return document->link[0].length + document->link[1].length + document->link[2].length - 1;
}

js_status js_document_begin(js_document *document, js_snapshot *snapshot, const js_links *links,
                            js_damage_report *report, void *baton, js_error *error)
{
    js_totals totals;
    js_status status = js_snapshot_totals(snapshot, &totals, error);
    if (status != JS_OK) {
        return status;
    }
    document->snapshot = snapshot;
    document->report = report;
    document->baton = baton;
    document->count = totals.count;
    document->produced = document->rendered = document->damaged = 0;
    document->piece_count = document->next_piece = 0;
    document->stage = STAGE_HEAD;
    prepare_links(document, links);
    int head = snprintf(document->head, sizeof(document->head),
                        "{\"offset\":0,\"limit\":-1,\"totalCount\":%" PRIu64 ",\"results\":[",
                        totals.count);
    int tail = snprintf(document->tail, sizeof(document->tail),
                        "],\"_links\":{\"self\":{\"href\":\"%s?offset=0&limit=-1&display=Full\"}}}",
                        links->collection_port);
    document->length = (uint64_t)head + (uint64_t)tail + totals.json_bytes + 2 * totals.id_digits
                       + totals.count * link_bytes(document)
                       + (totals.count > 0 ? totals.count - 1 : 0);
    js_snapshot_rewind(snapshot);
    return JS_OK;
}

/* As much of a session as is known without its record; always shorter than the record was. */
static void push_placeholder(js_document *document, const js_session *session)
{
    static const char *const formats[] = {
        "{\"id\":\"%" PRIu64 "\",\"type\":\"Unknown\",\"localizedType\":\"Damaged Record\","
        "\"status\":\"Unknown\"",
        "{\"id\":\"%" PRIu64 "\",\"status\":\"Unknown\"",
        "{\"id\":\"%" PRIu64 "\"",
    };
    size_t wanted = session->length - 1;
    size_t length = SIZE_MAX;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) && length > wanted; i++) {
        length = (size_t)snprintf(document->placeholder, sizeof(document->placeholder), formats[i],
                                  session->id);
    }
    push(document, document->placeholder, length < wanted ? length : wanted);
    if (length < wanted) {
        push(document, NULL, wanted - length);
    }
}

static void push_session(js_document *document, const js_session *session)
{
    unsigned digits = js_id_format(session->id, document->digits);
    if (document->rendered++ > 0) {
        push(document, ",", 1);
    }
    if (session->damage == NULL) {
        push(document, session->json, session->length - 1);
    } else {
        document->damaged++;
        if (document->report != NULL) {
            document->report(document->baton, session);
        }
        push_placeholder(document, session);
    }
    push(document, document->link[0].text, document->link[0].length);
    push(document, document->digits, digits);
    push(document, document->link[1].text, document->link[1].length);
    push(document, document->digits, digits);
    push(document, document->link[2].text, document->link[2].length);
}

/* Whether what is queued leaves room for the document's end. A damaged record whose index entry is
 * damaged, too, may not: the document is broken off while the client can still see that it is. */
static bool fits(const js_document *document)
{
    uint64_t queued = strlen(document->tail);
    for (unsigned i = 0; i < document->piece_count; i++) {
        queued += document->pieces[i].length;
    }
    return queued <= document->length - document->produced;
}

/* Queue what comes next. JS_DAMAGED: the sessions do not lead on, or end too soon. */
static js_status advance(js_document *document)
{
    js_session session;
    js_status status;
    document->piece_count = document->next_piece = 0;
    switch (document->stage) {
    case STAGE_HEAD:
        push(document, document->head, strlen(document->head));
        document->stage = document->count > 0 ? STAGE_SESSIONS : STAGE_TAIL;
        return JS_OK;
    case STAGE_SESSIONS:
        status = js_snapshot_next(document->snapshot, &session);
        if (status != JS_OK || session.length < 2) {
            return JS_DAMAGED;
        }
        push_session(document, &session);
        if (!fits(document)) {
            document->piece_count = 0;
            return JS_DAMAGED;
        }
        if (document->rendered == document->count) {
            document->stage = STAGE_TAIL;
        }
        return JS_OK;
    case STAGE_TAIL:
        push(document, document->tail, strlen(document->tail));
        document->stage = STAGE_END;
        return JS_OK;
    default:
        return document->produced == document->length ? JS_END : JS_DAMAGED;
    }
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

js_status js_document_read(js_document *document, char *buffer, size_t size, size_t *produced)
{
    *produced = 0;
    for (;;) {
        while (document->next_piece < document->piece_count) {
            if (*produced == size) {
                return JS_OK;
            }
            size_t length = copy(document, buffer + *produced, size - *produced);
            *produced += length;
            document->produced += length;
        }
        js_status status = advance(document);
        if (status != JS_OK) {
            return status;
        }
    }
}
