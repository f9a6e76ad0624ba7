/* SPDX-License-Identifier: Apache-2.0 */
/* A session on its way in: from the caller's JSON to its record, its entries in every table and the counters,
 * or nothing. What js_transaction_put() and js_transaction_import() have in common. */
#ifndef JS_STORE_INCOMING_H
#define JS_STORE_INCOMING_H

#include <jansson.h>

#include "format/record.h"
#include "write/naming.h"
#include "write/transaction.h"

typedef struct jsp_incoming {
    json_t *session; /* jsp_incoming_free() gives it back */
    jsp_facts facts;
    bool is_id_given;
    bool is_new_name; /* no session has or had its uuid */
    bool exists;
    jsp_entry before; /* when it exists */
    jsp_entry entry;  /* after jsp_incoming_check(), but for its usn */
} jsp_incoming;

/* Parse the JSON, and find the id it gets and what stands under that. JS_OK, JS_INVALID, JS_SYSTEM, or the
 * transaction is broken. */
js_result jsp_incoming_read(jsp_incoming *incoming, js_transaction *transaction, const char *json,
                            size_t length, js_error *error);

/* For messages: what names it. */
jsp_name jsp_incoming_name(const jsp_incoming *incoming);

/* Give it the next id, whatever id it brings. */
js_result jsp_incoming_take_next_id(jsp_incoming *incoming, js_transaction *transaction,
                                    js_error *error);

/* Check the session and bring it to its canonical form; its id and usn are known by now. As
 * jsp_incoming_read(). */
js_result jsp_incoming_check(jsp_incoming *incoming, js_transaction *transaction, js_error *error);

/* Write what was checked everywhere. JS_OK, or the transaction is broken. */
js_result jsp_incoming_write(jsp_incoming *incoming, js_transaction *transaction, js_error *error);

void jsp_incoming_free(jsp_incoming *incoming);

#endif
