/* SPDX-License-Identifier: Apache-2.0 */
#include "write/transaction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/invariant.h"
#include "lmdb/extent.h"
#include "write/index_write.h"
#include "write/waiting.h"

js_result jsp_transaction_break(js_transaction *transaction, js_error *error, int rc,
                                const char *doing)
{
    transaction->broken = true;
    return jsp_database_fail(transaction->database, error, rc, doing);
}

static js_result begin_in_turn(js_transaction *transaction, int *rc, js_error *error)
{
    js_database *database = transaction->database;
    const jsp_wait wait = jsp_turn_begin_wait(&database->turn);
    jsp_turn_outcome outcome = transaction->has_turn
                                   ? JSP_TURN_TAKEN
                                   : jsp_turn_take(&database->turn, database->env, &wait);
    if (outcome != JSP_TURN_TAKEN) {
        return jsp_waiting_fail(database, outcome, error);
    }
    transaction->has_turn = true;
    *rc = mdb_txn_begin(database->env, NULL, 0, &transaction->checked.txn);
    return JS_OK;
}

/* That of a parent is the parent's to end. */
static void end_turn(js_transaction *transaction)
{
    js_database *database = transaction->database;
    if (transaction->has_turn && !jsp_database_is_inherited(database)) {
        jsp_turn_end(&database->turn, database->env);
    }
    transaction->has_turn = false;
}

/* The counters are read, and written at the end, by LMDB. */
static int reach_counters(js_transaction *transaction, bool to_write)
{
    MDB_val key = {sizeof(JSP_KEY_COUNTERS) - 1, JSP_KEY_COUNTERS};
    MDB_val value = {JSP_COUNTERS_SIZE, NULL};
    return to_write
               ? jsp_checked_reach_to_write(&transaction->checked, JSP_TABLE_META, &key, &value, 0)
               : jsp_checked_reach(&transaction->checked, JSP_TABLE_META, &key, NULL, 0);
}

/* Keep the map as it is until the transaction ends, and look at what LMDB left the last time. */
static js_result stand_on_pages(js_transaction *transaction, bool is_in_place, js_error *error)
{
    js_database *database = transaction->database;
    js_result result = jsp_database_enter(database, error);
    if (result != JS_OK) {
        return result;
    }
    transaction->has_entered = true;
    int rc = jsp_database_guard(database, transaction->checked.txn, &transaction->checked.guard,
                                transaction->checked.tables);
    rc = rc != 0 ? rc : reach_counters(transaction, false);
    rc = rc != 0 ? rc : jsp_mark_settle(&transaction->checked, is_in_place);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "begin to write");
}

/* Begin to write, though another process may just have grown the map. */
static js_result begin(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    int rc = 0;
    js_result result = begin_in_turn(transaction, &rc, error);
    if (result == JS_OK && rc == MDB_MAP_RESIZED) {
        end_turn(transaction); /* readers here may take a while to let go of the map */
        result = jsp_database_adopt_map(database, error);
        result = result == JS_OK ? begin_in_turn(transaction, &rc, error) : result;
    }
    if (result != JS_OK) {
        return result;
    }
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to write");
    }
    bool is_in_place = jsp_database_is_in_place(database);
    jsp_database_clear_readers(database);
    result = stand_on_pages(transaction, is_in_place, error);
    if (!is_in_place) {
        return jsp_fail(error, JS_REPLACED, "%s: the database was replaced; open it again",
                        database->directory);
    }
    if (result != JS_OK) {
        return result;
    }
    const char *damage =
        jsp_database_counters(database, transaction->checked.txn, &transaction->counters);
    if (damage != NULL) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: %s; export what is left, restore the database from it",
                        database->directory, damage);
    }
    rc = mdb_cursor_open(transaction->checked.txn, database->tables[JSP_TABLE_INDEX],
                         &transaction->index);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "begin to write");
}

static js_result fail_orphan(js_error *error)
{
    return jsp_fail(error, JS_MISUSE,
                    "the transaction was given up when its database was closed, or its thread "
                    "ended; nothing of it was kept");
}

/* JS_OK in the process and the thread that began it. */
static js_result check_thread(const js_transaction *transaction, js_error *error)
{
    if (transaction->database == NULL) {
        return fail_orphan(error);
    }
    js_result result = jsp_database_check_process(transaction->database, error);
    if (result != JS_OK || transaction->thread == gettid()) {
        return result;
    }
    return jsp_fail(
        error, JS_MISUSE,
        "%s: the transaction was begun by thread %ld and is open still; write to it and "
        "end it in that one (in Go runtime.LockOSThread())",
        transaction->database->directory, (long)transaction->thread);
}

js_result jsp_transaction_check(const js_transaction *transaction, js_error *error)
{
    js_result result = check_thread(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    return transaction->broken ? jsp_fail(error, JS_SYSTEM,
                                          "%s: an earlier call in the transaction failed; abort it",
                                          transaction->database->directory)
                               : JS_OK;
}

js_result jsp_transaction_may_begin(const js_database *database, js_error *error)
{
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        return result;
    }
    if (database->mode != JS_WRITE) {
        return jsp_fail(error, JS_FORBIDDEN, "%s: opened for reading only", database->directory);
    }
    return JS_OK;
}

/* LMDB's transaction has ended: let go of all the rest but the memory that the caller's pointer leads to. */
static void let_go_of_database(js_transaction *transaction)
{
    js_database *database = transaction->database;
    jsp_guard_end(&transaction->checked.guard);
    if (transaction->has_entered && !jsp_database_is_inherited(database)) {
        jsp_database_leave(database);
    }
    jsp_thread_end_forget(&transaction->thread_end);
    if (database->writing == transaction) {
        database->writing = NULL;
    }
    end_turn(transaction);
    jsp_text_free(&transaction->text);
}

static void dispose(js_transaction *transaction)
{
    let_go_of_database(transaction);
    free(transaction);
}

/* That of a parent is the parent's to end. */
static void end_in_lmdb(js_transaction *transaction)
{
    if (transaction->checked.txn != NULL && !jsp_database_is_inherited(transaction->database)) {
        mdb_txn_abort(transaction->checked.txn); /* closes the cursor, too */
    }
}

static void give_up(js_transaction *transaction)
{
    end_in_lmdb(transaction);
    dispose(transaction);
}

/* Nobody has ended it, and somebody may still want to: what is left for that tells him. */
static void orphan(js_transaction *transaction)
{
    end_in_lmdb(transaction);
    let_go_of_database(transaction);
    transaction->database = NULL;
}

static bool orphan_of_closed(js_transaction *transaction)
{
    if (transaction->thread != gettid()) {
        return false;
    }
    orphan(transaction);
    return true;
}

static void orphan_of_thread(jsp_thread_end *begun)
{
    orphan((js_transaction *)begun);
}

js_result jsp_transaction_begin(js_database *database, bool has_turn, js_transaction **transaction,
                                js_error *error)
{
    *transaction = NULL;
    js_transaction *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        if (has_turn) {
            jsp_turn_end(&database->turn, database->env);
        }
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", database->directory);
    }
    made->database = made->checked.database = database;
    made->thread = gettid();
    made->has_turn = has_turn;
    js_result result = begin(made, error);
    if (result != JS_OK) {
        give_up(made);
        return result;
    }
    made->thread_end.ended = orphan_of_thread;
    jsp_thread_end_watch(&made->thread_end);
    database->let_go = orphan_of_closed;
    database->writing = made;
    *transaction = made;
    return JS_OK;
}

js_result js_transaction_begin(js_database *database, js_transaction **transaction, js_error *error)
{
    *transaction = NULL;
    js_result result = jsp_transaction_may_begin(database, error);
    return result == JS_OK ? jsp_transaction_begin(database, false, transaction, error) : result;
}

void js_transaction_abort(js_transaction *transaction)
{
    if (transaction == NULL) {
        return;
    }
    if (transaction->database == NULL) {
        free(transaction);
    } else if (jsp_database_is_inherited(transaction->database)
               || transaction->thread == gettid()) {
        give_up(transaction);
    }
}

/* A session has at least two bytes and a digit, and each was given a usn. */
static inline bool counters_are_sound(const jsp_counters *counters)
{
    return counters->id_digits >= counters->count && counters->json_bytes >= 2 * counters->count
           && (counters->count > 0 || counters->json_bytes + counters->id_digits == 0);
}

js_result js_transaction_commit(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    if (database == NULL) {
        free(transaction);
        return fail_orphan(error);
    }
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        js_transaction_abort(transaction);
        return result;
    }
    result = check_thread(transaction, error);
    if (result != JS_OK) {
        return result; /* it stays open for whose it is */
    }
    if (transaction->broken) {
        js_transaction_abort(transaction);
        return jsp_fail(error, JS_SYSTEM,
                        "%s: an earlier call in the transaction failed; nothing of it was kept",
                        database->directory);
    }
    JSP_INVARIANT(2, counters_are_sound(&transaction->counters));
    int rc = jsp_pending_days_write(&transaction->days, &transaction->checked);
    rc = rc != 0 ? rc : reach_counters(transaction, true);
    rc = rc != 0 ? rc
                 : jsp_database_set_counters(database, transaction->checked.txn,
                                             &transaction->counters);
    rc = rc != 0 ? rc : jsp_guard_commit(&transaction->checked.guard);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return jsp_database_fail(database, error, rc, "write the counts");
    }
    rc = mdb_txn_commit(transaction->checked.txn);
    if (rc == 0) {
        jsp_extent_keep(database->env);
        database->has_workers |= transaction->has_workers;
    }
    /* in one's turn: who replaces the database waits for that, and takes along what was committed before */
    bool is_in_place = rc == 0 && jsp_database_is_in_place(database);
    if (rc == 0
        && transaction->marked != NULL) { /* in no database that anybody has: they write again */
        jsp_mark_tell(transaction->marked, is_in_place ? JSP_QUEUE_DONE : JSP_QUEUE_ALONE);
    }
    dispose(transaction);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "commit");
    }
    /* what nobody will see must not be called stored */
    return is_in_place
               ? JS_OK
               : jsp_fail(error, JS_REPLACED,
                          "%s: the database was replaced, and what was just written is not in the "
                          "one that "
                          "is in place; open it again, and write it again",
                          database->directory);
}

js_result jsp_transaction_next_usn(js_transaction *transaction, uint64_t *usn, js_error *error)
{
    if (transaction->counters.last_usn >= INT64_MAX) {
        return jsp_fail(error, JS_FULL,
                        "%s: all usns are used up; jobsessions renumber gives sessions new ones",
                        transaction->database->directory);
    }
    *usn = transaction->counters.last_usn + 1;
    return JS_OK;
}

js_result jsp_transaction_end(js_transaction *transaction, js_result result, js_error *error)
{
    if (result != JS_OK) {
        js_transaction_abort(transaction);
        return result;
    }
    return js_transaction_commit(transaction, error);
}
