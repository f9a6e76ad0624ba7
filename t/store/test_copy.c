/* SPDX-License-Identifier: Apache-2.0 */
/* js_copy(): the copy is the snapshot, LMDB takes it for one of its own files, what was removed is not in it, and a damaged
 * page is not copied. */
#include "support.h"

#include <unistd.h>

#define MARK "a word that nobody else writes"

/* Trees of several levels, values of several pages, a full bucket of the index, and free pages. */
static void fill(struct store *store)
{
    static char json[20000];
    js_transaction *transaction;
    uint64_t first = totals_of(store).highest_id + 1;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned n = 1; n <= 6000; n++) {
        int length =
            snprintf(json, sizeof(json),
                     "{\"status\":\"Success\",\"type\":\"T%u\",\"executionStartTime\":\"2026-01-%"
                     "02uT00:00:00Z\","
                     "\"text\":\"%s%0*u\"}",
                     n % 50, 1 + n % 28, n % 10 == 0 ? MARK : "", n % 7 == 0 ? 9000 : 10, n);
        uint64_t id;
        must(js_transaction_put(transaction, json, (size_t)length, &id, &store->error),
             &store->error);
        must(js_transaction_append(transaction, id, JS_LOG, "{\"message\":\"one\"}", 17,
                                   &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (uint64_t n = 10; n <= 6000; n += 10) {
        must(js_transaction_remove(transaction, first + n - 1, JS_REMOVE_ANY, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

static js_result try_copy(struct store *store, const struct store *copy)
{
    js_snapshot *snapshot = begin_snapshot(store);
    js_result result = js_copy(snapshot, copy->directory, &store->error);
    js_snapshot_end(snapshot);
    return result;
}

static void is_the_snapshot(void **state)
{
    struct store *store = *state;
    void *other;
    size_t length;
    size_t copied_length;
    fill(store);
    (void)make_test_directory(&other);
    struct store *copy = other;
    must(try_copy(store, copy), &store->error);
    open_store(copy);
    assert_no_faults(copy);
    FREED char *document = export_document(store, &length);
    FREED char *copied = export_document(copy, &copied_length);
    assert_string_equal(copied, document);
    js_totals is = totals_of(copy);
    js_totals wanted = totals_of(store);
    assert_memory_equal(&is, &wanted, sizeof(is));
    (void)remove_store(&other);
}

static void is_a_file_of_lmdb(void **state)
{
    struct store *store = *state;
    void *other;
    fill(store);
    (void)make_test_directory(&other);
    struct store *copy = other;
    must(try_copy(store, copy), &store->error);
    open_store(copy);
    fill(copy); /* changes all trees, splits and merges pages, and uses those again that it frees */
    for (uint64_t id = 1; id <= 6000; id += 3) {
        js_result result = js_remove(copy->database, id, JS_REMOVE_ANY, &copy->error);
        assert_int_equal(result, id % 10 == 0 ? JS_NOT_FOUND : JS_OK);
    }
    close_store(copy);
    open_store(copy);
    assert_no_faults(copy);
    (void)remove_store(&other);
}

static void has_nothing_that_was_removed(void **state)
{
    struct store *store = *state;
    void *other;
    size_t length;
    fill(store);
    (void)make_test_directory(&other);
    struct store *copy = other;
    must(try_copy(store, copy), &store->error);
    FREED char *original = read_file(path_in(store, "data.mdb"), &length);
    assert_non_null(find_bytes(original, length, MARK, strlen(MARK)));
    FREED char *bytes = read_file(path_in(copy, "data.mdb"), &length);
    assert_null(find_bytes(bytes, length, MARK, strlen(MARK)));
    (void)remove_store(&other);
}

static void of_an_empty_one(void **state)
{
    struct store *store = *state;
    void *other;
    (void)make_test_directory(&other);
    struct store *copy = other;
    must(try_copy(store, copy), &store->error);
    open_store(copy);
    assert_no_faults(copy);
    assert_int_equal(put_session(copy, SUCCESS), 1);
    (void)remove_store(&other);
}

/* Leaves of sessions, free or not, say that they are branches. */
static unsigned damage_leaves(const struct store *store, const char *text)
{
    size_t length;
    unsigned count = 0;
    FREED char *bytes = read_file(path_in(store, "data.mdb"), &length);
    FILE *file = fopen(path_in(store, "data.mdb"), "r+b");
    assert_non_null(file);
    for (const char *at = bytes;
         (at = find_bytes(at, length - (size_t)(at - bytes), text, strlen(text))) != NULL; at++) {
        assert_int_equal(fseek(file, (at - bytes) / 4096 * 4096 + 10, SEEK_SET), 0);
        assert_int_equal(fputc(0x01, file), 0x01);
        count++;
    }
    assert_int_equal(fclose(file), 0);
    return count;
}

static void refuses_a_damaged_page(void **state)
{
    struct store *store = *state;
    void *other;
    fill(store);
    close_store(store);
    (void)make_test_directory(&other);
    struct store *copy = other;
    assert_true(damage_leaves(store, "0000004001") > 0);
    open_store(store);
    assert_int_equal(try_copy(store, copy), JS_DAMAGED);
    assert_non_null(strstr(store->error.message, "copy: the file is damaged"));
    assert_int_equal(access(path_in(copy, "data.mdb"), F_OK), -1);
    (void)remove_store(&other);
}

static void does_not_replace_one(void **state)
{
    struct store *store = *state;
    put_session(store, SUCCESS);
    assert_int_equal(try_copy(store, store), JS_SYSTEM);
    assert_non_null(strstr(store->error.message, "File exists"));
    assert_no_faults(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_the_snapshot, make_store, remove_store),
        cmocka_unit_test_setup_teardown(is_a_file_of_lmdb, make_store, remove_store),
        cmocka_unit_test_setup_teardown(has_nothing_that_was_removed, make_store, remove_store),
        cmocka_unit_test_setup_teardown(of_an_empty_one, make_store, remove_store),
        cmocka_unit_test_setup_teardown(refuses_a_damaged_page, make_store, remove_store),
        cmocka_unit_test_setup_teardown(does_not_replace_one, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
