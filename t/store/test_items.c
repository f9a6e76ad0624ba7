/* SPDX-License-Identifier: Apache-2.0 */
/* Logs and lists of items: in order, each with its own session and kind, counted before they are read. */
#include "support.h"

#define ALL 0, JS_NO_LIMIT

static void append_item(struct store *store, uint64_t id, js_item_kind kind, const char *json)
{
    must(js_append(store->database, id, kind, json, strlen(json), &store->error), &store->error);
}

/* A page of items, one a line; holds what was counted against what comes. */
static const char *items_of(struct store *store, uint64_t id, js_item_kind kind,
                            const char *pattern, uint64_t offset, uint64_t limit, uint64_t total)
{
    static char text[4096];
    size_t length = 0;
    uint64_t count = 0;
    uint64_t bytes = 0;
    FREED js_items *items = malloc(js_items_size());
    js_session item;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_items_begin(items, snapshot, id, kind, pattern, offset, limit, &store->error),
         &store->error);
    text[0] = '\0';
    while (js_items_next(items, &item) == JS_OK) {
        assert_true(length + item.length + 2 < sizeof(text));
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%.*s\n",
                                   item.damage == NULL ? (int)item.length : 1,
                                   item.damage == NULL ? item.json : "?");
        bytes += item.length;
        count++;
    }
    assert_int_equal(js_items_get_totals(items)->total, total);
    assert_int_equal(js_items_get_totals(items)->count, count);
    assert_int_equal(js_items_get_totals(items)->json_bytes, bytes);
    js_snapshot_end(snapshot);
    return text;
}

static void items_stay_in_order_and_apart(void **state)
{
    struct store *store = *state;
    static const uint64_t ids[] = {0, 1, 255, 256, UINT64_MAX - 1, UINT64_MAX};
    char json[64];
    for (size_t i = 0; i < COUNT(ids); i++) {
        (void)snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\"}", ids[i]);
        store_as_before(store, json);
    }
    /* by turns, so that no list is written in one go */
    for (int n = 1; n <= 3; n++) {
        for (size_t i = 0; i < COUNT(ids); i++) {
            for (int kind = JS_LOG; kind < JS_ITEM_KINDS; kind++) {
                (void)snprintf(json, sizeof(json), "{\"name\":\"%zu %d %d\"}", i, kind, n);
                append_item(store, ids[i], (js_item_kind)kind, json);
            }
        }
    }
    for (size_t i = 0; i < COUNT(ids); i++) {
        for (int kind = JS_LOG; kind < JS_ITEM_KINDS; kind++) {
            char expected[128];
            (void)snprintf(expected, sizeof(expected),
                           "{\"name\":\"%zu %d 1\"}\n{\"name\":\"%zu %d 2\"}\n"
                           "{\"name\":\"%zu %d 3\"}\n",
                           i, kind, i, kind, i, kind);
            assert_string_equal(items_of(store, ids[i], (js_item_kind)kind, NULL, ALL, 3),
                                expected);
        }
    }
    must(js_remove(store->database, 255, JS_REMOVE_ANY, &store->error), &store->error);
    must(js_remove(store->database, UINT64_MAX, JS_REMOVE_ANY, &store->error), &store->error);
    import(store, "{\"status\":\"Success\",\"id\":\"255\"}");
    store_as_before(store, "{\"id\":\"18446744073709551615\"}");
    for (size_t i = 0; i < COUNT(ids); i++) {
        bool removed = ids[i] == 255 || ids[i] == UINT64_MAX;
        for (int kind = JS_LOG; kind < JS_ITEM_KINDS; kind++) {
            (void)items_of(store, ids[i], (js_item_kind)kind, NULL, ALL, removed ? 0 : 3);
        }
    }
}

static void pages(void **state)
{
    struct store *store = *state;
    (void)put_session(store, SUCCESS);
    for (int n = 1; n <= 5; n++) {
        char json[32];
        (void)snprintf(json, sizeof(json), "{\"name\":\"%c%d\"}", n % 2 == 0 ? 'b' : 'a', n);
        append_item(store, 1, JS_PROTECTED_ITEMS, json);
    }
    static const struct {
        const char *pattern;
        uint64_t offset;
        uint64_t limit;
        uint64_t total;
        const char *expected;
    } cases[] = {
        {NULL, 1, 2, 5, "{\"name\":\"b2\"}\n{\"name\":\"a3\"}\n"},
        {NULL, 4, 9, 5, "{\"name\":\"a5\"}\n"},
        {NULL, 5, 9, 5, ""},
        {NULL, 0, 0, 5, ""},
        {NULL, UINT64_MAX, UINT64_MAX, 5, ""},
        {NULL, 4, UINT64_MAX, 5, "{\"name\":\"a5\"}\n"},
        {"a*", 0, 2, 3, "{\"name\":\"a1\"}\n{\"name\":\"a3\"}\n"},
        {"a*", 2, 2, 3, "{\"name\":\"a5\"}\n"},
        {"a*", 3, 2, 3, ""},
        {"b2", 0, JS_NO_LIMIT, 1, "{\"name\":\"b2\"}\n"},
        {"*", 3, 1, 5, "{\"name\":\"b4\"}\n"},
        {"c*", 0, JS_NO_LIMIT, 0, ""},
        {"*", UINT64_MAX, UINT64_MAX, 5, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(items_of(store, 1, JS_PROTECTED_ITEMS, cases[i].pattern,
                                     cases[i].offset, cases[i].limit, cases[i].total),
                            cases[i].expected);
    }
}

static void what_cannot_be_appended(void **state)
{
    struct store *store = *state;
    static const struct {
        js_item_kind kind;
        const char *json;
        const char *member;
    } cases[] = {
        {JS_LOG, "{\"status\":\"Done\"}", "status"},
        {JS_LOG, "{\"logTime\":\"today\"}", "logTime"},
        {JS_LOG, "{\"executionStartTime\":1}", "executionStartTime"},
        {JS_LOG, "{\"executionDuration\":\"1s\"}", "executionDuration"},
        {JS_LOG, "{\"message\":{}}", "message"},
        {JS_LOG, "{\"message\":", ""},
        {JS_DELETED_ITEMS, "{}", "name"},
        {JS_DELETED_ITEMS, "{\"name\":[]}", "name"},
        {JS_DELETED_ITEMS, "[]", ""},
    };
    (void)put_session(store, SUCCESS);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(js_append(store->database, 1, cases[i].kind, cases[i].json,
                                   strlen(cases[i].json), &store->error),
                         JS_INVALID);
        assert_string_equal(store->error.member, cases[i].member);
        assert_true(store->error.message[0] != '\0');
    }
    assert_int_equal(js_append(store->database, 2, JS_LOG, "{}", 2, &store->error), JS_NOT_FOUND);
    (void)items_of(store, 1, JS_LOG, NULL, ALL, 0);
    (void)items_of(store, 1, JS_DELETED_ITEMS, NULL, ALL, 0);
    FREED js_items *items = malloc(js_items_size());
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(js_items_begin(items, snapshot, 2, JS_LOG, NULL, ALL, &store->error),
                     JS_NOT_FOUND);
    js_snapshot_end(snapshot);
}

static void the_version_changes_with_every_item(void **state)
{
    struct store *store = *state;
    char before[JS_VERSION_TEXT];
    char after[JS_VERSION_TEXT];
    (void)put_session(store, SUCCESS);
    js_totals totals = totals_of(store);
    js_snapshot *snapshot = begin_snapshot(store);
    assert_true(js_snapshot_version(snapshot, before));
    js_snapshot_end(snapshot);
    append_item(store, 1, JS_LOG, "{}");
    snapshot = begin_snapshot(store);
    assert_true(js_snapshot_version(snapshot, after));
    js_snapshot_end(snapshot);
    assert_string_not_equal(before, after);
    /* but the session has not changed */
    assert_int_equal(totals_of(store).usn, totals.usn);
    assert_int_equal(totals_of(store).json_bytes, totals.json_bytes);
}

static void a_damaged_item_costs_that_item(void **state)
{
    struct store *store = *state;
    size_t length;
    (void)put_session(store, SUCCESS);
    append_item(store, 1, JS_LOG, "{\"message\":\"one\"}");
    append_item(store, 1, JS_LOG, "{\"message\":\"two\"}");
    append_item(store, 1, JS_LOG, "{\"message\":\"three\"}");
    close_store(store);
    char *bytes = read_file(path_in(store, "data.mdb"), &length);
    char *at = bytes;
    while ((at = find_bytes(at, length - (size_t)(at - bytes), "\"two\"", 5)) != NULL) {
        at[1] = 'T';
    }
    FILE *file = fopen(path_in(store, "data.mdb"), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    (void)fclose(file);
    free(bytes);
    open_store(store);
    assert_string_equal(items_of(store, 1, JS_LOG, NULL, ALL, 3),
                        "{\"message\":\"one\"}\n?\n{\"message\":\"three\"}\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(items_stay_in_order_and_apart, make_store, remove_store),
        cmocka_unit_test_setup_teardown(pages, make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_cannot_be_appended, make_store, remove_store),
        cmocka_unit_test_setup_teardown(the_version_changes_with_every_item, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_damaged_item_costs_that_item, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("items", tests, NULL, NULL);
}
