/* SPDX-License-Identifier: Apache-2.0 */
/* A data.mdb damaged at random, read in every way there is: no call reads beyond the map, and documents
 * that end have the length they told. Run it with sanitizers, too: the tests of the tool and of httpd look
 * at the same from outside. */
#include "damage.h"

#define CASES 600

/* Render to the end; what ends well is as long as it told. */
static void read_document(js_document *document)
{
    static char buffer[3000];
    uint64_t total = 0;
    size_t produced;
    js_result result;
    do {
        result = js_document_read(document, buffer, sizeof(buffer), &produced);
        total += produced;
        assert_true(js_document_length(document) == JS_NO_LENGTH
                    || total <= js_document_length(document));
    } while (result == JS_OK);
    assert_true(result == JS_END || result == JS_DAMAGED);
    if (result == JS_END && js_document_length(document) != JS_NO_LENGTH) {
        assert_int_equal(total, js_document_length(document));
    }
    js_document_end(document);
}

static void read_list(js_snapshot *snapshot, const js_query *query, js_format format)
{
    js_links links;
    FREED js_document *document = malloc(js_document_size());
    js_error error;
    js_frame frame = {.format = format, .links = &links, .head = "[", .tail = "]"};
    js_list *list = malloc(js_list_size(query));
    assert_non_null(list);
    must(js_links_make(&links, BASE_URL, NULL, &error), &error);
    if (js_list_begin(list, snapshot, query, &error) == JS_OK) {
        js_document_begin_list(document, list, &frame, NULL, NULL);
        read_document(document);
    }
    free(list);
}

static void read_all_lists(js_snapshot *snapshot)
{
    static const uint64_t ids[] = {1, 7, 9, 20, 150};
    static const char *const types[] = {"T1", "T5"};
    js_query query;
    for (js_format format = JS_JSON; format <= JS_XML; format++) {
        js_query_all(&query);
        read_list(snapshot, &query, format);
    }
    for (js_sort sort = JS_SORT_ID; sort <= JS_SORT_USN; sort++) {
        js_query_all(&query);
        query.sort = sort;
        query.ascending = chance(2) == 0;
        query.offset = chance(SESSIONS);
        query.limit = chance(SESSIONS);
        read_list(snapshot, &query, JS_JSON);
        query.filter.statuses = js_status_bit("Success");
        query.filter.types = types;
        query.filter.type_count = chance(COUNT(types) + 1);
        query.filter.policy_name = "policy *1";
        query.filter.highest_id = chance(2) == 0 ? UINT64_MAX : chance(SESSIONS);
        read_list(snapshot, &query, JS_NDJSON);
        js_query_all(&query);
        query.sort = sort;
        query.filter.ids = ids;
        query.filter.id_count = COUNT(ids);
        read_list(snapshot, &query, JS_JSON);
        js_query_all(&query);
        query.sort = sort;
        (void)js_time_parse("2020-02-02T00:00:00Z", 20, &query.filter.from);
        (void)js_time_parse("2020-02-03T00:00:00Z", 20, &query.filter.to);
        read_list(snapshot, &query, JS_JSON);
    }
    js_query_all(&query);
    query.changes = true;
    query.since = chance(SESSIONS);
    read_list(snapshot, &query, JS_JSON);
}

static void read_items(js_snapshot *snapshot)
{
    FREED js_items *items = malloc(js_items_size());
    FREED js_document *document = malloc(js_document_size());
    js_error error;
    js_frame frame = {.format = JS_JSON, .head = "[", .tail = "]"};
    for (int pattern = 0; pattern < 2; pattern++) {
        if (js_items_begin(items, snapshot, 7, JS_PROTECTED_ITEMS, pattern ? "a*" : NULL,
                           chance(50), JS_NO_LIMIT, &error)
            == JS_OK) {
            js_document_begin_items(document, items, &frame, NULL, NULL);
            read_document(document);
        }
    }
}

static void ignore_fault(void *count, const char *text)
{
    (void)text;
    ++*(uint64_t *)count;
}

static void read_export(js_snapshot *snapshot)
{
    js_links links;
    js_error error;
    FREED js_document *document = malloc(js_document_size());
    must(js_links_make(&links, BASE_URL, NULL, &error), &error);
    if (js_document_begin(document, snapshot, &links, NULL, NULL, &error) == JS_OK) {
        read_document(document);
    }
}

/* Everything there is to read; false when the database cannot be opened. */
static bool read_all(struct store *store)
{
    js_database *database;
    js_snapshot *snapshot;
    js_session session;
    uint64_t faults;
    uint64_t told = 0;
    js_error error;
    if (js_open(store->directory, JS_READ, &test_options, &database, &error) != JS_OK) {
        return false;
    }
    if (js_snapshot_begin(database, &snapshot, &error) == JS_OK) {
        read_export(snapshot);
        for (uint64_t id = 0; id <= SESSIONS + 1; id++) {
            js_result result = js_snapshot_get(snapshot, id, &session);
            assert_true(result == JS_OK || result == JS_NOT_FOUND || result == JS_DAMAGED);
        }
        read_all_lists(snapshot);
        read_items(snapshot);
        js_result result = js_verify(snapshot, ignore_fault, &told, &faults);
        assert_true(result == JS_OK || (result == JS_DAMAGED && faults > 0));
        assert_int_equal(told, faults);
        js_snapshot_end(snapshot);
    }
    js_close(database);
    return true;
}

static void every_reading_survives(void **state)
{
    struct store *store = *state;
    size_t length;
    unsigned opened = 0;
    unsigned long cases = cases_wanted(CASES);
    fill_store(store);
    close_store(store);
    unsigned char *whole = (unsigned char *)read_file(path_in(store, "data.mdb"), &length);
    unsigned char *bytes = malloc(length);
    assert_non_null(bytes);
    for (unsigned long number = 0; number < cases; number++) {
        state_of_chance = number;
        memcpy(bytes, whole, length);
        for (uint64_t times = 1 + chance(3) / 2; times > 0; times--) {
            damage(bytes, length);
        }
        write_file(store, bytes, length);
        opened += read_all(store);
    }
    assert_true(opened > cases / 2);
    free(bytes);
    free(whole);
}

/* Sectors that were never written: of every page, its beginning and its end. */
static void unwritten_sectors_are_survived(void **state)
{
    struct store *store = *state;
    size_t length;
    fill_store(store);
    close_store(store);
    unsigned char *whole = (unsigned char *)read_file(path_in(store, "data.mdb"), &length);
    for (size_t at = 0; at < length; at += SECTOR) {
        unsigned char kept[SECTOR];
        if (at % PAGE != 0 && at % PAGE != PAGE - SECTOR) {
            continue;
        }
        memcpy(kept, whole + at, SECTOR);
        memset(whole + at, 0, SECTOR);
        write_file(store, whole, length);
        (void)read_all(store);
        memcpy(whole + at, kept, SECTOR);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_reading_survives, make_store, remove_store),
        cmocka_unit_test_setup_teardown(unwritten_sectors_are_survived, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
