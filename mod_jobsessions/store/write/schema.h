/* SPDX-License-Identifier: Apache-2.0 */
/* What a session may look like: its members, their checks, their canonical order and text. The
 * members and their kinds are the tables of format/members.c. */
#ifndef JS_STORE_SCHEMA_H
#define JS_STORE_SCHEMA_H

#include <stdbool.h>

#include <jansson.h>

#include "base/text.h"
#include "format/members.h"
#include "format/record.h"
#include "jobsessions.h"

/* The members a session brings itself. found is false when there is none. An id is facts->id, or with facts->has_uuid
 * facts->uuid. */
js_result jsp_schema_id(const json_t *session, bool *found, jsp_facts *facts, js_error *error);
js_result jsp_schema_usn(const json_t *session, bool *found, uint64_t *usn, js_error *error);

/* Check a session and write its canonical form to text (which is cleared first). facts->id and
 * facts->usn are the caller's; all others are filled in, but for the type's code. `type` receives
 * the type's text, owned by the session, or NULL. */
js_result jsp_schema_write(const json_t *session, jsp_facts *facts, const char **type,
                           jsp_text *text, js_error *error);

/* The same for an item of a session's log or one of its lists of items. */
js_result jsp_schema_write_item(const json_t *item, js_item_kind kind, jsp_text *text,
                                js_error *error);

/* The members that items of a kind can have. */
const jsp_members *jsp_schema_item_members(js_item_kind kind);

#endif
