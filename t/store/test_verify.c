/* SPDX-License-Identifier: Apache-2.0 */
/* js_verify() names what one table has and another has not. */
#include "support.h"

#include <lmdb.h>

#define SESSION 3

static void fill(struct store *store)
{
    for (int n = 1; n <= 5; n++) {
        put_session(store, "{\"status\":\"Success\",\"type\":\"T\",\"executionStartTime\":\"2026-"
                           "01-02T03:04:05Z\"}");
    }
    must(js_append(store->database, SESSION, JS_LOG, "{\"message\":\"one\"}", 17, &store->error),
         &store->error);
}

/* Delete by LMDB's own means: the value of a key at the given place, from 0, or the key. */
static void delete_entry(const struct store *store, const char *table, int place)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
    assert_int_equal(mdb_env_open(env, store->directory, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_FIRST), 0);
    while (place-- > 0) {
        assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_NEXT), 0);
    }
    assert_int_equal(mdb_cursor_del(cursor, 0), 0);
    mdb_cursor_close(cursor);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

struct faults {
    char text[4096];
};

static void note(void *faults_, const char *text)
{
    struct faults *faults = faults_;
    size_t length = strlen(faults->text);
    (void)snprintf(faults->text + length, sizeof(faults->text) - length, "%s\n", text);
}

/* Sessions 1 and 5 are removed, under usns 6 and 7, and the first removal is forgotten. */
static void remove_and_forget(struct store *store)
{
    js_transaction *transaction;
    must(js_remove(store->database, 1, JS_REMOVE_ANY, &store->error), &store->error);
    must(js_remove(store->database, 5, JS_REMOVE_ANY, &store->error), &store->error);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_forget(transaction, 6, &store->error), &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

static void is_named(void **state)
{
    /* the third entry is the session's */
    static const struct {
        const char *table;
        int place;
        const char *fault;
        bool forgotten; /* beforehand: a removal */
    } cases[] = {
        {"sessions", SESSION - 1, "session 3: the index knows it, but it has no record", false},
        {"index", SESSION - 1, "session 3: the index has no entry for it", false},
        {"starts", SESSION - 1, "session 3: it is missing in the order of start times", false},
        {"changes", SESSION - 1, "session 3: its usn 3 is not among the changes", false},
        {"types", 0, "session 3: its type has the code 0 among the types", false},
        {"changes", 3, "the mark of removals that are forgotten up to usn 6 is missing", true},
        {"meta", 1, "usn 6: session 18446744073709551615 does not have it", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct faults faults = {""};
        uint64_t count;
        (void)make_store(state);
        struct store *store = *state;
        fill(store);
        if (cases[i].forgotten) {
            remove_and_forget(store);
        }
        close_store(store);
        delete_entry(store, cases[i].table, cases[i].place);
        open_store(store);
        js_snapshot *snapshot = begin_snapshot(store);
        must(js_verify(snapshot, note, &faults, &count), &store->error);
        js_snapshot_end(snapshot);
        assert_true(count > 0);
        if (strstr(faults.text, cases[i].fault) == NULL) {
            fail_msg("%s: not \"%s\", but:\n%s", cases[i].table, cases[i].fault, faults.text);
        }
        (void)remove_store(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
