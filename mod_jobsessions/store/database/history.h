/* SPDX-License-Identifier: Apache-2.0 */
/* Whose changes a follower follows, and since when, as a text: the database's identity in hexadecimal digits, and where
 * removals were forgotten when it began from nothing, a hyphen and the usn up to which they were. Who began then needs
 * none of those, however far it has come. */
#ifndef JS_STORE_HISTORY_H
#define JS_STORE_HISTORY_H

#include "format/counters.h"
#include "jobsessions_read.h"

typedef struct jsp_history {
    uint8_t identity[sizeof(((jsp_counters *)0)->identity)];
    uint64_t began; /* 0: with the first change */
} jsp_history;

/* False: it is none. Digits may be in any case. */
bool jsp_history_parse(const char *text, jsp_history *history);

#endif
