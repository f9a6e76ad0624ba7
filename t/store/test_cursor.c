/* SPDX-License-Identifier: Apache-2.0 */
/* Our cursors against LMDB's: on every table, whatever is asked, the same answers. And verify, on what a
 * busy database looks like: LMDB's pages as they really are have no faults. */
#include "support.h"

#include "database/snapshot.h"

#define SESSIONS 6000
#define PROBES 3000

static uint64_t state_of_chance;

/* The same numbers in every run. */
static uint64_t chance(uint64_t below)
{
    state_of_chance =
        state_of_chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state_of_chance >> 33) % below;
}

/* A session of a few bytes or many pages, on a day with few others or thousands. */
static void write_session(struct store *store, js_transaction *transaction, uint64_t id)
{
    static char json[24000];
    uint64_t padding = chance(50) == 0 ? chance(20000) : chance(200);
    int length =
        snprintf(json, sizeof(json),
                 "{\"id\":\"%" PRIu64 "\",\"type\":\"T%" PRIu64 "\",\"executionStartTime\":"
                 "\"20%02" PRIu64 "-01-01T00:00:%02" PRIu64
                 "Z\",\"status\":\"Success\",\"padding\":\"%.*s\"}",
                 id, chance(40), chance(3) == 0 ? chance(90) : 7, chance(60), (int)padding, "");
    memset(json + length - 2, 'x', (size_t)padding);
    memcpy(json + length - 2 + padding, "\"}", 3);
    must(js_transaction_import(transaction, json, (size_t)length + padding, JS_IMPORT_MERGE, NULL,
                               NULL, &store->error),
         &store->error);
}

static void add_items(struct store *store, js_transaction *transaction, uint64_t id)
{
    static const char item[] = "{\"name\":\"a disk with a name of some length\"}";
    for (uint64_t i = chance(30); i > 0; i--) {
        must(js_transaction_append(transaction, id, (js_item_kind)(1 + chance(4)), item,
                                   sizeof(item) - 1, &store->error),
             &store->error);
    }
}

/* Sessions that come, change and go, in many transactions, so that pages are split, merged and freed. */
static void live(struct store *store)
{
    state_of_chance = 1;
    for (uint64_t round = 0; round < 40; round++) {
        js_transaction *transaction;
        must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
        for (int i = 0; i < 400; i++) {
            uint64_t id = 1 + chance(SESSIONS) * (chance(2) == 0 ? 1 : 37);
            js_result result = JS_NOT_FOUND;
            if (chance(4) == 0) {
                result = js_transaction_remove(transaction, id, JS_REMOVE_ANY, &store->error);
            }
            if (result == JS_NOT_FOUND) {
                write_session(store, transaction, id);
                if (chance(10) == 0) {
                    add_items(store, transaction, id);
                }
            }
        }
        must(js_transaction_commit(transaction, &store->error), &store->error);
    }
}

/* A table, seen by both. */
struct pair {
    MDB_cursor *theirs;
    jsp_cursor ours;
    unsigned char key_bytes[64]; /* what is asked for */
    unsigned char value_bytes[64];
    MDB_val key, value; /* the answer, which both have given */
};

static bool same(const MDB_val *one, const MDB_val *other)
{
    return one->mv_size == other->mv_size
           && memcmp(one->mv_data, other->mv_data, one->mv_size) == 0;
}

/* Ask both the same. */
static int ask(struct pair *pair, MDB_cursor_op op)
{
    MDB_val key = pair->key;
    MDB_val value = pair->value;
    int rc = mdb_cursor_get(pair->theirs, &key, &value, op);
    assert_int_equal(jsp_cursor_get(&pair->ours, &pair->key, &pair->value, op), rc);
    if (rc == 0) {
        assert_true(same(&pair->key, &key));
        assert_true(same(&pair->value, &value));
    }
    return rc;
}

static void walk(struct pair *pair, MDB_cursor_op begin, MDB_cursor_op step, uint64_t most)
{
    int rc = ask(pair, begin);
    for (uint64_t steps = 0; rc == 0 && steps < most; steps++) {
        rc = ask(pair, step);
    }
}

/* Ask for something near what is there: a key or a value that was met, with a byte changed or none. */
static void set_probe(struct pair *pair, bool change_key, bool change_value)
{
    size_t key_size = pair->key.mv_size < 64 ? pair->key.mv_size : 64;
    size_t value_size = pair->value.mv_size < 64 ? pair->value.mv_size : 64;
    memmove(pair->key_bytes, pair->key.mv_data, key_size);
    memmove(pair->value_bytes, pair->value.mv_data, value_size);
    if (change_key) {
        pair->key_bytes[key_size - 1 - chance(key_size > 4 ? 4 : 1)] ^= (unsigned char)chance(256);
    }
    if (change_value) {
        pair->value_bytes[chance(value_size)] ^= (unsigned char)chance(256);
    }
    pair->key = (MDB_val){key_size, pair->key_bytes};
    pair->value = (MDB_val){value_size, pair->value_bytes};
}

static void probe(struct pair *pair, bool sorted)
{
    static const MDB_cursor_op searches[] = {MDB_SET_RANGE, MDB_SET_KEY, MDB_GET_BOTH,
                                             MDB_GET_BOTH_RANGE};
    static const MDB_cursor_op steps[] = {MDB_NEXT, MDB_PREV, MDB_NEXT_NODUP, MDB_PREV_NODUP};
    MDB_cursor_op search = searches[chance(sorted ? 4 : 2)];
    walk(pair, chance(2) == 0 ? MDB_FIRST : MDB_LAST, MDB_NEXT, 0);
    set_probe(pair, true, false);
    if (ask(pair, MDB_SET_RANGE) != 0) {
        return;
    }
    walk(pair, MDB_GET_CURRENT, steps[chance(2)], chance(100));
    if (pair->key.mv_size == 0 || pair->value.mv_size == 0) {
        return;
    }
    set_probe(pair, chance(2) == 0, sorted && chance(2) == 0);
    if (ask(pair, search) == 0) {
        walk(pair, MDB_GET_CURRENT, steps[chance(4)], chance(300));
    }
}

/* What LMDB counts and lists of a key's values, and what ours finds by leaves, from either end. */
static void compare_leaves(struct pair *pair)
{
    size_t count;
    size_t our_count;
    for (int rc = ask(pair, MDB_FIRST); rc == 0; rc = ask(pair, MDB_NEXT_NODUP)) {
        MDB_val key;
        MDB_val leaf;
        size_t bytes = 0;
        size_t size = pair->value.mv_size;
        assert_int_equal(mdb_cursor_count(pair->theirs, &count), 0);
        assert_int_equal(jsp_cursor_count(&pair->ours, &our_count), 0);
        assert_int_equal(our_count, count);
        assert_int_equal(jsp_cursor_get(&pair->ours, &key, &leaf, MDB_GET_MULTIPLE), 0);
        do {
            for (size_t at = 0; at < leaf.mv_size; at += size) {
                MDB_val their_key;
                MDB_val their_value;
                assert_int_equal(mdb_cursor_get(pair->theirs, &their_key, &their_value,
                                                bytes + at == 0 ? MDB_GET_CURRENT : MDB_NEXT_DUP),
                                 0);
                assert_memory_equal((char *)leaf.mv_data + at, their_value.mv_data, size);
            }
            bytes += leaf.mv_size;
        } while (jsp_cursor_get(&pair->ours, &key, &leaf, MDB_NEXT_MULTIPLE) == 0);
        assert_int_equal(bytes, count * size);
        bytes = leaf.mv_size;
        while (jsp_cursor_get(&pair->ours, &key, &leaf, MDB_PREV_MULTIPLE) == 0) {
            bytes += leaf.mv_size;
        }
        assert_int_equal(bytes, count * size);
    }
}

static void compare_table(const js_snapshot *snapshot, MDB_txn *txn, jsp_table table)
{
    struct pair pair = {0};
    bool sorted = jsp_table_is_sorted(table);
    assert_int_equal(mdb_cursor_open(txn, snapshot->database->tables[table], &pair.theirs), 0);
    assert_int_equal(jsp_snapshot_cursor(snapshot, table, &pair.ours), 0);
    walk(&pair, MDB_FIRST, MDB_NEXT, UINT64_MAX);
    walk(&pair, MDB_LAST, MDB_PREV, UINT64_MAX);
    walk(&pair, MDB_FIRST, MDB_NEXT_NODUP, UINT64_MAX);
    walk(&pair, MDB_LAST, MDB_PREV_NODUP, UINT64_MAX);
    if (ask(&pair, MDB_FIRST) == 0) {
        for (int i = 0; i < PROBES; i++) {
            probe(&pair, sorted);
        }
    }
    if (sorted) {
        compare_leaves(&pair);
    }
    mdb_cursor_close(pair.theirs);
}

static void both_read_the_same(void **state)
{
    struct store *store = *state;
    MDB_txn *txn;
    live(store);
    (void)put_session(store, "{\"status\":\"Running\"}"); /* makes the table of workers */
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, MDB_RDONLY, &txn), 0);
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        compare_table(snapshot, txn, table);
    }
    mdb_txn_abort(txn);
    js_snapshot_end(snapshot);
    assert_no_faults(store);
}

static void an_empty_database_has_no_faults(void **state)
{
    assert_no_faults(*state);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* Keys that have most in common, of every length: the order is that of their bytes, then of their lengths. */
static void keys_have_the_order_of_bytes(void **state)
{
    unsigned char one[40];
    unsigned char other[40];
    (void)state;
    state_of_chance = 2;
    for (int i = 0; i < 200000; i++) {
        size_t length = chance(sizeof(one) + 1);
        size_t other_length = chance(2) == 0 ? length : chance(sizeof(other) + 1);
        memset(one, 'x', sizeof(one));
        memset(other, 'x', sizeof(other));
        one[chance(sizeof(one))] = (unsigned char)chance(256);
        other[chance(sizeof(other))] = (unsigned char)chance(256);
        int order = memcmp(one, other, length < other_length ? length : other_length);
        order = order != 0 ? order : (length > other_length) - (length < other_length);
        assert_int_equal(
            sign(jsp_tree_compare_keys(&(MDB_val){length, one}, &(MDB_val){other_length, other})),
            sign(order));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_read_the_same, make_store, remove_store),
        cmocka_unit_test_setup_teardown(an_empty_database_has_no_faults, make_store, remove_store),
        cmocka_unit_test(keys_have_the_order_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
