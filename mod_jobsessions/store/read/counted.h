/* SPDX-License-Identifier: Apache-2.0 */
/* What summary.c and policies.c have in common: whether there are counts to make them from, and handing out what was
 * made. */
#ifndef JS_STORE_COUNTED_H
#define JS_STORE_COUNTED_H

#include "base/text.h"
#include "database/snapshot.h"

/* JS_OK; JS_MISUSE; JS_NOT_COUNTED; JS_BUSY: an upgrade has not come to all sessions yet; JS_DAMAGED. */
js_result jsp_counted_check(const js_snapshot *snapshot, js_error *error);

/* How many sessions have no status. 0; MDB_NOTFOUND: they are not counted; or MDB_CORRUPTED. */
int jsp_counted_unstated(const js_snapshot *snapshot, uint64_t *count);

/* A table of counts could not be read, or is at odds with the sessions. */
js_result jsp_counted_damaged(const js_snapshot *snapshot, js_error *error, const char *table);

/* Hand out a text, unless making it has failed, and free it. */
js_result jsp_counted_hand(jsp_text *text, js_result result, js_text_taker *take, void *baton,
                           js_error *error);

/* Append a text that is ended by NUL, and a number in decimal digits. */
void jsp_counted_put(jsp_text *text, const char *words);
void jsp_counted_number(jsp_text *text, uint64_t number);

#endif
