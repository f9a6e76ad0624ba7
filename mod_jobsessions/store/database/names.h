/* SPDX-License-Identifier: Apache-2.0 */
/* The ids that are texts to the outside, and numbers inside: a number is its own text, a uuid has its number in the
 * table `uuids`, and its number leads back to it in the table `names`. */
#ifndef JS_STORE_NAMES_H
#define JS_STORE_NAMES_H

#include "base/id.h"
#include "database/snapshot.h"

/* The uuid of the session of an id. 0, MDB_NOTFOUND: it has none; or another error of LMDB. */
int jsp_names_uuid(const js_snapshot *snapshot, uint64_t id, uint8_t uuid[JSP_UUID_SIZE]);

/* The text of an id, not ended by NUL; returns its length. Where a name cannot be read it is the number. */
unsigned jsp_names_text(const js_snapshot *snapshot, uint64_t id, char text[JSP_UUID_TEXT]);

/* For messages: the same, ended by NUL. */
typedef struct jsp_name {
    char text[JS_ID_TEXT];
} jsp_name;
jsp_name jsp_names_of(const js_snapshot *snapshot, uint64_t id);

#endif
