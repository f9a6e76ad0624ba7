/* SPDX-License-Identifier: Apache-2.0 */
/* The types of sessions: each has a code, which filters compare in its place. */
#ifndef JS_STORE_WRITE_TYPES_H
#define JS_STORE_WRITE_TYPES_H

#include "write/transaction.h"

/* The code of a type, a new one when it has none yet. JS_OK; JS_INVALID: the database takes no more types;
 * or the transaction is broken. */
js_result jsp_types_code(js_transaction *transaction, const char *type, uint16_t *code,
                         js_error *error);

#endif
