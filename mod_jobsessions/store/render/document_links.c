/* SPDX-License-Identifier: Apache-2.0 */
#include "render/document_links.h"

/* What stands behind the second id. */
#define LOG_END "/log\"}}}"

/* One of the texts around a session's id in its links. A collection is shorter than JS_LINK_MAX. */
static void prepare_link(js_document *document, unsigned number, jsp_room *room, const char *before,
                         const js_links *links)
{
    document->link[number].text = room->at;
    jsp_room_put(room, before, strlen(before));
    jsp_room_put(room, links->collection, strlen(links->collection));
    jsp_room_put(room, "/", 1);
    document->link[number].length = (size_t)(room->at - document->link[number].text);
}

/* And instead, where a session's place is told. */
#define PLACE "/log\"},\"place\":{\"href\":\""
#define PLACE_QUERY "?maxId="
#define PLACE_END "\"}}}"

static void prepare_place(js_document *document, jsp_room *room, const js_links *links)
{
    document->place.text = room->at;
    jsp_room_put(room, PLACE, sizeof(PLACE) - 1);
    jsp_room_put(room, links->collection_port, strlen(links->collection_port));
    jsp_room_put(room, PLACE_QUERY, sizeof(PLACE_QUERY) - 1);
    document->place.length = (size_t)(room->at - document->place.text);
    document->place_bytes =
        document->place.length + sizeof(PLACE_END) - 1 - document->link[2].length;
}

void jsp_document_prepare_links(js_document *document, const js_links *links)
{
    jsp_room room = {document->links, document->links + sizeof(document->links)};
    prepare_link(document, 0, &room, ",\"_links\":{\"self\":{\"href\":\"", links);
    prepare_link(document, 1, &room, "\"},\"log\":{\"href\":\"", links);
    document->link[2] = (jsp_piece){LOG_END, sizeof(LOG_END) - 1};
    /* the stored closing brace is dropped; the links bring their own */
    document->link_bytes =
        document->link[0].length + document->link[1].length + document->link[2].length - 1;
    prepare_place(document, &room, links);
}

unsigned jsp_document_name(const js_document *document, const js_session *session,
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

void jsp_document_push_links(js_document *document, const js_session *element)
{
    unsigned length = jsp_document_name(document, element, document->name);
    jsp_document_push(document, document->link[0].text, document->link[0].length);
    jsp_document_push(document, document->name, length);
    jsp_document_push(document, document->link[1].text, document->link[1].length);
    jsp_document_push(document, document->name, length);
    if (document->tells_places && length == JSP_UUID_TEXT) {
        jsp_document_push(document, document->place.text, document->place.length);
        jsp_document_push(document, document->number, jsp_id_format(element->id, document->number));
        jsp_document_push(document, PLACE_END, sizeof(PLACE_END) - 1);
    } else {
        jsp_document_push(document, document->link[2].text, document->link[2].length);
    }
}
