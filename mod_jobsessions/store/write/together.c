/* SPDX-License-Identifier: Apache-2.0 */
#include "write/together.h"

#include <sys/random.h>

#include "base/error.h"
#include "write/waiting.h"

/* How long who waits sleeps at most before it looks around, in milliseconds: as long as a writer can stay unnoticed who
 * died before he woke it, or who died first in line. */
#define LOOK_INTERVAL 20
/* After so many looks it stands in line beside the first, who may have been stopped (SIGSTOP). */
#define LOOKS_BEHIND_FIRST 5

/* A session on its way. */
struct put {
    js_database *database;
    jsp_queue *queue;
    const jsp_together_writes *writes;
    bool is_update;
    const char *json;
    size_t length;
    uint64_t *id;
    unsigned slot;
    bool stands; /* first in line */
    jsp_wait wait;
};

/* What has become of a step. */
typedef enum progress {
    WAITS,
    WRITE_ALONE, /* nothing of it is written */
    ENDED        /* by the result that comes with it */
} progress;

/* ---- Alone ---- */

static js_result write_own(const struct put *put, js_transaction *transaction, js_error *error)
{
    jsp_together_write *write = put->is_update ? put->writes->update : put->writes->put;
    return write(transaction, put->json, put->length, put->id, error);
}

static js_result put_alone(const struct put *put, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(put->database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = write_own(put, transaction, error);
    return jsp_transaction_end(transaction, result, error);
}

/* ---- With others ---- */

/* Whether the transaction can go on: what has been refused is as if it had not been tried. */
static bool goes_on(js_result result)
{
    return result == JS_INVALID || result == JS_REMOVED || result == JS_NOT_FOUND;
}

/* Write one of the others. False: the transaction is broken. */
static bool write_other(const struct put *put, jsp_marked *marked, js_transaction *transaction,
                        jsp_queue_sight *sight, const jsp_queue_request *request)
{
    jsp_together_write *write = request->is_update ? put->writes->update : put->writes->put;
    js_error error;
    uint64_t id = 0;
    if (!jsp_queue_take(marked->queue, sight, marked->mark)) {
        return true;
    }
    transaction->writer = &request->worker;
    js_result result = write(transaction, request->text, request->length, &id, &error);
    transaction->writer = NULL;
    if (result != JS_OK) {
        jsp_queue_tell(marked->queue, sight, JSP_QUEUE_ALONE);
        return goes_on(result);
    }
    jsp_queue_note_id(marked->queue, sight->slot, id);
    marked->taken[marked->count++] = *sight;
    return true;
}

static bool write_others(const struct put *put, jsp_marked *marked, js_transaction *transaction)
{
    jsp_queue_request request;
    for (unsigned slot = 0; slot < JSP_QUEUE_SLOTS; slot++) {
        jsp_queue_sight sight = jsp_queue_look(marked->queue, slot);
        if (sight.state == JSP_QUEUE_FILLED && jsp_queue_read(marked->queue, &sight, &request)
            && !write_other(put, marked, transaction, &sight, &request)) {
            return false;
        }
    }
    if (marked->count == 0) {
        return true;
    }
    transaction->marked = marked;
    return jsp_mark_write(marked, &transaction->checked) == 0;
}

/* Its own first: when that is refused nobody else is held up by it. */
static progress write_all(struct put *put, js_transaction *transaction, js_result *result,
                          js_error *error)
{
    jsp_marked marked = {.queue = put->queue};
    *result = write_own(put, transaction, error);
    if (*result == JS_OK && jsp_queue_is_in_place(put->queue)
        && getrandom(marked.mark, sizeof(marked.mark), 0) == (ssize_t)sizeof(marked.mark)
        && !write_others(put, &marked, transaction)) {
        js_transaction_abort(transaction);
        jsp_mark_tell(&marked, JSP_QUEUE_FILLED);
        return WRITE_ALONE;
    }
    *result = jsp_transaction_end(transaction, *result, error);
    return ENDED;
}

/* ---- First in line ---- */

static void step_back(struct put *put)
{
    if (put->stands) {
        jsp_queue_step_back(put->queue);
        put->stands = false;
    }
}

/* Whether it is on disk, or can be, by its slot: WAITS, where neither is decided. */
static progress look_at_outcome(struct put *put, const jsp_queue_sight *sight, js_result *result,
                                js_error *error)
{
    switch (sight->state) {
    case JSP_QUEUE_FILLED:
    case JSP_QUEUE_TAKEN:
        return WAITS;
    case JSP_QUEUE_DONE:
        if (put->id != NULL) {
            *put->id = jsp_queue_id(put->queue, put->slot);
        }
        *result = JS_OK;
        return ENDED;
    case JSP_QUEUE_ALONE:
    case JSP_QUEUE_EMPTY:
        return WRITE_ALONE;
    default:
        *result = jsp_fail(error, JS_SYSTEM,
                           "%s: %s was written to by somebody else, and whether the session is "
                           "stored is not known; look for it before you write it again",
                           put->database->directory, JSP_QUEUE_FILE);
        return ENDED;
    }
}

/* Who took it has died, and it cannot be told any more whether that was before the commit. */
static progress fail_unknown(const struct put *put, js_result *result, js_error *error)
{
    *result = jsp_fail(error, JS_SYSTEM,
                       "%s: who wrote the session together with others has died, and whether it is "
                       "stored is not known; look for it before you write it again",
                       put->database->directory);
    return ENDED;
}

/* A transaction has begun, in which nobody else can take the slot. */
static progress write_in_transaction(struct put *put, js_transaction *transaction,
                                     js_result *result, js_error *error)
{
    if (jsp_queue_withdraw(put->queue, put->slot)) {
        return write_all(put, transaction, result, error);
    }
    jsp_queue_sight sight = jsp_queue_look_at_own(put->queue, put->slot);
    progress outcome = look_at_outcome(put, &sight, result, error);
    js_transaction_abort(transaction);
    return outcome == WAITS ? fail_unknown(put, result, error) : outcome;
}

/* It is this one's turn. */
static progress write_in_turn(struct put *put, js_result *result, js_error *error)
{
    js_transaction *transaction;
    jsp_queue_sight sight = jsp_queue_look_at_own(put->queue, put->slot);
    progress outcome = look_at_outcome(put, &sight, result, error);
    if (outcome != WAITS) { /* whose turn it was before has written it */
        jsp_turn_end(&put->database->turn, put->database->env);
        return outcome;
    }
    *result = jsp_transaction_begin(put->database, true, &transaction, error);
    step_back(
        put); /* whoever has filled a slot by now is found, and who comes later stands in line itself */
    if (*result == JS_OK) {
        return write_in_transaction(put, transaction, result, error);
    }
    if (jsp_queue_withdraw(put->queue, put->slot)) {
        return ENDED;
    }
    jsp_queue_sight now = jsp_queue_look_at_own(put->queue, put->slot);
    return sight.state == JSP_QUEUE_TAKEN && now.word == sight.word
               ? fail_unknown(put, result, error)
               : look_at_outcome(put, &now, result, error);
}

/* The wait is over, but not for what somebody has taken into his transaction. */
static progress end_wait(struct put *put, jsp_turn_outcome outcome, js_result *result,
                         js_error *error)
{
    if (jsp_queue_withdraw(put->queue, put->slot)) {
        *result = jsp_waiting_fail(put->database, outcome, error);
        return ENDED;
    }
    put->wait = jsp_turn_begin_wait(&put->database->turn);
    put->wait.deadline = INT64_MAX;
    return WAITS;
}

static progress stand_in_line(struct put *put, js_result *result, js_error *error)
{
    js_database *database = put->database;
    jsp_turn_outcome turn = jsp_turn_take(&database->turn, database->env, &put->wait);
    progress outcome = turn == JSP_TURN_TAKEN ? write_in_turn(put, result, error)
                                              : end_wait(put, turn, result, error);
    step_back(put);
    jsp_queue_call(
        put->queue); /* somebody may have taken this one for the first in line until now */
    return outcome;
}

/* ---- In the queue ---- */

static progress wait_on(struct put *put, unsigned looks, js_result *result, js_error *error)
{
    jsp_queue_sight sight = jsp_queue_look_at_own(put->queue, put->slot);
    progress outcome = look_at_outcome(put, &sight, result, error);
    if (outcome != WAITS) {
        return outcome;
    }
    put->stands = jsp_queue_stand(put->queue);
    if (put->stands || looks >= LOOKS_BEHIND_FIRST) {
        return stand_in_line(put, result, error);
    }
    jsp_turn_outcome turn = jsp_turn_look(&put->database->turn, &put->wait);
    if (turn != JSP_TURN_TAKEN) {
        return end_wait(put, turn, result, error);
    }
    jsp_queue_sleep(put->queue, &sight, LOOK_INTERVAL);
    return WAITS;
}

static js_result put_in_queue(struct put *put, js_error *error)
{
    js_result result = JS_OK;
    progress outcome = WAITS;
    if (!jsp_queue_claim(put->queue, &put->slot)) {
        return put_alone(put, error);
    }
    jsp_queue_fill(put->queue, put->slot, put->is_update, jsp_database_worker(put->database),
                   put->json, put->length);
    for (unsigned looks = 0; outcome == WAITS; looks++) {
        outcome = wait_on(put, looks, &result, error);
    }
    jsp_queue_release(put->queue, put->slot);
    return outcome == WRITE_ALONE ? put_alone(put, error) : result;
}

js_result jsp_together_put(js_database *database, const jsp_together_writes *writes, bool is_update,
                           const char *json, size_t length, uint64_t *id, js_error *error)
{
    struct put put = {.database = database,
                      .writes = writes,
                      .is_update = is_update,
                      .json = json,
                      .length = length,
                      .id = id,
                      .queue = atomic_load(&database->queue)};
    js_result result = jsp_transaction_may_begin(database, error);
    if (result != JS_OK) {
        return result;
    }
    if (put.queue == NULL || length > JSP_QUEUE_TEXT_MAX || jsp_turn_is_own(&database->turn)) {
        return put_alone(&put, error);
    }
    put.wait = jsp_turn_begin_wait(&database->turn);
    return put_in_queue(&put, error);
}
