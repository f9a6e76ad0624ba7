/* SPDX-License-Identifier: Apache-2.0 */
/* Sources are read by a thread each: one that is slow, or hangs, holds none of the others up, and while PostgreSQL
 * writes a page the next one is read. Whoever writes asks for a page, and takes it when it is there; nothing is read
 * that was not asked for, which is what holds sources back when PostgreSQL is slow. */
#ifndef JS_FLEET_READER_H
#define JS_FLEET_READER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "source.h"

/* Whose rows, and from where. */
struct reading_key {
    int appliance;
    long long generation;
    uint64_t connects; /* the connection to PostgreSQL that told so */
    struct place from;
};

struct reading {
    struct reading_key key;
    struct rows rows;
    struct page page;
    enum exit_code code; /* EXIT_DONE, or why there is no page, which was said */
    size_t held;         /* of readers.held */
};

/* All of them. Begins as zeros, but for `access`. */
struct readers {
    struct access access;
    pthread_mutex_t lock;
    sem_t news;      /* posted for each page that is there; a signal's handler may, too */
    size_t held;     /* bytes of rows that there are, or may come of what was asked for */
    size_t busy;     /* readers that were asked and whose page was not taken */
    atomic_bool end; /* what is read is not waited for any more */
};

enum reader_state {
    READER_RESTS,
    READER_ASKED,
    READER_READ
};

struct reader {
    struct source source;
    struct readers *readers;
    pthread_t thread;
    bool started;
    pthread_cond_t asked;
    enum reader_state state;
    struct reading readings[2]; /* one is read while the other is written */
    struct reading *current;
};

/* EXIT_DONE, or EXIT_DATABASE after a complaint. */
enum exit_code readers_begin(struct readers *readers);
enum exit_code reader_begin(struct reader *reader, struct readers *readers);

/* Ask for the page that begins there. The reader rests: its page before was taken, and of those of before that the rows
 * are no longer needed. */
void reader_ask(struct reader *reader, const struct reading_key *key);

/* The page that was asked for; NULL: it is not there yet. It is to be given back with reader_release(). */
struct reading *reader_take(struct reader *reader);

void reader_release(struct reader *reader, struct reading *reading);

bool reader_rests(struct reader *reader);

/* Wait until there is news, at most until a time of CLOCK_MONOTONIC. */
void readers_wait(struct readers *readers, const struct timespec *until);

/* End the threads, which give up what they read, and give all memory back. */
void readers_end(struct readers *readers);
void reader_end(struct reader *reader);

#endif
