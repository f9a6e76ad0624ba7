/* SPDX-License-Identifier: Apache-2.0 */
#include "write/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/database.h"

/* Sessions between two lines that say how far an import has come. */
#define PROGRESS UINT64_C(100000)

/* Commit earlier when sessions are large. */
#define BYTES_MAX ((size_t)32 << 20)

/* How often a database may be replaced before one batch has been committed. */
#define REPLACED_MAX 100

static enum exit_code give_up(struct batch *batch, const char *why)
{
    complain("%s", why);
    if (batch->count > 0) {
        complain("the last %zu sessions were not stored; %" PRIu64 " before them were",
                 batch->count, batch->committed);
    }
    js_transaction_abort(batch->transaction);
    batch->transaction = NULL;
    batch->count = 0;
    batch->given_up = true;
    return EXIT_DATABASE;
}

void batch_refuse(struct batch *batch, const char *place, const char *why)
{
    complain("%s: %s", place, why);
    batch->refused++;
}

enum exit_code batch_open(struct batch *batch)
{
    return database_open(batch->options, JS_WRITE, &batch->database);
}

void batch_close(struct batch *batch)
{
    js_transaction_abort(batch->transaction);
    js_close(batch->database);
    free(batch->text);
}

/* Keep one until it is committed; false when there is no memory for it. */
static bool keep(struct batch *batch, const char *json, size_t length, const char *place)
{
    struct batch_entry *entry = &batch->entries[batch->count];
    if (length > batch->room - batch->bytes) {
        size_t room = 2 * batch->room + length;
        char *text = realloc(batch->text, room);
        if (text == NULL) {
            return false;
        }
        batch->text = text;
        batch->room = room;
    }
    memcpy(batch->text + batch->bytes, json, length);
    entry->offset = batch->bytes;
    entry->length = length;
    (void)snprintf(entry->place, sizeof(entry->place), "%s", place);
    batch->bytes += length;
    batch->count++;
    return true;
}

/* Write an entry; JS_OK also when it was refused, which was said and shows in *kept. */
static js_result write_entry(struct batch *batch, struct batch_entry *entry, bool *kept,
                             js_error *error)
{
    uint64_t id;
    js_result result = batch->writing->write(
        batch->transaction, batch->writing, batch->text + entry->offset, entry->length, &id, error);
    if (result == JS_OK && batch->writing->print_ids) {
        result = js_transaction_id_text(batch->transaction, id, entry->id, error);
    }
    *kept = result == JS_OK || exit_code_of(result) != EXIT_REFUSED;
    if (!*kept) {
        batch_refuse(batch, entry->place, error->message);
    }
    return *kept ? result : JS_OK;
}

/* Write all entries, in a transaction that has just begun. */
static js_result write_entries(struct batch *batch, js_error *error)
{
    size_t count = batch->count;
    batch->count = 0;
    for (size_t i = 0; i < count; i++) {
        bool kept;
        js_result result = write_entry(batch, &batch->entries[i], &kept, error);
        if (result != JS_OK) {
            batch->count = count - i + batch->count;
            return result;
        }
        if (kept) {
            batch->entries[batch->count++] = batch->entries[i];
        }
    }
    return JS_OK;
}

/* Open what has taken the database's place, and write to it what has not been committed. */
static js_result write_again(struct batch *batch, js_error *error)
{
    js_transaction_abort(batch->transaction);
    batch->transaction = NULL;
    js_close(batch->database);
    batch->database = NULL;
    js_options wanted = {.map_size = batch->options->map_size};
    js_result result =
        js_open(batch->options->directory, JS_WRITE, &wanted, &batch->database, error);
    if (result == JS_OK) {
        (void)database_tell_worker(batch->options, batch->database); /* which was possible before */
    }
    result = result == JS_OK ? js_transaction_begin(batch->database, &batch->transaction, error)
                             : result;
    return result == JS_OK ? write_entries(batch, error) : result;
}

/* After a call that did not return JS_OK: go on with the database that is in place, if that is the matter. */
static js_result recover(struct batch *batch, js_result result, js_error *error)
{
    if (result == JS_REPLACED) {
        complain("%s: the database was replaced; going on with the one that is in place",
                 batch->options->directory);
    }
    for (int tries = 0; result == JS_REPLACED && tries < REPLACED_MAX; tries++) {
        result = write_again(batch, error);
    }
    return result;
}

/* With what has been kept until now. */
static js_result begin(struct batch *batch, js_error *error)
{
    if (batch->transaction != NULL) {
        return JS_OK;
    }
    js_result result = js_transaction_begin(batch->database, &batch->transaction, error);
    result = result == JS_OK ? write_entries(batch, error) : result;
    return recover(batch, result, error);
}

/* The first one, and nobody knows yet whether another follows at once. */
static bool may_stay_alone(const struct batch *batch)
{
    return batch->writing->write_one != NULL && batch->transaction == NULL && batch->count == 0;
}

enum exit_code batch_add(struct batch *batch, const char *json, size_t length, const char *place)
{
    js_error error;
    bool kept;
    if (batch->given_up) {
        return EXIT_DATABASE;
    }
    bool is_alone = may_stay_alone(batch);
    if (!is_alone && begin(batch, &error) != JS_OK) {
        return give_up(batch, error.message);
    }
    if (!keep(batch, json, length, place)) {
        return give_up(batch, "out of memory");
    }
    if (is_alone) {
        return EXIT_DONE;
    }
    if (write_entry(batch, &batch->entries[batch->count - 1], &kept, &error) != JS_OK) {
        return give_up(batch, error.message);
    }
    if (!kept) {
        batch->bytes = batch->entries[--batch->count].offset;
    }
    return batch->count >= batch->writing->most || batch->bytes >= BYTES_MAX ? batch_flush(batch)
                                                                             : EXIT_DONE;
}

/* A line for every so many sessions of a large import. */
static void show_progress(const struct batch *batch)
{
    uint64_t done = (batch->committed + batch->count) / PROGRESS * PROGRESS;
    if (!batch->writing->print_ids && done > batch->committed) {
        (void)fprintf(stderr, "jobsessions: %" PRIu64 " so far\n", done);
    }
}

static js_result commit(struct batch *batch, js_error *error)
{
    js_transaction *transaction = batch->transaction;
    batch->transaction = NULL;
    return js_transaction_commit(transaction, error);
}

/* The one that has stayed alone. */
static js_result write_one(struct batch *batch, js_error *error)
{
    uint64_t id;
    struct batch_entry *entry = &batch->entries[0];
    js_result result = batch->writing->write_one(batch->database, batch->text + entry->offset,
                                                 entry->length, &id, error);
    if (result == JS_OK) {
        js_id_text(batch->database, id, entry->id);
    } else if (exit_code_of(result) == EXIT_REFUSED) {
        batch_refuse(batch, entry->place, error->message);
        batch->count = 0;
        return JS_OK;
    }
    return result;
}

enum exit_code batch_flush(struct batch *batch)
{
    js_error error;
    if (batch->given_up || (batch->transaction == NULL && batch->count == 0)) {
        return batch->given_up ? EXIT_DATABASE : EXIT_DONE;
    }
    js_result result =
        batch->transaction != NULL ? commit(batch, &error) : write_one(batch, &error);
    for (int tries = 0; result == JS_REPLACED && tries < REPLACED_MAX; tries++) {
        result = recover(batch, result, &error);
        result = result == JS_OK ? commit(batch, &error) : result;
    }
    if (result != JS_OK) {
        return give_up(batch, error.message);
    }
    for (size_t i = 0; batch->writing->print_ids && i < batch->count; i++) {
        (void)puts(batch->entries[i].id);
    }
    show_progress(batch);
    batch->committed += batch->count;
    batch->count = batch->bytes = 0;
    if (fflush(stdout) != 0) {
        complain("the ids could not be printed; the sessions are stored");
        batch->given_up = true;
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}
