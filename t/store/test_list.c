/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: pages, the bound on sorts, the highest id, and patterns. Filters and orders as such are held
 * against a reference in t/httpd/80-lists.t. */
#include "support.h"

#include "base/pattern.h"

/* A list, until end_list(). */
struct listed {
    js_snapshot *snapshot;
    js_list *list;
};

static js_result try_list(struct store *store, const js_query *query, struct listed *listed)
{
    listed->snapshot = begin_snapshot(store);
    listed->list = malloc(js_list_size(query));
    assert_non_null(listed->list);
    return js_list_begin(listed->list, listed->snapshot, query, &store->error);
}

static void end_list(struct listed *listed)
{
    free(listed->list);
    js_snapshot_end(listed->snapshot);
}

/* The page has these ids, first to last in steps of `step`; it is counted and rewound as well. */
static void assert_page(struct store *store, const js_query *query, uint64_t total, uint64_t first,
                        int64_t step, uint64_t count)
{
    struct listed listed;
    must(try_list(store, query, &listed), &store->error);
    const js_list_totals *page = js_list_get_totals(listed.list);
    assert_int_equal(page->total, total);
    assert_int_equal(page->count, count);
    for (int round = 0; round < 2; round++) {
        js_session session;
        uint64_t bytes = 0;
        for (uint64_t i = 0; i < count; i++) {
            must(js_list_next(listed.list, &session), &store->error);
            assert_int_equal(session.id, first + i * (uint64_t)step);
            bytes += session.length;
        }
        assert_int_equal(page->json_bytes, bytes);
        assert_int_equal(js_list_next(listed.list, &session), JS_END);
        js_list_rewind(listed.list);
    }
    end_list(&listed);
}

/* Sessions 1 to `count`. */
static void fill_store(struct store *store, unsigned count)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned i = 0; i < count; i++) {
        must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

static void a_sort_is_bounded_and_says_so(void **state)
{
    struct store *store = *state;
    js_query query;
    struct listed listed;
    fill_store(store, JS_SORT_MAX);
    js_query_all(&query);
    query.sort = JS_SORT_USN;
    assert_page(store, &query, JS_SORT_MAX, JS_SORT_MAX, -1, JS_SORT_MAX);

    (void)put_session(store, SUCCESS);
    assert_int_equal(try_list(store, &query, &listed), JS_INVALID);
    assert_string_equal(store->error.message,
                        "100001 sessions match, and only the first 100000 of an order other than "
                        "by id can be listed; narrow the filter or sort by id");
    end_list(&listed);
    query.offset = JS_SORT_MAX - 9;
    query.limit = 10;
    assert_int_equal(try_list(store, &query, &listed), JS_INVALID);
    end_list(&listed);
    query.limit = 9;
    assert_page(store, &query, JS_SORT_MAX + 1, 10, -1, 9);
    query.ascending = true;
    assert_page(store, &query, JS_SORT_MAX + 1, JS_SORT_MAX - 8, 1, 9);

    /* a filter that finds few enough, and the order of ids, are not bounded */
    query.offset = 0;
    query.limit = JS_NO_LIMIT;
    query.filter.highest_id = JS_SORT_MAX;
    assert_page(store, &query, JS_SORT_MAX, 1, 1, JS_SORT_MAX);
    js_query_all(&query);
    assert_page(store, &query, JS_SORT_MAX + 1, JS_SORT_MAX + 1, -1, JS_SORT_MAX + 1);
    query.offset = JS_SORT_MAX - 1;
    assert_page(store, &query, JS_SORT_MAX + 1, 2, -1, 2);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    js_query query;
    js_query_all(&query);
    size_t plain = js_list_size(&query);
    query.sort = JS_SORT_TYPE;
    assert_true(js_list_size(&query) > plain);
    assert_true(js_list_size(&query) < (size_t)5 << 20);
    size_t most = js_list_size(&query);
    query.offset = query.limit = UINT64_MAX - 1;
    assert_int_equal(js_list_size(&query), most);
    query.offset = 0;
    query.limit = 10;
    assert_true(js_list_size(&query) < plain + ((size_t)256 << 10));
}

static void pages_by_id(void **state)
{
    struct store *store = *state;
    js_query query;
    fill_store(store, 9000); /* three buckets of the index */
    js_query_all(&query);
    for (uint64_t offset = 0; offset <= 9001; offset += 321) {
        uint64_t left = offset < 9000 ? 9000 - offset : 0;
        query.offset = offset;
        for (query.limit = 0; query.limit <= 10; query.limit += 5) {
            uint64_t count = left < query.limit ? left : query.limit;
            query.ascending = false;
            assert_page(store, &query, 9000, 9000 - offset, -1, count);
            query.ascending = true;
            assert_page(store, &query, 9000, offset + 1, 1, count);
        }
    }
    query.limit = JS_NO_LIMIT;
    query.offset = UINT64_MAX;
    assert_page(store, &query, 9000, 0, 1, 0);
}

static void nothing_above_the_highest_id(void **state)
{
    struct store *store = *state;
    js_query query;
    static const uint64_t highest[] = {0, 1, 17, 4095, 4096, 8999, 9000, 9001, UINT64_MAX};
    fill_store(store, 9000);
    for (size_t i = 0; i < COUNT(highest); i++) {
        uint64_t total = highest[i] < 9000 ? highest[i] : 9000;
        js_query_all(&query);
        query.filter.highest_id = highest[i];
        assert_page(store, &query, total, total, -1, total);
        query.offset = 10;
        query.limit = 20;
        uint64_t left = total > 10 ? total - 10 : 0;
        assert_page(store, &query, total, left, -1, left < 20 ? left : 20);
        query.ascending = true;
        assert_page(store, &query, total, 11, 1, left < 20 ? left : 20);
    }
}

/* Every page next to a place, and how many matches are before it, of sessions 1 to 9000 of which every
 * `step`th matches. */
static void assert_places(struct store *store, js_query *query, uint64_t step)
{
    static const uint64_t places[] = {0,    1,    2,    11,   4095, 4096, 4097,      8191,
                                      8192, 8989, 8990, 8999, 9000, 9001, UINT64_MAX};
    uint64_t highest = query->filter.highest_id < 9000 ? query->filter.highest_id : 9000;
    for (size_t i = 0; i < COUNT(places); i++) {
        uint64_t place = places[i];
        for (unsigned kind = 0; kind < 4; kind++) {
            struct listed listed;
            query->place = kind < 2 ? JS_PLACE_BEFORE_ID : JS_PLACE_AFTER_ID;
            query->place_id = place;
            query->ascending = kind % 2 == 1;
            uint64_t total = highest / step;
            uint64_t up_to = (place < highest ? place : highest) / step;
            uint64_t below = place == 0 ? 0 : (place - 1 < highest ? place - 1 : highest) / step;
            uint64_t side = kind < 2 ? below : total - up_to;
            uint64_t count = side < query->limit ? side : query->limit;
            /* from the place on down, or up */
            uint64_t nearest = kind < 2 ? below * step : (up_to + 1) * step;
            uint64_t farthest = kind < 2 ? (below - count + 1) * step : (up_to + count) * step;
            bool is_behind = (kind < 2) != query->ascending;
            assert_page(store, query, total, is_behind ? nearest : farthest,
                        query->ascending ? (int64_t)step : -(int64_t)step, count);
            must(try_list(store, query, &listed), &store->error);
            const js_list_totals *totals = js_list_get_totals(listed.list);
            assert_int_equal(totals->before, is_behind ? total - side : side - count);
            if (count > 0 && count < total) {
                assert_int_equal(totals->first_id, is_behind ? nearest : farthest);
                assert_int_equal(totals->last_id, is_behind ? farthest : nearest);
            }
            end_list(&listed);
        }
    }
}

static void pages_next_to_a_place(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    js_query query;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned id = 1; id <= 9000; id++) {
        const char *json =
            id % 3 == 0
                ? "{\"status\":\"Error\",\"executionStartTime\":\"2020-01-01T00:00:00Z\"}"
                : "{\"status\":\"Success\",\"executionStartTime\":\"2021-01-01T00:00:00Z\"}";
        must(js_transaction_put(transaction, json, strlen(json), NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    static const uint64_t limits[] = {1, 10, 4096, JS_NO_LIMIT};
    static const uint64_t highest[] = {UINT64_MAX, 9000, 8990, 4096, 5, 0};
    for (size_t i = 0; i < COUNT(limits) * COUNT(highest); i++) {
        js_query_all(&query);
        query.limit = limits[i % COUNT(limits)];
        query.filter.highest_id = highest[i / COUNT(limits)];
        query.offset = 5; /* is not looked at */
        assert_places(store, &query, 1);
        query.filter.statuses = js_status_bit("Error");
        assert_places(store, &query, 3);
        assert_null(js_time_parse("2020-02-01T00:00:00Z", 20, &query.filter.to));
        assert_places(store, &query, 3);
        query.filter.statuses = 0; /* start times are enough */
        assert_places(store, &query, 3);
    }
}

static void a_bucket_of_one_behind_one_that_is_passed_over(void **state)
{
    struct store *store = *state;
    js_query query;
    fill_store(store, 200);
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"1000000\"}");
    js_query_all(&query);
    query.ascending = true;
    query.offset = 200;
    assert_page(store, &query, 201, 1000000, 1, 1);
    query.ascending = false;
    query.offset = 1;
    assert_page(store, &query, 201, 200, -1, 200);
}

static void ids_that_are_asked_for(void **state)
{
    struct store *store = *state;
    js_query query;
    static const uint64_t ids[] = {0, 2, 4, 6, 8, 10, 5000, UINT64_MAX};
    fill_store(store, 9);
    js_query_all(&query);
    query.filter.ids = ids;
    query.filter.id_count = COUNT(ids);
    assert_page(store, &query, 4, 8, -2, 4);
    query.ascending = true;
    query.offset = 1;
    query.limit = 2;
    assert_page(store, &query, 4, 4, 2, 2);
}

static bool matches(const char *pattern, const char *text)
{
    char made[JS_PATTERN_SIZE(64)];
    char escaped[JS_PATTERN_SIZE(64)];
    js_pattern_make(made, pattern, strlen(pattern));
    js_pattern_make(escaped, text, strlen(text)); /* the same escapes as in stored JSON */
    return jsp_pattern_matches(made, escaped, strlen(escaped));
}

/* How many changes follow a usn is told by the leaves of their table, whichever side of it they are on; changes leave
 * gaps behind. */
static void changes_are_counted_from_every_usn(void **state)
{
    enum {
        SESSIONS = 3000
    };
    struct store *store = *state;
    struct listed listed;
    js_query query;
    fill_store(store, SESSIONS);
    for (uint64_t id = 1; id <= SESSIONS; id += 7) {
        must(js_remove(store->database, id, JS_REMOVE_ANY, &store->error), &store->error);
    }
    js_query_all(&query);
    query.changes = true;
    uint64_t last = SESSIONS + (SESSIONS + 6) / 7;
    for (uint64_t since = 0; since <= last; since += 1 + since / 9 % 23) {
        uint64_t kept =
            since < SESSIONS ? SESSIONS - since - (SESSIONS + 6) / 7 + (since + 6) / 7 : 0;
        uint64_t removed = since < SESSIONS ? (SESSIONS + 6) / 7 : last - since;
        query.since = since;
        for (query.limit = 0; query.limit < 500; query.limit = 3 * query.limit + 1) {
            must(try_list(store, &query, &listed), &store->error);
            const js_list_totals *page = js_list_get_totals(listed.list);
            uint64_t total = kept + removed;
            assert_int_equal(page->total, total);
            assert_int_equal(page->count + page->tombstones,
                             total < query.limit ? total : query.limit);
            end_list(&listed);
        }
    }
}

static void patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**", "abc", true},
        {"a", "a", true},
        {"a", "A", false},
        {"a", "ab", false},
        {"a*", "ab", true},
        {"*b", "ab", true},
        {"*b", "abc", false},
        {"a*c", "abbc", true},
        {"a*b*c", "a-c-b-c", true},
        {"a*b*c", "a-c-b", false},
        {"*aab", "aaab", true},
        {"a*", "a*", true},
        {"\xc3\xbc*", "\xc3\xbc\xe6\x9d\xb1", true},
        /* characters that JSON escapes are one character each */
        {"*n", "a\n", false},
        {"*\n", "a\n", true},
        {"*\n", "a\\n", false},
        {"*n", "a\\n", true},
        {"*\\n", "a\\n", true},
        {"*\"", "a\"", true},
        {"*\"", "a\\", false},
        {"*\\", "a\\", true},
        {"*\\", "a\\\"", false},
        {"\\*", "\"", false},
        {"*1", "\x01", false},
        {"*\x01", "\x01", true},
        {"*u*", "\x01", false},
        {"*0*", "\x1f", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (matches(cases[i].pattern, cases[i].text) != cases[i].matches) {
            fail_msg("pattern \"%s\" and text \"%s\"", cases[i].pattern, cases[i].text);
        }
    }
}

/* How many sessions start on the first and on the second day of 2020. */
static void assert_starts(struct store *store, uint64_t first, uint64_t second)
{
    static const char *const days[] = {"2020-01-01", "2020-01-02"};
    uint64_t expected[] = {first, second};
    for (size_t i = 0; i < COUNT(days); i++) {
        char from[32];
        char to[32];
        js_query query;
        struct listed listed;
        js_query_all(&query);
        int length = snprintf(from, sizeof(from), "%sT00:00:00Z", days[i]);
        assert_null(js_time_parse(from, (size_t)length, &query.filter.from));
        length = snprintf(to, sizeof(to), "%sT23:59:59Z", days[i]);
        assert_null(js_time_parse(to, (size_t)length, &query.filter.to));
        must(try_list(store, &query, &listed), &store->error);
        assert_int_equal(js_list_get_totals(listed.list)->total, expected[i]);
        end_list(&listed);
    }
    assert_no_faults(store);
}

static void start_times_follow_updates(void **state)
{
    struct store *store = *state;
    for (int i = 0; i < 300; i++) { /* more than one page of a day's start times */
        (void)put_session(
            store, "{\"status\":\"Success\",\"executionStartTime\":\"2020-01-01T08:00:00Z\"}");
    }
    assert_starts(store, 300, 0);
    (void)put_session(store, "{\"id\":\"150\",\"status\":\"Running\"}");
    assert_starts(store, 300, 0);
    (void)put_session(
        store,
        "{\"status\":\"Success\",\"id\":\"150\",\"executionStartTime\":\"2020-01-02T08:00:00Z\"}");
    assert_starts(store, 299, 1);
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"150\",\"executionStartTime\":null}");
    assert_starts(store, 299, 0);
    (void)put_session(store, "{\"id\":\"150\",\"status\":\"Success\"}");
    assert_starts(store, 299, 0);
    (void)put_session(
        store,
        "{\"status\":\"Success\",\"id\":\"150\",\"executionStartTime\":\"2020-01-02T08:00:00Z\"}");
    assert_starts(store, 299, 1);
}

/* Two days with several pages of start times each: on the first they rise with the ids, on the second
 * they fall. The page is the same wherever the best ids are met. */
static void a_page_of_a_long_range(void **state)
{
    struct store *store = *state;
    js_query query;
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 0; i < 2000; i++) {
        char json[96];
        int second = i < 1000 ? i : 1999 - i;
        int length = snprintf(
            json, sizeof(json),
            "{\"status\":\"Success\",\"executionStartTime\":\"2020-01-%02dT10:%02d:%02dZ\"}",
            i < 1000 ? 1 : 2, second / 60 % 60, second % 60);
        must(js_transaction_put(transaction, json, (size_t)length, NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    js_query_all(&query);
    query.limit = 10;
    assert_null(js_time_parse("2020-01-01T00:00:00Z", 20, &query.filter.from));
    assert_page(store, &query, 2000, 2000, -1, 10);
    query.ascending = true;
    assert_page(store, &query, 2000, 1, 1, 10);
    assert_null(js_time_parse("2020-01-01T10:00:10Z", 20, &query.filter.from));
    assert_null(js_time_parse("2020-01-02T10:16:29Z", 20, &query.filter.to));
    assert_page(store, &query, 1980, 11, 1, 10);
    query.ascending = false;
    assert_page(store, &query, 1980, 2000, -1, 10);
    query.filter.highest_id = 1500;
    assert_page(store, &query, 1480, 1500, -1, 10);
    query.filter.highest_id = 900;
    assert_page(store, &query, 890, 900, -1, 10);
}

/* The first and the last entry of a page of the index, and of a bucket that has few, are written over
 * like others. */
static void entries_follow_updates(void **state)
{
    struct store *store = *state;
    js_query query;
    fill_store(store, 4100);
    js_query_all(&query);
    query.filter.statuses = js_status_bit("Running");
    assert_page(store, &query, 0, 0, 1, 0);
    for (uint64_t id = 1; id <= 4100; id++) {
        char json[64];
        (void)snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\",\"status\":\"Running\"}", id);
        if (id % 100 < 3 || id > 4090) {
            (void)put_session(store, json);
        }
    }
    assert_no_faults(store);
    query.filter.highest_id = 2;
    assert_page(store, &query, 2, 2, -1, 2);
    query.filter.highest_id = UINT64_MAX;
    query.limit = 10;
    assert_page(store, &query, 132, 4100, -1, 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sort_is_bounded_and_says_so, make_store, remove_store),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test_setup_teardown(pages_by_id, make_store, remove_store),
        cmocka_unit_test_setup_teardown(pages_next_to_a_place, make_store, remove_store),
        cmocka_unit_test_setup_teardown(nothing_above_the_highest_id, make_store, remove_store),
        cmocka_unit_test_setup_teardown(a_bucket_of_one_behind_one_that_is_passed_over, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(ids_that_are_asked_for, make_store, remove_store),
        cmocka_unit_test_setup_teardown(start_times_follow_updates, make_store, remove_store),
        cmocka_unit_test_setup_teardown(a_page_of_a_long_range, make_store, remove_store),
        cmocka_unit_test_setup_teardown(entries_follow_updates, make_store, remove_store),
        cmocka_unit_test_setup_teardown(changes_are_counted_from_every_usn, make_store,
                                        remove_store),
        cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
