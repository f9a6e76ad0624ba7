/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"

/* Bytes of rows in memory, of all sources; and what one may add in any case, so that each goes on. */
#define ROWS_BYTES ((size_t)128 << 20)
#define ROWS_LEAST ((size_t)64 << 10)

/* Of a thread, whose buffers are on the heap: 200 sources are to take no gigabyte of addresses. */
#define STACK_SIZE ((size_t)512 << 10)

enum exit_code readers_begin(struct readers *readers)
{
    readers->access.end = &readers->end;
    if (pthread_mutex_init(&readers->lock, NULL) == 0 && sem_init(&readers->news, 0, 0) == 0) {
        return EXIT_DONE;
    }
    complain("follow: %m");
    return EXIT_DATABASE;
}

static enum reader_state state_of(struct reader *reader)
{
    (void)pthread_mutex_lock(&reader->readers->lock);
    enum reader_state state = reader->state;
    (void)pthread_mutex_unlock(&reader->readers->lock);
    return state;
}

static void set_state(struct reader *reader, enum reader_state state)
{
    (void)pthread_mutex_lock(&reader->readers->lock);
    reader->state = state;
    (void)pthread_cond_signal(&reader->asked);
    (void)pthread_mutex_unlock(&reader->readers->lock);
}

/* Whether there is something to read; waits for that. */
static bool await_request(struct reader *reader)
{
    struct readers *readers = reader->readers;
    (void)pthread_mutex_lock(&readers->lock);
    while (reader->state != READER_ASKED && !atomic_load(&readers->end)) {
        (void)pthread_cond_wait(&reader->asked, &readers->lock);
    }
    (void)pthread_mutex_unlock(&readers->lock);
    return !atomic_load(&readers->end);
}

static void *read_on_request(void *baton)
{
    struct reader *reader = baton;
    while (await_request(reader)) {
        struct reading *reading = reader->current;
        reading->code =
            source_read(&reader->source, &reading->key.from, &reading->rows, &reading->page);
        set_state(reader, READER_READ);
        (void)sem_post(&reader->readers->news);
    }
    source_close(&reader->source);
    return NULL;
}

/* Signals are for the thread that writes. */
static int start(struct reader *reader)
{
    sigset_t all;
    sigset_t before;
    pthread_attr_t attributes;
    (void)sigfillset(&all);
    int rc = pthread_attr_init(&attributes);
    if (rc == 0) {
        (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        rc = pthread_create(&reader->thread, &attributes, read_on_request, reader);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
    }
    return rc;
}

enum exit_code reader_begin(struct reader *reader, struct readers *readers)
{
    reader->readers = readers;
    reader->source.access = &readers->access;
    reader->current = &reader->readings[0];
    int rc = pthread_cond_init(&reader->asked, NULL);
    rc = rc != 0 ? rc : start(reader);
    reader->started = rc == 0;
    if (rc != 0) {
        complain("follow: %s: a thread cannot be started: %s", reader->source.name, strerror(rc));
    }
    return rc == 0 ? EXIT_DONE : EXIT_DATABASE;
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* How much a page may have: a part of what is left, as others may be asked meanwhile. */
static size_t room_for_page(const struct readers *readers)
{
    size_t left = ROWS_BYTES - least(readers->held, ROWS_BYTES);
    size_t part = least(left / 4, SOURCE_PAGE_BYTES);
    return part > ROWS_LEAST ? part : ROWS_LEAST;
}

void reader_ask(struct reader *reader, const struct reading_key *key)
{
    struct readers *readers = reader->readers;
    struct reading *reading = &reader->readings[reader->current == &reader->readings[0] ? 1 : 0];
    reading->key = *key;
    reading->rows.enough = reading->held = room_for_page(readers);
    (void)snprintf(reading->rows.key, sizeof(reading->rows.key), "%d\t%lld\t", key->appliance,
                   key->generation);
    readers->held += reading->held;
    readers->busy++;
    reader->current = reading;
    set_state(reader, READER_ASKED);
}

bool reader_rests(struct reader *reader)
{
    return state_of(reader) == READER_RESTS;
}

static void hold(struct readers *readers, struct reading *reading, size_t bytes)
{
    readers->held = readers->held - reading->held + bytes;
    reading->held = bytes;
}

struct reading *reader_take(struct reader *reader)
{
    if (state_of(reader) != READER_READ) {
        return NULL;
    }
    set_state(reader, READER_RESTS);
    reader->readers->busy--;
    hold(reader->readers, reader->current, reader->current->rows.length);
    return reader->current;
}

void reader_release(struct reader *reader, struct reading *reading)
{
    hold(reader->readers, reading, 0);
    for (size_t i = 0; i < 2 && !reading->page.more; i++) {
        if (reader->readings[i].rows.room > ROWS_LEAST) {
            rows_free(&reader->readings[i].rows);
        }
    }
}

void readers_wait(struct readers *readers, const struct timespec *until)
{
    (void)sem_clockwait(&readers->news, CLOCK_MONOTONIC, until);
    while (sem_trywait(&readers->news) == 0) {
    }
}

void readers_end(struct readers *readers)
{
    (void)pthread_mutex_lock(&readers->lock);
    atomic_store(&readers->end, true);
    (void)pthread_mutex_unlock(&readers->lock);
}

void reader_end(struct reader *reader)
{
    if (reader->started) {
        (void)pthread_mutex_lock(&reader->readers->lock);
        (void)pthread_cond_signal(&reader->asked);
        (void)pthread_mutex_unlock(&reader->readers->lock);
        (void)pthread_join(reader->thread, NULL);
    }
    rows_free(&reader->readings[0].rows);
    rows_free(&reader->readings[1].rows);
}
