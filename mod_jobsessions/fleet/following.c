/* SPDX-License-Identifier: Apache-2.0 */
#include "following.h"

#include <signal.h>
#include <string.h>

#include "base/complain.h"
#include "metrics.h"

/* Seconds to wait when PostgreSQL, or a source, cannot be used: doubled each time, up to this. */
#define PATIENCE_MAX 60

/* Nanoseconds that what was read waits at most for other sources to be written with. */
#define BATCH_PATIENCE 500000000L

static volatile sig_atomic_t ended;
static struct readers *notified;

static void note_end(int signal)
{
    (void)signal;
    ended = 1;
    (void)sem_post(&notified->news);
}

static void await_end(struct readers *readers)
{
    const struct sigaction action = {.sa_handler = note_end};
    notified = readers;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

static struct timespec now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

static bool is_before(struct timespec one, struct timespec other)
{
    return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec < other.tv_nsec;
}

static unsigned more_patience(unsigned patience)
{
    return patience < 1 ? 1 : patience < PATIENCE_MAX / 2 ? 2 * patience : PATIENCE_MAX;
}

/* ---- What comes of a source ---- */

/* It was read to its end, and that is in PostgreSQL. */
static void settle(struct following *following, struct followed *followed)
{
    followed->patience = 0;
    followed->refusals = 0;
    followed->finished = following->once;
}

static void note_failure(struct following *following, struct followed *followed)
{
    followed->patience = more_patience(followed->patience);
    followed->due = now().tv_sec + followed->patience;
    followed->failures++;
    followed->finished = following->once;
    following->code = following->once ? EXIT_DATABASE : following->code;
}

/* PostgreSQL closed the connection, or refused rows: which of them, is found out when each source has a transaction of
 * its own. Each is tried once more at once. */
static void note_refusal(struct following *following, struct followed *followed)
{
    following->failed = true;
    following->alone = true;
    if (followed->refusals++ == 0) {
        followed->ready = true;
    } else {
        note_failure(following, followed);
    }
}

/* What was asked for may be no longer so: rows were refused, or PostgreSQL was gone. */
static bool is_wanted(const struct following *following, const struct followed *followed,
                      const struct reading_key *key)
{
    const struct appliance *appliance = &followed->appliance;
    return key->connects == following->fleet.connects && key->generation == appliance->generation
           && key->from.usn == appliance->place.usn
           && strcmp(key->from.identity, appliance->place.identity) == 0;
}

static void ask(struct following *following, struct followed *followed, uint64_t usn)
{
    struct reading_key key = {.appliance = followed->appliance.key,
                              .generation = followed->appliance.generation,
                              .connects = following->fleet.connects,
                              .from = followed->appliance.place};
    key.from.usn = usn;
    followed->ready = false;
    reader_ask(&followed->reader, &key);
}

/* A URL tells the last usn only where reading begins. */
static void note_page(struct followed *followed, const struct reading *reading)
{
    const struct page *page = &reading->page;
    followed->source_usn = page->last_usn > page->usn ? page->last_usn : page->usn;
    followed->changes += reading->rows.count;
    followed->read_at = time(NULL);
}

/* ---- What is written ---- */

static enum exit_code write_batch(struct following *following)
{
    enum exit_code code = batch_apply(&following->batch, &following->fleet);
    for (size_t i = 0; i < following->count; i++) {
        struct followed *followed = &following->sources[i];
        if (followed->batched && code == EXIT_DONE) {
            settle(following, followed);
        } else if (followed->batched) {
            note_refusal(following, followed);
        }
        followed->batched = false;
    }
    return code;
}

static enum exit_code add_to_batch(struct following *following, struct followed *followed,
                                   const struct reading *reading)
{
    if (following->batch.count == 0) {
        following->batch_due = now();
        following->batch_due.tv_nsec += BATCH_PATIENCE;
        following->batch_due.tv_sec += following->batch_due.tv_nsec / 1000000000L;
        following->batch_due.tv_nsec %= 1000000000L;
    }
    followed->batched = true;
    enum exit_code code =
        batch_add(&following->batch, &followed->appliance, &reading->rows, &reading->page);
    if (code != EXIT_DONE || batch_is_full(&following->batch)) {
        return write_batch(following);
    }
    return code;
}

/* While it is written the next one is read. */
static enum exit_code write_alone(struct following *following, struct followed *followed,
                                  const struct reading *reading)
{
    const struct page *page = &reading->page;
    if (page->more) {
        ask(following, followed, page->usn);
    }
    enum exit_code code =
        fleet_apply(&following->fleet, &followed->appliance, &reading->rows, page);
    if (code != EXIT_DONE) {
        note_refusal(following, followed);
    } else if (!page->more) {
        settle(following, followed);
    }
    return code;
}

static enum exit_code begin_generation(struct following *following, struct followed *followed,
                                       const struct page *page)
{
    enum exit_code code = fleet_renew(&following->fleet, &followed->appliance, page);
    if (code == EXIT_DONE) {
        followed->ready = true;
    } else {
        note_refusal(following, followed);
    }
    return code;
}

static enum exit_code write_reading(struct following *following, struct followed *followed,
                                    const struct reading *reading)
{
    const struct page *page = &reading->page;
    const struct appliance *appliance = &followed->appliance;
    if (!is_wanted(following, followed, &reading->key)) {
        followed->ready = followed->patience == 0;
        return EXIT_DONE;
    }
    if (reading->code != EXIT_DONE) {
        note_failure(following, followed);
        return EXIT_DONE;
    }
    note_page(followed, reading);
    if (page->foreign || appliance->generation == 0) {
        return begin_generation(following, followed, page);
    }
    if (reading->rows.count == 0 && appliance->complete) {
        settle(following, followed);
        return EXIT_DONE;
    }
    return appliance->complete && !page->more && !following->alone
               ? add_to_batch(following, followed, reading)
               : write_alone(following, followed, reading);
}

/* ---- Rounds ---- */

/* What was read to its end, and is in PostgreSQL. */
static void tell_metrics(struct following *following)
{
    for (size_t i = 0; i < following->count; i++) {
        struct followed *followed = &following->sources[i];
        if (followed->patience == 0 && followed->read_at != 0 && followed->appliance.complete
            && followed->appliance.place.usn >= followed->source_usn) {
            followed->success_at = followed->read_at;
        }
    }
    if (following->metrics != NULL
        && metrics_write(following->metrics, following->sources, following->count) != EXIT_DONE) {
        complain("follow: %s cannot be written: %m", following->metrics);
        following->code = following->once ? EXIT_DATABASE : following->code;
    }
}

/* Whose rows are in PostgreSQL are no moves yet. */
static size_t list_places(struct following *following)
{
    size_t count = 0;
    for (size_t i = 0; i < following->count; i++) {
        struct appliance *appliance = &following->sources[i].appliance;
        if (appliance->generation != 0 && appliance->connects == following->fleet.connects) {
            following->batch.moves[count++] = (struct move){.appliance = appliance};
        }
    }
    return count;
}

/* A PostgreSQL that has ended, or was set back, is noticed by nobody while sources have nothing new. What was read since
 * the last round is then not known to be there. */
static void check_places(struct following *following)
{
    if (following->fleet.connection == NULL || following->batch.count > 0
        || fleet_check(&following->fleet, following->batch.moves, list_places(following))
               == EXIT_DONE) {
        return;
    }
    for (size_t i = 0; i < following->count; i++) {
        following->sources[i].read_at = following->sources[i].success_at;
    }
}

/* All that rest are asked at once, so that what they say can be written together. */
static void begin_round(struct following *following)
{
    time_t time = now().tv_sec;
    if (following->round != 0) {
        check_places(following);
        tell_metrics(following);
    }
    following->alone = following->failed;
    following->failed = false;
    following->round = time + following->interval;
    for (size_t i = 0; i < following->count; i++) {
        struct followed *followed = &following->sources[i];
        followed->ready = followed->ready || followed->patience == 0 || followed->due <= time;
    }
}

static bool is_to_be_asked(struct followed *followed)
{
    return followed->ready && !followed->batched && !followed->finished
           && reader_rests(&followed->reader);
}

static enum exit_code ask_ready(struct following *following)
{
    for (size_t i = 0; i < following->count; i++) {
        struct followed *followed = &following->sources[i];
        if (!is_to_be_asked(followed)) {
            continue;
        }
        if (followed->appliance.connects != following->fleet.connects) {
            enum exit_code code =
                fleet_find(&following->fleet, followed->reader.source.name, &followed->appliance);
            if (code != EXIT_DONE) {
                note_refusal(following, followed);
                return code;
            }
        }
        ask(following, followed, followed->appliance.place.usn);
    }
    return EXIT_DONE;
}

/* A failure ends it, as the connection is closed then. */
static enum exit_code write_all(struct following *following)
{
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < following->count && code == EXIT_DONE && !ended; i++) {
        struct followed *followed = &following->sources[i];
        struct reading *reading = reader_take(&followed->reader);
        if (reading != NULL) {
            code = write_reading(following, followed, reading);
            reader_release(&followed->reader, reading);
        }
        progress_show(&following->progress, following->sources, following->count);
    }
    if (code == EXIT_DONE && following->batch.count > 0
        && (following->readers.busy == 0 || !is_before(now(), following->batch_due))) {
        code = write_batch(following);
    }
    return code;
}

/* Connected, or not to be tried yet. With `once` there is no second try. */
static enum exit_code stay_connected(struct following *following)
{
    if (following->fleet.connection != NULL || now().tv_sec < following->retry) {
        return EXIT_DONE;
    }
    enum exit_code code = fleet_connect(&following->fleet, following->to);
    following->patience = code == EXIT_DONE ? 0 : more_patience(following->patience);
    following->retry = now().tv_sec + following->patience;
    return code;
}

static bool is_over(const struct following *following)
{
    size_t finished = 0;
    for (size_t i = 0; i < following->count; i++) {
        finished += following->sources[i].finished && reader_rests(&following->sources[i].reader);
    }
    return ended || (following->count == finished);
}

/* Until there is something to do. */
static void rest(struct following *following)
{
    struct timespec until = {.tv_sec =
                                 following->once ? now().tv_sec + PATIENCE_MAX : following->round};
    bool is_connected = following->fleet.connection != NULL;
    if (!is_connected && following->retry < until.tv_sec) {
        until.tv_sec = following->retry;
    }
    if (following->batch.count > 0 && is_before(following->batch_due, until)) {
        until = following->batch_due;
    }
    for (size_t i = 0; i < following->count && is_connected; i++) {
        if (is_to_be_asked(&following->sources[i])) {
            return;
        }
    }
    readers_wait(&following->readers, &until);
}

/* One step: EXIT_REFUSED, or with `once` that PostgreSQL is gone, ends all. */
static enum exit_code step(struct following *following)
{
    enum exit_code code = stay_connected(following);
    if (code == EXIT_REFUSED || (code != EXIT_DONE && following->once)) {
        return code;
    }
    if (now().tv_sec >= following->round && (following->round == 0 || !following->once)) {
        begin_round(following);
    }
    if (following->fleet.connection != NULL && code == EXIT_DONE) {
        code = ask_ready(following);
    }
    if (following->fleet.connection != NULL && code == EXIT_DONE) {
        code = write_all(following);
    }
    if (code == EXIT_REFUSED) {
        return code;
    }
    if (!is_over(following)) {
        rest(following);
    }
    return EXIT_DONE;
}

enum exit_code follow(struct following *following)
{
    enum exit_code code = readers_begin(&following->readers);
    await_end(&following->readers);
    for (size_t i = 0; i < following->count && code == EXIT_DONE; i++) {
        code = reader_begin(&following->sources[i].reader, &following->readers);
    }
    while (code == EXIT_DONE && !is_over(following)) {
        code = step(following);
    }
    tell_metrics(following);
    progress_end(&following->progress);
    readers_end(&following->readers);
    for (size_t i = 0; i < following->count; i++) {
        reader_end(&following->sources[i].reader);
    }
    return code == EXIT_REFUSED ? code : exit_code_worse(code, following->code);
}
