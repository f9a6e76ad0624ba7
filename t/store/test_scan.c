/* SPDX-License-Identifier: Apache-2.0 */
/* A scan of the compact index, or of start times: every entry once, in order, from either end, whatever the sizes of its
 * buckets; LMDB's calls for pages of entries have their corners. */
#include "support.h"

#include "database/index.h"
#include "database/scan.h"
#include "database/snapshot.h"
#include "format/start.h"

#define BUCKET 4096

/* Runs of ids: buckets of one entry, of some, of several pages, full ones, and the very last. */
static const struct run {
    uint64_t first;
    uint64_t count;
} runs[] = {
    {0, 1},
    {BUCKET - 1, 1},
    {3 * BUCKET, 2},
    {5 * BUCKET - 150, 300},
    {7 * BUCKET, BUCKET},
    {8 * BUCKET, 101},
    {UINT64_C(1) << 40, 1},
    {(UINT64_C(1) << 41) + 4000, 200},
    {UINT64_C(1) << 63, 102},
    {UINT64_MAX - BUCKET - 9, BUCKET + 10},
};

static size_t fill_store(struct store *store)
{
    size_t total = 0;
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (size_t i = 0; i < COUNT(runs); i++) {
        for (uint64_t n = 0; n < runs[i].count; n++) {
            char json[64];
            int length =
                snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\"}", runs[i].first + n);
            write_as_before(store, transaction, json, (size_t)length);
            total++;
        }
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    return total;
}

/* The ids of the runs by their place. */
static uint64_t id_at(size_t place)
{
    for (size_t i = 0; i < COUNT(runs); i++) {
        if (place < runs[i].count) {
            return runs[i].first + place;
        }
        place -= runs[i].count;
    }
    fail_msg("there is no such place");
    return 0;
}

/* Scan on and hold what comes against the ids from `place` on; returns where it ended. */
static size_t assert_scan(jsp_scan *scan, bool ascending, size_t place, size_t total)
{
    const unsigned char *entries;
    size_t count;
    int rc;
    while ((rc = jsp_scan_leaf(scan, &entries, &count)) == 0) {
        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            jsp_entry entry;
            size_t at = ascending ? i : count - 1 - i;
            jsp_entry_unpack(entries + at * JSP_ENTRY_SIZE, &entry);
            assert_true(place < total);
            assert_int_equal(entry.id, id_at(ascending ? place : total - 1 - place));
            place++;
        }
    }
    assert_int_equal(rc, MDB_NOTFOUND);
    return place;
}

static void every_entry_comes_once_in_order(void **state)
{
    struct store *store = *state;
    size_t total = fill_store(store);
    js_snapshot *snapshot = begin_snapshot(store);
    for (int round = 0; round < 4; round++) {
        jsp_scan scan;
        bool ascending = round % 2 == 0;
        jsp_scan_begin(&scan, &snapshot->cursors[JSP_CURSOR_SCAN], ascending, UINT64_MAX);
        assert_int_equal(assert_scan(&scan, ascending, 0, total), total);
    }
    js_snapshot_end(snapshot);
}

static void a_scan_begins_in_the_bucket_of_the_highest_id(void **state)
{
    struct store *store = *state;
    size_t total = fill_store(store);
    js_snapshot *snapshot = begin_snapshot(store);
    for (size_t place = 0; place < total; place += 97) {
        uint64_t highest = id_at(place) + 1;
        size_t in_higher_buckets = 0;
        jsp_scan scan;
        if (highest == 0) {
            highest = UINT64_MAX;
        }
        while (in_higher_buckets < total
               && jsp_entry_bucket(id_at(total - 1 - in_higher_buckets))
                      > jsp_entry_bucket(highest)) {
            in_higher_buckets++;
        }
        jsp_scan_begin(&scan, &snapshot->cursors[JSP_CURSOR_SCAN], false, highest);
        assert_int_equal(assert_scan(&scan, false, in_higher_buckets, total), total);
    }
    js_snapshot_end(snapshot);
}

static void buckets_can_be_passed_over(void **state)
{
    struct store *store = *state;
    size_t total = fill_store(store);
    js_snapshot *snapshot = begin_snapshot(store);
    for (int direction = 0; direction < 2; direction++) {
        bool ascending = direction == 0;
        size_t buckets = 0;
        size_t in_bucket;
        do { /* pass over one bucket more each time, then scan the rest */
            jsp_scan scan;
            size_t place = 0;
            jsp_scan_begin(&scan, &snapshot->cursors[JSP_CURSOR_SCAN], ascending, UINT64_MAX);
            for (size_t passed = 0; passed < buckets; passed++) {
                place += jsp_scan_bucket(&scan);
                jsp_scan_pass(&scan);
            }
            in_bucket = jsp_scan_bucket(&scan);
            assert_int_equal(assert_scan(&scan, ascending, place, total), total);
            buckets++;
        } while (in_bucket > 0);
        assert_int_equal(buckets, 12 + 1);
    }
    js_snapshot_end(snapshot);
}

/* How many sessions start on each day from 2026-01-01 on, a second apart. */
static const unsigned starts[] = {1, 2, 0, 0, 300, 1, 3000, 0, 90, 1};

#define FIRST_DAY 739616 /* days from 0001-01-01 to 2026-01-01 */

static void fill_days(struct store *store)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned day = 0; day < COUNT(starts); day++) {
        for (unsigned n = 0; n < starts[day]; n++) {
            char json[80];
            int length = snprintf(
                json, sizeof(json),
                "{\"status\":\"Success\",\"executionStartTime\":\"2026-01-%02uT%02u:%02u:%02uZ\"}",
                day + 1, n / 3600, n / 60 % 60, n % 60);
            must(js_transaction_put(transaction, json, (size_t)length, NULL, &store->error),
                 &store->error);
        }
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

/* Ids count up with the start times, so that a scan of times must hand them out in descending order. */
static void start_times_come_latest_first_from_any_day(void **state)
{
    struct store *store = *state;
    fill_days(store);
    js_snapshot *snapshot = begin_snapshot(store);
    uint64_t up_to_day = 0;
    for (unsigned day = 0; day <= COUNT(starts); day++) {
        const unsigned char *page;
        size_t count;
        jsp_scan scan;
        int rc;
        up_to_day += day < COUNT(starts) ? starts[day] : 0;
        uint64_t wanted = up_to_day;
        jsp_scan_begin_starts(&scan, &snapshot->cursors[JSP_CURSOR_STARTS],
                              day < COUNT(starts) ? FIRST_DAY + day : UINT64_MAX);
        while ((rc = jsp_scan_leaf(&scan, &page, &count)) == 0) {
            for (size_t i = count; i > 0; i--) {
                assert_int_equal(jsp_get_be64(page + (i - 1) * JSP_START_SIZE + 8), wanted--);
            }
        }
        assert_int_equal(rc, MDB_NOTFOUND);
        assert_int_equal(wanted, 0);
    }
    js_snapshot_end(snapshot);
}

static void an_empty_index_ends_at_once(void **state)
{
    struct store *store = *state;
    js_snapshot *snapshot = begin_snapshot(store);
    for (int direction = 0; direction < 2; direction++) {
        jsp_scan scan;
        const unsigned char *entries;
        size_t count;
        jsp_scan_begin(&scan, &snapshot->cursors[JSP_CURSOR_SCAN], direction == 0, UINT64_MAX);
        assert_int_equal(jsp_scan_bucket(&scan), 0);
        assert_int_equal(jsp_scan_leaf(&scan, &entries, &count), MDB_NOTFOUND);
    }
    js_snapshot_end(snapshot);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_entry_comes_once_in_order, make_store, remove_store),
        cmocka_unit_test_setup_teardown(a_scan_begins_in_the_bucket_of_the_highest_id, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(buckets_can_be_passed_over, make_store, remove_store),
        cmocka_unit_test_setup_teardown(start_times_come_latest_first_from_any_day, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(an_empty_index_ends_at_once, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
