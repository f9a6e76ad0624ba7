/* SPDX-License-Identifier: Apache-2.0 */
/* Where those who wait to write one session leave it for whoever writes next, who writes it with its own: put.queue
 * beside data.mdb, mapped by all of them (FORMAT.md). What is known here are slots, and what has become of the
 * request in each; requests are applied, and commits told from what was lost, by write/together.c.
 *
 * A slot is a process's as long as it has a byte of the file locked, so that the kernel takes it back from one that
 * dies. Its word says what state it is in, and counts: each step from one state to the next is a compare-and-swap from
 * the very word that was seen, so that nobody who comes late changes what has become another's meanwhile.
 *
 * Nothing in the file is relied on: it is of other processes, perhaps of other versions, and what they left when they
 * were killed. Losing it loses nothing but the wait of those who stand in it, who then write by themselves. */
#ifndef JS_STORE_QUEUE_H
#define JS_STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/running.h"
#include "lmdb/files.h"

#define JSP_QUEUE_FILE "put.queue"
#define JSP_QUEUE_SLOTS 128
/* Bytes of JSON that a slot has room for: longer ones are written by whose they are. */
#define JSP_QUEUE_TEXT_MAX 8000
/* Of what tells a commit from all others. */
#define JSP_QUEUE_MARK 16

typedef enum jsp_queue_state {
    JSP_QUEUE_EMPTY,
    JSP_QUEUE_FILLED, /* the request waits */
    JSP_QUEUE_TAKEN,  /* it is in a transaction that is not over, or whose writer has died */
    JSP_QUEUE_DONE,   /* it is on disk */
    JSP_QUEUE_ALONE,  /* nobody else can write it: it is to be written by whose it is */
    JSP_QUEUE_LOST    /* the slot is another's by now */
} jsp_queue_state;

/* A slot as it was seen at one moment. */
typedef struct jsp_queue_sight {
    unsigned slot;
    uint32_t word;
    jsp_queue_state state;
} jsp_queue_sight;

/* What is to be written, and for whom. */
typedef struct jsp_queue_request {
    bool is_update; /* of a session that has to be there */
    jsp_running worker;
    size_t length;
    char text[JSP_QUEUE_TEXT_MAX];
} jsp_queue_request;

/* The queue as a process has it open; its threads share it. */
typedef struct jsp_queue jsp_queue;

/* Open that of a directory for a database of these files; `make` it where it is missing, or another database's. To be
 * called in one's turn to write, so that one process at a time does. NULL: it is not there, cannot be had, or would let
 * others write than data.mdb does. */
jsp_queue *jsp_queue_open(const char *directory, const jsp_files *files, bool make);

/* `is_own`: not inherited by fork(). NULL is allowed. */
void jsp_queue_close(jsp_queue *queue, bool is_own);

/* Whether the file is still the one that the directory leads to, where all others find it. */
bool jsp_queue_is_in_place(const jsp_queue *queue);

/* ---- For who waits ---- */

/* Have a slot; false: none is free. Give it back, whatever state it is in. */
bool jsp_queue_claim(jsp_queue *queue, unsigned *slot);
void jsp_queue_release(jsp_queue *queue, unsigned slot);

void jsp_queue_fill(jsp_queue *queue, unsigned slot, bool is_update, const jsp_running *worker,
                    const char *text, size_t length);

/* What has become of it. JSP_QUEUE_LOST: the slot was taken away, which nobody should be able to. */
jsp_queue_sight jsp_queue_look_at_own(jsp_queue *queue, unsigned slot);

/* Take back what was filled; false: somebody has taken it. */
bool jsp_queue_withdraw(jsp_queue *queue, unsigned slot);

/* Sleep while the slot stays as it was seen, for so many milliseconds at most. */
void jsp_queue_sleep(jsp_queue *queue, const jsp_queue_sight *sight, unsigned milliseconds);

/* The id of what is done. */
uint64_t jsp_queue_id(const jsp_queue *queue, unsigned slot);

/* Be the one of those who wait who stands in line for the turn, so that a turn that ends wakes one and not all; no more.
 * False: another one is. */
bool jsp_queue_stand(jsp_queue *queue);
void jsp_queue_step_back(jsp_queue *queue);

/* Have one of those who wait look whether it is to stand in line. */
void jsp_queue_call(jsp_queue *queue);

/* ---- For who writes, within LMDB's transaction ---- */

jsp_queue_sight jsp_queue_look(jsp_queue *queue, unsigned slot);

/* A copy of the request in a slot that is filled; false where there is none that can be read, or nobody alive. */
bool jsp_queue_read(jsp_queue *queue, const jsp_queue_sight *sight, jsp_queue_request *request);

/* Take it into the transaction whose mark this is; false: it was withdrawn meanwhile. */
bool jsp_queue_take(jsp_queue *queue, jsp_queue_sight *sight,
                    const unsigned char mark[JSP_QUEUE_MARK]);

/* Note what id it got, before the commit. */
void jsp_queue_note_id(jsp_queue *queue, unsigned slot, uint64_t id);

/* Whether a slot was taken into the transaction of a mark. */
bool jsp_queue_is_marked(const jsp_queue *queue, unsigned slot,
                         const unsigned char mark[JSP_QUEUE_MARK]);

/* Say what has become of one that was taken, and wake whose it is. */
void jsp_queue_tell(jsp_queue *queue, const jsp_queue_sight *sight, jsp_queue_state state);

#endif
