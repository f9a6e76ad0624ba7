/* SPDX-License-Identifier: Apache-2.0 */
/* What tells whether the sessions of those who waited are on disk, when who wrote them has died before he said so.
 *
 * Who writes them with his own leaves a mark, random and of this transaction alone, in the slots that he takes from the
 * queue (lmdb/queue.h) and, by the transaction itself, in `meta`. After the commit he tells each that it is done. Whoever
 * writes next and finds slots that are taken knows that he has died: their sessions are on disk if theirs is the mark in
 * `meta`, and else they are not. That holds because nobody puts another mark there before he has looked. */
#ifndef JS_STORE_MARK_H
#define JS_STORE_MARK_H

#include "write/checked.h"

/* The slots that are in a transaction. */
typedef struct jsp_marked {
    jsp_queue *queue;
    unsigned char mark[JSP_QUEUE_MARK];
    jsp_queue_sight taken[JSP_QUEUE_SLOTS];
    unsigned count;
} jsp_marked;

/* A transaction has begun: tell those who are in one of somebody who has died whether that is on disk. Where other files
 * are in the database's place by now, only that it is not: else they may have come before it or behind it. 0 or an
 * error of LMDB. */
int jsp_mark_settle(jsp_checked *checked, bool is_in_place);

/* Leave it in the transaction. 0 or an error of LMDB. */
int jsp_mark_write(const jsp_marked *marked, jsp_checked *checked);

/* Say what has become of all that were taken. */
void jsp_mark_tell(const jsp_marked *marked, jsp_queue_state state);

#endif
