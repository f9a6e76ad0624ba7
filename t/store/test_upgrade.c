/* SPDX-License-Identifier: Apache-2.0 */
/* Seals in the index, what they are for, and how a database of format 1 gets them. */
#include "support.h"

#include <lmdb.h>

#include "database/index.h"
#include "database/range.h"

/* The entry of a session as the index has it. */
static jsp_entry entry_of(struct store *store, uint64_t id)
{
    jsp_entry entry;
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry), 0);
    js_snapshot_end(snapshot);
    return entry;
}

static uint32_t seal_of(struct store *store, uint64_t id)
{
    js_session session;
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(js_snapshot_get(snapshot, id, &session), JS_OK);
    uint32_t seal = jsp_record_get_seal((const unsigned char *)session.json - JSP_RECORD_HEADER);
    js_snapshot_end(snapshot);
    return seal;
}

static uint64_t hash_of(struct store *store, uint64_t first, uint64_t last)
{
    uint64_t hash;
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(jsp_range_hash(snapshot, first, last, &hash), 0);
    js_snapshot_end(snapshot);
    return hash;
}

static void remove_session(struct store *store, uint64_t id)
{
    must(js_remove(store->database, id, JS_REMOVE_ANY, &store->error), &store->error);
}

static void put_in(struct store *store, js_transaction *transaction, const char *text, uint64_t *id)
{
    must(js_transaction_put(transaction, text, strlen(text), id, &store->error), &store->error);
}

static void fill(struct store *store, unsigned count)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned i = 0; i < count; i++) {
        put_in(store, transaction, SUCCESS, NULL);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

static void ignore(void *unused, const char *text)
{
    (void)unused;
    (void)text;
}

static uint64_t faults_of(struct store *store)
{
    uint64_t faults;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_verify(snapshot, ignore, NULL, &faults), &store->error);
    js_snapshot_end(snapshot);
    return faults;
}

/* ---- Seals and ranges ------------------------------------------------------------------------ */

static void the_index_has_the_seal_of_each_record(void **state)
{
    struct store *store = *state;
    fill(store, 2);
    assert_int_equal(entry_of(store, 1).seal, seal_of(store, 1));
    assert_int_not_equal(entry_of(store, 1).seal, entry_of(store, 2).seal);
    (void)put_session(store, "{\"id\":\"1\",\"status\":\"Warning\"}");
    assert_int_equal(entry_of(store, 1).seal, seal_of(store, 1));
    assert_no_faults(store);
}

static uint64_t hash_entry(uint64_t hash, const jsp_entry *entry)
{
    unsigned char bytes[JSP_ENTRY_SIZE];
    jsp_entry_pack(bytes, entry);
    return jsp_entry_hash(hash, bytes, jsp_entry_seal(bytes));
}

static void a_hash_is_of_each_part_and_of_the_order(void **state)
{
    (void)state;
    const jsp_entry zero = {0};
    const jsp_entry parts[] = {{.usn = 1}, {.seal = 1}, {.id = 1}};
    uint64_t of_zero = hash_entry(0, &zero);
    assert_int_not_equal(of_zero, 0);
    assert_int_not_equal(hash_entry(of_zero, &zero), of_zero);
    for (size_t i = 0; i < COUNT(parts); i++) {
        uint64_t one = hash_entry(0, &parts[i]);
        uint64_t next = hash_entry(0, &parts[(i + 1) % COUNT(parts)]);
        assert_int_not_equal(one, of_zero);
        assert_int_not_equal(one, next);
        assert_int_not_equal(hash_entry(one, &zero), hash_entry(of_zero, &parts[i]));
    }
    /* what is not of a record's bytes has no part in it */
    assert_int_equal(hash_entry(0, &(jsp_entry){.length = 7, .status = 3}), of_zero);
}

static void a_range_changes_with_what_is_in_it(void **state)
{
    struct store *store = *state;
    fill(store, 5000);
    uint64_t below = hash_of(store, 0, 4095);
    uint64_t above = hash_of(store, 4096, UINT64_MAX);
    uint64_t one = hash_of(store, 4000, 4000);
    assert_int_not_equal(below, above);
    assert_int_equal(hash_of(store, 6000, 7000), 0);

    (void)put_session(store, SUCCESS);
    assert_int_equal(hash_of(store, 0, 4095), below);
    assert_int_not_equal(hash_of(store, 4096, UINT64_MAX), above);

    above = hash_of(store, 4096, UINT64_MAX);
    (void)put_session(store, "{\"id\":\"4000\",\"status\":\"Success\"}"); /* a usn, and no more */
    assert_int_not_equal(hash_of(store, 0, 4095), below);
    assert_int_not_equal(hash_of(store, 4000, 4000), one);
    assert_int_equal(hash_of(store, 4096, UINT64_MAX), above);

    below = hash_of(store, 0, 4095);
    remove_session(store, 1);
    assert_int_not_equal(hash_of(store, 0, 4095), below);
    assert_int_equal(hash_of(store, 4096, UINT64_MAX), above);
}

static void a_range_changes_when_an_import_writes_a_usn_over(void **state)
{
    struct store *store = *state;
    import(store, "{\"id\":\"3\",\"usn\":7,\"status\":\"Success\",\"x\":1}");
    import(store, "{\"id\":\"4\",\"usn\":9,\"status\":\"Success\"}");
    uint64_t before = hash_of(store, 0, 9);
    import(store, "{\"id\":\"3\",\"usn\":7,\"status\":\"Success\",\"x\":2}");
    uint64_t after = hash_of(store, 0, 9);
    assert_int_not_equal(before, after);
    import(store, "{\"id\":\"3\",\"usn\":7,\"status\":\"Success\",\"x\":1}");
    assert_int_equal(hash_of(store, 0, 9), before);
}

/* ---- Format 1 -------------------------------------------------------------------------------- */

static void take_seals_out(MDB_txn *txn, MDB_dbi index)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    unsigned char entry[JSP_ENTRY_SIZE];
    assert_int_equal(mdb_cursor_open(txn, index, &cursor), 0);
    for (int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); rc == 0;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        memcpy(entry, value.mv_data, sizeof(entry));
        memset(entry + 35, 0, 5);
        value.mv_data = entry;
        assert_int_equal(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), 0);
    }
    mdb_cursor_close(cursor);
}

static void take_times_out(MDB_txn *txn, MDB_dbi removed)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    unsigned char usn[8];
    assert_int_equal(mdb_cursor_open(txn, removed, &cursor), 0);
    for (int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); rc == 0;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        memcpy(usn, value.mv_data, sizeof(usn));
        value = (MDB_val){sizeof(usn), usn};
        assert_int_equal(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), 0);
    }
    mdb_cursor_close(cursor);
}

static void take_counts_out(const js_database *database, MDB_txn *txn)
{
    static const char *const names[] = {JSP_KEY_WRITERS, JSP_KEY_POLICIES};
    assert_int_equal(mdb_drop(txn, database->tables[JSP_TABLE_DAYS], 1), 0);
    assert_int_equal(mdb_drop(txn, database->tables[JSP_TABLE_RUNS], 1), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        MDB_val key = {strlen(names[i]), (void *)names[i]};
        int rc = mdb_del(txn, database->tables[JSP_TABLE_META], &key, NULL);
        assert_true(rc == 0 || rc == MDB_NOTFOUND);
    }
}

static void open_again(struct store *store, unsigned format)
{
    close_store(store);
    open_store(store);
    assert_int_equal(store->database->format, format);
    assert_int_equal(store->database->writers, 0);
}

/* Make the database what the first libraries of format 2 would have made of it. */
static void make_uncounted(struct store *store)
{
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, 0, &txn), 0);
    take_counts_out(store->database, txn);
    assert_int_equal(mdb_txn_commit(txn), 0);
    open_again(store, 2);
}

/* Make the database, in which no session has a uuid, what a library of format 1 would have made of it. */
static void make_format_1(struct store *store)
{
    js_database *database = store->database;
    MDB_txn *txn;
    MDB_val key = {6, (void *)"format"};
    MDB_val value = {4, (void *)"\1\0\0\0"};
    assert_int_equal(mdb_txn_begin(database->env, NULL, 0, &txn), 0);
    take_counts_out(database, txn);
    take_seals_out(txn, database->tables[JSP_TABLE_INDEX]);
    take_times_out(txn, database->tables[JSP_TABLE_REMOVED]);
    assert_int_equal(mdb_put(txn, database->tables[JSP_TABLE_META], &key, &value, 0), 0);
    assert_int_equal(mdb_drop(txn, database->tables[JSP_TABLE_UUIDS], 1), 0);
    assert_int_equal(mdb_drop(txn, database->tables[JSP_TABLE_NAMES], 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    open_again(store, 1);
}

static void one_of_format_1_is_read_and_written_as_such(void **state)
{
    struct store *store = *state;
    fill(store, 3);
    remove_session(store, 2);
    uint64_t before = hash_of(store, 0, 9);
    make_format_1(store);
    assert_no_faults(store);
    assert_int_equal(hash_of(store, 0, 9), before);
    (void)put_session(store, "{\"id\":\"1\",\"status\":\"Warning\"}");
    assert_int_equal(put_session(store, SUCCESS), 4);
    remove_session(store, 3);
    assert_int_equal(entry_of(store, 1).seal, 0);
    assert_int_equal(entry_of(store, 4).seal, 0);
    assert_int_equal(js_upgrade_step(store->database, &store->error), JS_INVALID);
    close_store(store);
    open_store(store);
    assert_int_equal(store->database->format, 1);
    assert_no_faults(store);
    assert_int_not_equal(hash_of(store, 0, 9), before);
}

static void an_upgrade_enters_all_seals(void **state)
{
    struct store *store = *state;
    unsigned steps = 0;
    js_result result;
    fill(store, 9000); /* three keys of the index */
    import(store, "{\"id\":\"9223372036854775807\",\"usn\":20000,\"status\":\"Success\"}");
    remove_session(store, 20);
    uint64_t before = hash_of(store, 0, UINT64_MAX);
    make_format_1(store);
    must(js_upgrade_begin(store->database, &store->error), &store->error);
    must(js_upgrade_begin(store->database, &store->error), &store->error);
    while ((result = js_upgrade_step(store->database, &store->error)) == JS_OK) {
        steps++;
        assert_no_faults(store);
        assert_int_equal(hash_of(store, 0, UINT64_MAX), before);
        close_store(store); /* others go on as well */
        open_store(store);
        assert_int_equal(store->database->format, JS_FORMAT);
    }
    assert_int_equal(result, JS_END);
    assert_int_equal(steps, 5); /* the last one finds nothing, and says so */
    assert_int_equal(entry_of(store, 9000).seal, seal_of(store, 9000));
    assert_int_equal(entry_of(store, INT64_MAX).seal, seal_of(store, INT64_MAX));
    assert_no_faults(store);
    assert_int_equal(js_upgrade_step(store->database, &store->error), JS_END);
}

/* What is written while an upgrade is under way, before and behind where it has come to. */
static void others_write_while_an_upgrade_is_under_way(void **state)
{
    struct store *store = *state;
    fill(store, 9000);
    make_format_1(store);
    must(js_upgrade_begin(store->database, &store->error), &store->error);
    must(js_upgrade_step(store->database, &store->error), &store->error);
    static const char *const ids[] = {"10", "8999"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        char json[80];
        (void)snprintf(json, sizeof(json), "{\"id\":\"%s\",\"status\":\"Warning\"}", ids[i]);
        (void)put_session(store, json);
    }
    remove_session(store, 11);
    remove_session(store, 8998);
    assert_int_equal(put_session(store, SUCCESS), 9001);
    assert_int_equal(entry_of(store, 8999).seal, seal_of(store, 8999));
    assert_int_equal(entry_of(store, 8997).seal, 0);
    assert_no_faults(store);
    while (js_upgrade_step(store->database, &store->error) == JS_OK) {
    }
    assert_int_equal(entry_of(store, 8997).seal, seal_of(store, 8997));
    assert_no_faults(store);
}

/* ---- Counts ---------------------------------------------------------------------------------- */

#define RUN_OF(id, policy, status)                                                                 \
    "{\"id\":\"" id "\",\"type\":\"PolicyBackup\",\"status\":\"" status                            \
    "\",\"backupJobInfo\":{\"policyName\":\"" policy "\"}}"

static uint64_t policies_of(struct store *store)
{
    MDB_val key = {sizeof(JSP_KEY_POLICIES) - 1, JSP_KEY_POLICIES};
    MDB_val value;
    js_snapshot *snapshot = begin_snapshot(store);
    uint64_t count = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value) == 0
                         ? jsp_get_le64(value.mv_data)
                         : 0;
    js_snapshot_end(snapshot);
    return count;
}

static bool is_upgraded(struct store *store)
{
    js_snapshot *snapshot = begin_snapshot(store);
    bool is = js_snapshot_is_upgraded(snapshot);
    js_snapshot_end(snapshot);
    return is;
}

/* One that nobody has counted is written to as it is, until it is upgraded; then what is written meanwhile is counted
 * once, be it before or behind where the upgrade has come to. */
static void an_upgrade_counts_all_sessions(void **state)
{
    struct store *store = *state;
    fill(store, 9000);
    (void)put_session(store, RUN_OF("5000", "one", "Success"));
    make_uncounted(store);
    assert_false(is_upgraded(store));
    (void)put_session(store, RUN_OF("5001", "two", "Running"));
    remove_session(store, 7);
    assert_int_equal(js_upgrade_step(store->database, &store->error), JS_END);
    assert_no_faults(store);
    must(js_upgrade_begin(store->database, &store->error), &store->error);
    assert_true(is_upgraded(store));
    must(js_upgrade_step(store->database, &store->error), &store->error);
    assert_int_equal(policies_of(store), 0);
    (void)put_session(store, RUN_OF("20", "three", "Failed"));
    (void)put_session(store, RUN_OF("8000", "four", "Failed"));
    remove_session(store, 8);
    remove_session(store, 8001);
    assert_int_equal(put_session(store, SUCCESS), 9001);
    assert_int_equal(policies_of(store), 1);
    assert_no_faults(store);
    while (js_upgrade_step(store->database, &store->error) == JS_OK) {
        assert_no_faults(store);
    }
    assert_int_equal(policies_of(store), 4);
    remove_session(store, 5001);
    assert_int_equal(policies_of(store), 3);
    assert_no_faults(store);
}

/* Three sessions of a day: one ends, one is moved to another day, and every other day one goes again. */
static void change_a_day(struct store *store, js_transaction *transaction, unsigned day)
{
    static const char *const statuses[] = {"Running", "Success", "Success"};
    char text[200];
    uint64_t ids[COUNT(statuses)];
    for (size_t i = 0; i < COUNT(statuses); i++) {
        (void)snprintf(text, sizeof(text),
                       "{\"type\":\"Type%u\",\"status\":\"%s\","
                       "\"executionStartTime\":\"2025-%02u-%02uT01:00:00Z\"}",
                       day % 5, statuses[i], 1 + day / 28, 1 + day % 28);
        put_in(store, transaction, text, &ids[i]);
    }
    (void)snprintf(text, sizeof(text), "{\"id\":\"%" PRIu64 "\",\"status\":\"Error\"}", ids[0]);
    put_in(store, transaction, text, NULL);
    (void)snprintf(text, sizeof(text),
                   "{\"id\":\"%" PRIu64 "\",\"executionStartTime\":\"2026-01-01T00:00:00Z\"}",
                   ids[1]);
    put_in(store, transaction, text, NULL);
    if (day % 2 == 0) {
        must(js_transaction_remove(transaction, ids[2], JS_REMOVE_ANY, &store->error),
             &store->error);
    }
}

/* More days than wait in a transaction. */
static void one_transaction_may_change_many_days(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned day = 0; day < 300; day++) {
        change_a_day(store, transaction, day);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_no_faults(store);
}

/* So many that they get a tree of their own, which shrinks again. */
static void a_policy_may_have_many_runs(void **state)
{
    struct store *store = *state;
    static const char run[] = "{\"status\":\"Success\",\"backupJobInfo\":{\"policyName\":\"one\"}}";
    js_transaction *transaction;
    for (int round = 0; round < 2; round++) {
        must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
        for (unsigned i = 0; i < 1000; i++) {
            must(js_transaction_put(transaction, run, strlen(run), NULL, &store->error),
                 &store->error);
        }
        must(js_transaction_commit(transaction, &store->error), &store->error);
        assert_no_faults(store);
    }
    (void)put_session(store, RUN_OF("7", "one", "Running"));
    (void)put_session(store, RUN_OF("8", "two", "Running"));
    assert_int_equal(policies_of(store), 2);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (uint64_t id = 9; id <= 2000; id++) {
        must(js_transaction_remove(transaction, id, JS_REMOVE_ANY, &store->error), &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_no_faults(store);
    for (uint64_t id = 1; id <= 7; id++) {
        remove_session(store, id);
    }
    assert_int_equal(policies_of(store), 1);
    assert_no_faults(store);
}

static void flip_in_record(struct store *store, uint64_t id)
{
    unsigned char bytes[8];
    MDB_txn *txn;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, id);
    MDB_dbi sessions = store->database->tables[JSP_TABLE_SESSIONS];
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, sessions, &key, &value), 0);
    char FREED *copy = malloc(value.mv_size);
    memcpy(copy, value.mv_data, value.mv_size);
    copy[value.mv_size - 1] ^= 1;
    value.mv_data = copy;
    assert_int_equal(mdb_put(txn, sessions, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

/* Whose run it was a damaged record does not tell: it leaves none behind all the same. */
static void a_damaged_run_is_taken_away(void **state)
{
    struct store *store = *state;
    (void)put_session(store, RUN_OF("1", "one", "Success"));
    (void)put_session(store, RUN_OF("2", "two", "Success"));
    (void)put_session(store, RUN_OF("3", "two", "Success"));
    (void)put_session(store, RUN_OF("4", "three", "Success"));
    flip_in_record(store, 2);
    assert_int_equal(faults_of(store), 1);
    remove_session(store, 2);
    assert_no_faults(store);
    assert_int_equal(policies_of(store), 3);
    flip_in_record(store, 3);
    import(store, "{\"id\":\"3\",\"type\":\"PolicyBackup\",\"status\":\"Success\",\"usn\":3}");
    assert_no_faults(store);
    assert_int_equal(policies_of(store), 2);
}

/* Nothing in the entry itself tells that it is another record's. */
static void another_seal_is_a_fault(void **state)
{
    struct store *store = *state;
    MDB_txn *txn;
    fill(store, 2);
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, 0, &txn), 0);
    take_seals_out(txn, store->database->tables[JSP_TABLE_INDEX]);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(faults_of(store), 2);
}

static void nothing_is_upgraded_soon(void **state)
{
    struct store *store = *state;
    make_format_1(store);
    must(js_upgrade_begin(store->database, &store->error), &store->error);
    assert_int_equal(js_upgrade_step(store->database, &store->error), JS_OK);
    assert_int_equal(js_upgrade_step(store->database, &store->error), JS_END);
    assert_int_equal(put_session(store, SUCCESS), 1);
    assert_int_equal(entry_of(store, 1).seal, seal_of(store, 1));
    assert_no_faults(store);
}

#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_DATABASE(the_index_has_the_seal_of_each_record),
        cmocka_unit_test(a_hash_is_of_each_part_and_of_the_order),
        IN_A_DATABASE(a_range_changes_with_what_is_in_it),
        IN_A_DATABASE(a_range_changes_when_an_import_writes_a_usn_over),
        IN_A_DATABASE(one_of_format_1_is_read_and_written_as_such),
        IN_A_DATABASE(an_upgrade_enters_all_seals),
        IN_A_DATABASE(others_write_while_an_upgrade_is_under_way),
        IN_A_DATABASE(an_upgrade_counts_all_sessions),
        IN_A_DATABASE(one_transaction_may_change_many_days),
        IN_A_DATABASE(a_policy_may_have_many_runs),
        IN_A_DATABASE(a_damaged_run_is_taken_away),
        IN_A_DATABASE(another_seal_is_a_fault),
        IN_A_DATABASE(nothing_is_upgraded_soon),
    };
    return cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
}
