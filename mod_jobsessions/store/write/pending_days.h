/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `days` that a transaction is going to change. Sessions that are written together are mostly of few days,
 * statuses and types: each of these rows is looked for and written once a transaction, and not at all where what was
 * added has been taken away again. A row has one place to wait in, from which another that needs it drives it. Both
 * functions return 0 or an error of LMDB. */
#ifndef JS_STORE_PENDING_DAYS_H
#define JS_STORE_PENDING_DAYS_H

#include "format/day.h"
#include "write/checked.h"

#define JSP_PENDING_DAYS 64

/* By how many sessions a row has more than is stored; 0: none waits here. */
typedef struct jsp_pending_day {
    jsp_day day;
    int64_t by;
} jsp_pending_day;

/* Zeros when the transaction begins. */
typedef struct jsp_pending_days {
    jsp_pending_day places[JSP_PENDING_DAYS];
} jsp_pending_days;

/* So many sessions more, or less. */
int jsp_pending_days_add(jsp_pending_days *days, jsp_checked *checked, const jsp_day *day, int by);

/* Write all that wait; then the transaction can be committed. */
int jsp_pending_days_write(jsp_pending_days *days, jsp_checked *checked);

#endif
