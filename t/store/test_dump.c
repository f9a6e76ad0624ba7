/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps: what the lines look like, that a load makes the same of them, and what it refuses. */
#include "base/crc32c.h"
#include "base/ticks.h"
#include "support.h"

/* A dump as text, line for line. */
struct lines {
    char *text[64];
    size_t count;
};

static void no_fault(void *unused, const char *text)
{
    (void)unused;
    fail_msg("%s", text);
}

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->text[i]);
    }
    lines->count = 0;
}

static struct lines dump(struct store *store)
{
    struct lines lines = {.count = 0};
    const char *line;
    size_t length;
    js_dump *dump;
    js_result result;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_dump_begin(snapshot, no_fault, NULL, &dump, &store->error), &store->error);
    while ((result = js_dump_next(dump, &line, &length)) == JS_OK) {
        assert_true(lines.count < COUNT(lines.text));
        lines.text[lines.count++] = strndup(line, length);
    }
    assert_int_equal(result, JS_END);
    assert_int_equal(js_dump_next(dump, &line, &length), JS_END);
    assert_int_equal(js_dump_get_totals(dump)->damaged, 0);
    js_dump_end(dump);
    js_snapshot_end(snapshot);
    return lines;
}

/* Load lines; the result, with its message in store->error. */
static js_result load(struct store *store, const struct lines *lines, js_dump_totals *totals)
{
    js_load *load;
    must(js_load_begin(store->database, &load, &store->error), &store->error);
    for (size_t i = 0; i < lines->count; i++) {
        js_result result =
            js_load_line(load, lines->text[i], strlen(lines->text[i]), &store->error);
        if (result != JS_OK) {
            js_load_abort(load);
            return result;
        }
    }
    return js_load_end(load, totals, &store->error);
}

/* A database with something of everything; its ids and usns are known. */
static void fill(struct store *store)
{
    static const char log_item[] = "{\"message\":\"one\",\"more\":[null,1e300]}";
    static const char other_item[] = "{\"name\":\"disk\"}";
    import(store, "{\"id\":\"5\",\"usn\":7,\"type\":\"B\",\"zz\":1,\"aa\":{\"x\":null}}");
    /* members that an import would take for a placeholder, or a removal */
    store_as_before(
        store, "{\"id\":\"6\",\"type\":\"A \\\"\\u00fc\\\"\",\"damaged\":true,\"deleted\":true}");
    store_as_before(store, "{\"type\":\"B\",\"executionDuration\":\"1.02:03:04.5\"}");
    (void)put_session(store, "{\"status\":\"Success\",\"type\":\"C\"}");
    must(js_append(store->database, 7, JS_LOG, log_item, strlen(log_item), &store->error),
         &store->error);
    must(js_append(store->database, 7, JS_LOG, log_item, strlen(log_item), &store->error),
         &store->error);
    for (js_item_kind kind = JS_PROTECTED_ITEMS; kind < JS_ITEM_KINDS; kind++) {
        must(js_append(store->database, 5, kind, other_item, strlen(other_item), &store->error),
             &store->error);
    }
    must(js_remove(store->database, 8, JS_REMOVE_ANY, &store->error), &store->error);
}

/* The line of fill()'s item in a list. */
#define DISK_IN(list) ("{\"item\":{\"name\":\"disk\"},\"of\":\"5\",\"list\":\"" list "\"}")

/* Session 8, under usn 11, within the last minute. */
static void assert_removed_now(const char *line)
{
    static const char before[] = "{\"removed\":\"8\",\"usn\":11,\"time\":\"";
    int64_t removed;
    const char *time = line + strlen(before);
    size_t length = strcspn(time, "\"");
    assert_memory_equal(line, before, strlen(before));
    assert_null(js_time_parse(time, length, &removed));
    assert_string_equal(time + length, "\"}");
    assert_true(removed <= jsp_ticks_now());
    assert_true(removed >= jsp_ticks_now() - 60 * JSP_TICKS_SECOND);
}

static void every_record_is_a_line(void **state)
{
    static const char *const expected[] = {
        "{\"type\":\"B\"}",
        "{\"type\":\"A \\\"\u00fc\\\"\"}",
        "{\"type\":\"C\"}", /* no session has it any more */
        ("{\"session\":{\"id\":\"5\",\"type\":\"B\",\"localizedType\":\"B\",\"usn\":7,\"zz\":1,"
         "\"aa\":{\"x\":null}}}"),
        DISK_IN("protectedItems"),
        DISK_IN("deletedItems"),
        DISK_IN("restoredItems"),
        DISK_IN("fileLevelRestoredItems"),
        DISK_IN("checkedItems"),
        DISK_IN("restoredDatabases"),
        DISK_IN("fileLevelRestoredFileShareItems"),
        DISK_IN("vnetRestoredItems"),
        DISK_IN("restoredCosmosDbAccounts"),
        ("{\"session\":{\"id\":\"6\",\"type\":\"A \\\"\u00fc\\\"\",\"localizedType\":\"A "
         "\\\"\u00fc\\\"\","
         "\"usn\":8,\"damaged\":true,\"deleted\":true}}"),
        ("{\"session\":{\"id\":\"7\",\"type\":\"B\",\"localizedType\":\"B\","
         "\"executionDuration\":\"1.02:03:04.5000000\",\"usn\":9}}"),
        "{\"item\":{\"message\":\"one\",\"more\":[null,1e+300]},\"of\":\"7\",\"list\":\"log\"}",
        "{\"item\":{\"message\":\"one\",\"more\":[null,1e+300]},\"of\":\"7\",\"list\":\"log\"}",
        NULL, /* has a time */
    };
    struct store *store = *state;
    fill(store);
    struct lines lines = dump(store);
    assert_int_equal(lines.count, COUNT(expected) + 2);
    static const char header[] = "{\"jobsessionsDump\":1,\"format\":2,\"database\":\"";
    static const char counters[] = "\",\"lastId\":\"8\",\"lastUsn\":11,\"revision\":11,\"types\":3,"
                                   "\"sessions\":3,\"items\":11,\"removed\":1}";
    assert_memory_equal(lines.text[0], header, strlen(header));
    assert_string_equal(lines.text[0] + strlen(header) + 32, counters);
    uint32_t crc = 0;
    for (size_t i = 0; i + 1 < lines.count; i++) {
        if (i > 0 && expected[i - 1] != NULL) {
            assert_string_equal(lines.text[i], expected[i - 1]);
        }
        crc = jsp_crc32c_more(crc, lines.text[i], strlen(lines.text[i]));
        crc = jsp_crc32c_more(crc, "\n", 1);
    }
    assert_removed_now(lines.text[lines.count - 2]);
    char end[200];
    (void)snprintf(
        end, sizeof(end),
        "{\"end\":19,\"types\":3,\"sessions\":3,\"items\":11,\"removed\":1,\"damaged\":0,"
        "\"crc32c\":\"%08x\"}",
        crc);
    assert_string_equal(lines.text[lines.count - 1], end);
    free_lines(&lines);
}

/* Another database, in a directory of its own. */
static struct store *another(void)
{
    void *state;
    (void)make_store(&state);
    return state;
}

static void drop(struct store *store)
{
    void *state = store;
    (void)remove_store(&state);
}

static void what_is_loaded_is_the_same(void **state)
{
    struct store *store = *state;
    struct store *loaded = another();
    js_dump_totals totals;
    fill(store);
    struct lines before = dump(store);
    must(load(loaded, &before, &totals), &loaded->error);
    assert_int_equal(totals.types, 3);
    assert_int_equal(totals.sessions, 3);
    assert_int_equal(totals.items, 11);
    assert_int_equal(totals.removed, 1);
    assert_int_equal(totals.damaged, 0);
    assert_non_null(strstr(before.text[0], totals.identity));
    assert_no_faults(loaded);
    struct lines after = dump(loaded);
    assert_int_equal(after.count, before.count);
    for (size_t i = 1; i + 1 < before.count; i++) {
        assert_string_equal(after.text[i], before.text[i]);
    }
    assert_null(strstr(after.text[0], totals.identity)); /* it has one of its own */
    assert_string_equal(strstr(after.text[0], "\"lastId\""), strstr(before.text[0], "\"lastId\""));

    assert_int_equal(put_session(loaded, SUCCESS), 9);
    assert_stored(loaded, 9, "{\"id\":\"9\",\"status\":\"Success\",\"usn\":12}");
    static const char late[] = "{\"status\":\"Success\",\"id\":\"8\",\"n\":1}";
    assert_int_equal(js_put(loaded->database, late, strlen(late), NULL, &loaded->error),
                     JS_REMOVED);
    free_lines(&before);
    free_lines(&after);
    drop(loaded);
}

static void an_empty_database_has_two_lines(void **state)
{
    struct store *store = *state;
    struct store *loaded = another();
    struct lines lines = dump(store);
    assert_int_equal(lines.count, 2);
    must(load(loaded, &lines, NULL), &loaded->error);
    assert_int_equal(put_session(loaded, SUCCESS), 1);
    free_lines(&lines);
    drop(loaded);
}

static void only_a_new_database_is_loaded_into(void **state)
{
    struct store *store = *state;
    js_load *load;
    (void)put_session(store, SUCCESS);
    assert_int_equal(js_load_begin(store->database, &load, &store->error), JS_CONFLICT);
    assert_non_null(strstr(store->error.message, "there are sessions in it"));
    assert_null(load);
    js_load_abort(load);
    must(js_remove(store->database, 1, JS_REMOVE_ANY, &store->error), &store->error);
    assert_int_equal(js_load_begin(store->database, &load, &store->error), JS_CONFLICT);
}

/* Replace a line's first `part` by something else; NULL: the whole line. */
static void change(struct lines *lines, size_t line, const char *part, const char *by)
{
    char *before = lines->text[line];
    const char *at = part != NULL ? strstr(before, part) : before;
    assert_non_null(at);
    const char *behind = at + (part != NULL ? strlen(part) : strlen(before));
    assert_true(asprintf(&lines->text[line], "%.*s%s%s", (int)(at - before), before, by, behind)
                >= 0);
    free(before);
}

static void what_was_changed_is_refused(void **state)
{
    static const struct {
        size_t line;
        const char *part;
        const char *by;
        const char *why;
    } changes[] = {
        {0, NULL, "", "this is no dump"},
        {0, NULL, "{\"id\":\"1\"}", "this is no dump"},
        {0, NULL, "{\"type\":\"A\"}", "this is no dump"},
        {0, "Dump\":1", "Dump\":2", "the dump is of version 2, this program reads version 1"},
        {0, "\"format\":2", "\"format\":3",
         "a database of format 3, this program knows those up to 2"},
        {0, "\"lastId\":\"8\"", "\"lastId\":8", "a member is not what it should be"},
        {0, "\"lastId\":\"8\"", "\"lastId\":\"6\"", "CRC-32C"},
        {0, "\"database\":\"", "\"database\":\"0", "identity"},
        {1, NULL, "", "it is no JSON object"},
        {1, NULL, "garbage", "it is no JSON object"},
        {1, NULL, "{}", "it is no JSON object"},
        {1, NULL, "{\"what\":1}", "it is no record that this version knows"},
        {1, "\"B\"", "\"\"", "a type has 1 to 128 bytes"},
        {1, "\"B\"", "\"\\u0000\"", "a type has 1 to 128 bytes"},
        {1, "\"B\"", "\"\xff\"", "not JSON"},
        {1, "{", "{ ", "it is no JSON object"},
        {1, "}", "} ", "it does not end where its object does"},
        {1, "\"}", "", "a member is not what it should be"},
        {1, "\":", "\" ", "it is not written as a dump is"},
        {2, "\"}", "", "a member is not what it should be"},
        {1, "}", ",\"more\":1}", "a member is not what it should be"},
        {3, "\"C\"", "\"D\"", "CRC-32C"},
        {4, NULL, "{\"removed\":\"8\",\"usn\":11}", "it is not in its place"},
        {14, "\"id\":\"6\"", "\"id\":\"5\"", "session 5 stands behind session 5"},
        {4, "\"id\":\"5\",", "", "the JSON is not in the form in which it is stored"},
        {4, "\"zz\":1", "\"zz\":01", "not JSON"},
        {4, "\"zz\":1", "\"zz\":1.0e0", "the JSON is not in the form in which it is stored"},
        /* an earlier version's order is taken, were it not for the end */
        {4, "\"id\":\"5\",\"type\":\"B\"", "\"type\":\"B\",\"id\":\"5\"", "CRC-32C"},
        {4, "\"usn\":7", "\"usn\":-7", "expected an integer of 0 or more"},
        {4, "\"usn\":7", "\"usn\":99", "CRC-32C"},
        {4, "session", "sessions", "it is no record that this version knows"},
        {5, "\"of\":\"5\"", "\"of\":\"6\"", "the item does not stand behind its session"},
        {5, "protectedItems", "things", "there is no such list of items"},
        {5, "protectedItems", "restoredItems", "the item stands behind those of other lists"},
        {5, "\"name\"", "\"named\"", "every item has one"},
        {18, "\"removed\":\"8\"", "\"removed\":\"7\"", "the removed session is there"},
        {18, "\"usn\":11", "\"usn\":6", "CRC-32C"},
        {18, NULL, "{\"type\":\"E\"}", "it is not in its place"},
        {19, "\"end\":19", "\"end\":20", "not as many lines before it as it says"},
        {19, "\"items\":11", "\"items\":10", "not as many lines before it as it says"},
        {19, "\"crc32c\":\"", "\"crc32c\":\"0", "CRC-32C"},
        {19, NULL, "{\"removed\":\"9\",\"usn\":9}", "the dump is cut off: its end is missing"},
    };
    struct store *store = *state;
    fill(store);
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct store *loaded = another();
        struct lines lines = dump(store);
        change(&lines, changes[i].line, changes[i].part, changes[i].by);
        if (load(loaded, &lines, NULL) != JS_INVALID
            || strstr(loaded->error.message, changes[i].why) == NULL) {
            fail_msg("change %zu: %s", i, loaded->error.message);
        }
        free_lines(&lines);
        drop(loaded);
    }
}

static void nothing_follows_the_end(void **state)
{
    struct store *store = *state;
    for (size_t again = 0; again < 2; again++) { /* the header or the end once more */
        struct store *loaded = another();
        struct lines lines = dump(store);
        lines.text[lines.count++] = strdup(lines.text[again]);
        assert_int_equal(load(loaded, &lines, NULL), JS_INVALID);
        assert_non_null(strstr(loaded->error.message, "the dump has ended before"));
        free_lines(&lines);
        drop(loaded);
    }
}

/* More lines than go into one commit. */
static void many_come_in_many_commits(void **state)
{
    struct store *store = *state;
    struct store *loaded = another();
    js_transaction *transaction;
    js_dump *dump;
    js_load *load;
    const char *line;
    size_t length;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 0; i < 25000; i++) {
        must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_dump_begin(snapshot, no_fault, NULL, &dump, &store->error), &store->error);
    must(js_load_begin(loaded->database, &load, &loaded->error), &loaded->error);
    while (js_dump_next(dump, &line, &length) == JS_OK) {
        must(js_load_line(load, line, length, &loaded->error), &loaded->error);
    }
    must(js_load_end(load, NULL, &loaded->error), &loaded->error);
    js_dump_end(dump);
    js_snapshot_end(snapshot);
    assert_int_equal(totals_of(loaded).count, 25000);
    assert_int_equal(totals_of(loaded).json_bytes, totals_of(store).json_bytes);
    assert_no_faults(loaded);
    drop(loaded);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_record_is_a_line, make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_loaded_is_the_same, make_store, remove_store),
        cmocka_unit_test_setup_teardown(an_empty_database_has_two_lines, make_store, remove_store),
        cmocka_unit_test_setup_teardown(only_a_new_database_is_loaded_into, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(what_was_changed_is_refused, make_store, remove_store),
        cmocka_unit_test_setup_teardown(nothing_follows_the_end, make_store, remove_store),
        cmocka_unit_test_setup_teardown(many_come_in_many_commits, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
