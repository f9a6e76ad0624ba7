/* SPDX-License-Identifier: Apache-2.0 */
/* Uuids and the numbers that stand for them, as a transaction has written them so far (database/names.h). All
 * functions that return an int return 0, MDB_NOTFOUND or another error of LMDB; in a database of format 1 there is never one. */
#ifndef JS_STORE_NAMING_H
#define JS_STORE_NAMING_H

#include "database/names.h"
#include "write/transaction.h"

/* The number of a uuid, and the uuid of a number. */
int jsp_naming_number(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t *id);
int jsp_naming_uuid(js_transaction *transaction, uint64_t id, uint8_t uuid[JSP_UUID_SIZE]);

/* Enter both. */
int jsp_naming_put(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t id);

/* Take both away, where the number has a uuid. */
int jsp_naming_remove(js_transaction *transaction, uint64_t id);

/* Give the session of a uuid another number. */
int jsp_naming_move(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t from,
                    uint64_t to);

/* The index entry of a session that has to exist: JS_OK, JS_NOT_FOUND or JS_DAMAGED. */
js_result jsp_naming_find(js_transaction *transaction, uint64_t id, jsp_entry *entry,
                          js_error *error);

/* For messages: what names the session of a number, as far as that can be read. */
jsp_name jsp_naming_of(js_transaction *transaction, uint64_t id);

#endif
