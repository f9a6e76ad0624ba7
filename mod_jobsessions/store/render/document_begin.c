/* SPDX-License-Identifier: Apache-2.0 */
/* What a document is of, and how long that makes it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/document_links.h"
#include "render/element.h"

size_t js_document_size(void)
{
    return sizeof(struct js_document);
}

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
    uint64_t elements =
        sum->json_bytes + sum->tombstones * JSP_TOMBSTONE_BYTES + sum->tombstone_digits;
    if (document->frame.links != NULL) {
        elements += sum->records * document->link_bytes + 2 * sum->id_digits;
    }
    if (document->tells_places) {
        elements += sum->places * document->place_bytes + sum->place_digits;
    }
    elements += document->unstated * JSP_UNSTATED_BYTES;
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

static void begin(js_document *document, const js_snapshot *snapshot, const js_frame *frame,
                  js_damage_report *report, void *baton)
{
    document->snapshot = snapshot;
    document->report = report;
    document->baton = baton;
    document->frame = *frame;
    document->numbers = 0;
    document->is_stored = !jsp_document_is_shaped(document);
    document->tells_places = false;
    document->unstated = 0;
    document->converted = NULL;
    document->converted_room = 0;
    if (frame->links != NULL) {
        jsp_document_prepare_links(document, frame->links);
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
    document->unstated = jsp_document_is_shaped(document);
    document->unstated = jsp_element_is_unstated(document, session);
    start(document,
          &(struct sum){.records = 1,
                        .json_bytes = session->length,
                        .id_digits = jsp_document_name(document, session, document->name)});
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
        sum.places > 0 && document->frame.links != NULL && !jsp_document_is_shaped(document);
    if (jsp_document_is_shaped(document)) {
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
    document->unstated = jsp_document_is_shaped(document) ? source->count : 0;
    document->tail_length = frame->format == JS_JSON ? strlen(frame->tail) : 0;
    document->first = 0;
    document->length = document->end = JS_NO_LENGTH;
    js_document_rewind(document);
}

void js_document_set_links(js_document *document, const js_links *links)
{
    document->frame.links = links;
    if (links != NULL) {
        jsp_document_prepare_links(document, links);
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
    document->is_stored = numbers == 0 && !jsp_document_is_shaped(document);
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
