/* SPDX-License-Identifier: Apache-2.0 */
/* The links of a document's sessions. */
#ifndef JS_STORE_DOCUMENT_LINKS_H
#define JS_STORE_DOCUMENT_LINKS_H

#include "render/rendering.h"

/* Make the texts before the first id, before the second, and behind it. */
void jsp_document_prepare_links(js_document *document, const js_links *links);

/* The text of a session's id, ended by NUL; returns its length. */
unsigned jsp_document_name(const js_document *document, const js_session *session,
                           char name[JS_ID_TEXT]);

/* Queue a session's links, in place of its closing brace. */
void jsp_document_push_links(js_document *document, const js_session *element);

#endif
