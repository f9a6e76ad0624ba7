/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for one's turn to write: how long at most, what ends it, and what is said then. */
#ifndef JS_STORE_WAITING_H
#define JS_STORE_WAITING_H

#include "database/database.h"

/* What came of a wait in which the turn was not had, and who has it. JS_MISUSE, JS_BUSY or JS_INTERRUPTED. */
js_result jsp_waiting_fail(js_database *database, jsp_turn_outcome outcome, js_error *error);

#endif
