/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are no sessions and are sent as such by mistake: another program's error, the document of an export,
 * a session whose members are spelt in another case. A dump is not held against this: what an earlier version has
 * stored comes back from one as it is. */
#ifndef JS_STORE_MISTAKEN_H
#define JS_STORE_MISTAKEN_H

#include "format/members.h"
#include "write/incoming.h"

/* Members of the table that are spelt in another case, in the object and those within it. JS_OK or JS_INVALID, as
 * all of these. */
js_result jsp_mistaken_names(const json_t *object, const jsp_members *members, js_error *error);

/* What is put, before it is merged into what is stored. */
js_result jsp_mistaken_put(const jsp_incoming *incoming, js_error *error);

/* What is about to be stored has to have a status. */
js_result jsp_mistaken_status(const json_t *session, js_error *error);

/* What is imported: the names, and the status unless it is of an export, as earlier versions took sessions without
 * one. */
js_result jsp_mistaken_import(const json_t *session, js_error *error);

/* An id that is given to what is not stored yet: behind the highest there are no ids for others. */
js_result jsp_mistaken_id(const jsp_incoming *incoming, js_error *error);

#endif
