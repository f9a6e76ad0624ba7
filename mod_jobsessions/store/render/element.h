/* SPDX-License-Identifier: Apache-2.0 */
/* How an element of a document is told: a session, a removed one, a line of a log. */
#ifndef JS_STORE_ELEMENT_H
#define JS_STORE_ELEMENT_H

#include "render/rendering.h"

/* A removed session, in a list of changes. */
#define JSP_TOMBSTONE "{\"id\":\"%s\",\"usn\":%" PRIu64 ",\"deleted\":true}"
#define JSP_TOMBSTONE_BYTES (sizeof("{\"id\":\"\",\"usn\":,\"deleted\":true}") - 1)

/* The status of a session that has none, in a shape that has one of all. What is left out of others makes no room for it,
 * so that the document is longer by that. */
#define JSP_UNSTATED ",\"status\":\"Unknown\""
#define JSP_UNSTATED_BYTES (sizeof(JSP_UNSTATED) - 1)

/* Whether a session is to be given the status of those that have none. */
bool jsp_element_is_unstated(const js_document *document, const js_session *element);

/* Write a session that is whole into the buffer, without a detour by pieces. False where it has no room, or has to be
 * queued: nothing was written. */
bool jsp_element_put(js_document *document, const js_session *element, jsp_room *room);

/* Queue any element, for the buffers to come. False when memory ran out. */
bool jsp_element_push(js_document *document, const js_session *element);

#endif
