/* SPDX-License-Identifier: Apache-2.0 */
/* Uuids and the numbers that stand for them, as a transaction has written them so far (database/names.h). All
 * functions return 0, MDB_NOTFOUND or another error of LMDB; in a database of format 1 there is never one. */
#ifndef JS_STORE_NAMING_H
#define JS_STORE_NAMING_H

#include "base/id.h"
#include "write/transaction.h"

/* The number of a uuid, and the uuid of a number. */
int jsp_naming_number(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t *id);
int jsp_naming_uuid(js_transaction *transaction, uint64_t id, uint8_t uuid[JSP_UUID_SIZE]);

/* Enter both. */
int jsp_naming_put(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t id);

/* For messages: what names the session of a number, as far as that can be read. */
typedef struct jsp_naming_text {
    char text[JS_ID_TEXT];
} jsp_naming_text;
jsp_naming_text jsp_naming_of(js_transaction *transaction, uint64_t id);

#endif
