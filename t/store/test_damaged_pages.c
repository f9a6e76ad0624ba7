/* SPDX-License-Identifier: Apache-2.0 */
/* What LMDB trusts when it writes, damaged one thing at a time: the write that would meet it is refused as damage, not
 * a byte of data.mdb changes, and what else there is can still be read. */
#include "damage.h"

#include "base/bytes.h"
#include "format/tables.h"
#include "lmdb/meta.h"
#include "lmdb/path.h"

#define LARGE 20 /* the session that fill_store() gives pages of its own */

/* A whole data.mdb in memory. */
static struct subject {
    unsigned char *bytes;
    size_t length;
    jsp_pages pages;
    jsp_meta meta;
    jsp_tree trees[JSP_TABLES];
} subject;

/* A place in it: the node of a key on the page of a level, from the leaf up. */
struct place {
    unsigned char *page;
    unsigned char *offset; /* where the page says where the node is */
    unsigned char *node;
    unsigned char *value;
};

static unsigned char *page_of(uint64_t number)
{
    return subject.bytes + number * PAGE;
}

static struct place place_on(const jsp_path *path, unsigned level)
{
    struct place place;
    place.page = page_of(jsp_page_number(&path->levels[level].page));
    place.offset = place.page + 16 + (size_t)2 * path->levels[level].at;
    place.node = place.page + jsp_get_le16(place.offset);
    place.value = place.node + 8 + jsp_get_le16(place.node + 6);
    return place;
}

static struct place find_in(const jsp_tree *tree, const MDB_val *key, unsigned up)
{
    jsp_path path;
    assert_true(jsp_path_begin(&path, &subject.pages, tree, JSP_PAGE_LEAF));
    assert_int_equal(jsp_path_enter(&path, key), 0);
    assert_true(up < path.depth);
    return place_on(&path, path.depth - 1 - up);
}

static struct place find(jsp_table table, uint64_t number, unsigned up)
{
    unsigned char bytes[8];
    jsp_put_be64(bytes, number);
    return find_in(&subject.trees[table], &(MDB_val){sizeof(bytes), bytes}, up);
}

static struct place find_table(jsp_table table)
{
    const char *name = jsp_table_name(table);
    return find_in(&subject.meta.main, &(MDB_val){strlen(name), (void *)name}, 0);
}

/* A record of free pages: the first, or the one behind it. */
static unsigned char *free_record(unsigned number)
{
    jsp_path path;
    assert_true(jsp_path_begin(&path, &subject.pages, &subject.meta.free, JSP_PAGE_LEAF));
    assert_int_equal(jsp_path_first(&path), 0);
    while (number-- > 0) {
        assert_int_equal(jsp_path_next(&path), 0);
    }
    return place_on(&path, path.depth - 1).value;
}

static unsigned char *meta_in_use(void)
{
    return page_of(subject.meta.transaction % 2);
}

static void add_le16(unsigned char *bytes, int more)
{
    jsp_put_le16(bytes, (uint16_t)(jsp_get_le16(bytes) + more));
}

static void add_le64(unsigned char *bytes, int more)
{
    jsp_put_le64(bytes, jsp_get_le64(bytes) + (uint64_t)(int64_t)more);
}

/* ---- What is damaged ---- */

static void leaf_ends_below(void)
{
    jsp_put_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).page + 12, PAGE - 2);
}

static void leaf_begins_beyond(void)
{
    jsp_put_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).page + 14, PAGE + 64);
}

static void leaf_begins_too_low(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).page + 14, -64);
}

static void node_is_elsewhere(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).offset, 2);
}

static void nodes_are_one(void)
{
    struct place place = find(JSP_TABLE_SESSIONS, SESSIONS, 0);
    memcpy(place.offset, place.offset - 2, 2);
}

static void value_is_longer(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).node, 64);
}

static void key_is_longer(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).node + 6, 600);
}

static void keys_are_disordered(void)
{
    jsp_put_be64(find(JSP_TABLE_SESSIONS, SESSIONS, 0).node + 8, 1);
}

static void value_is_many(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, SESSIONS, 0).node + 4, JSP_NODE_DUPLICATES);
}

static void leaf_is_another(void)
{
    add_le64(find(JSP_TABLE_CHANGES, SESSIONS + 1, 0).page, 1);
}

static void child_is_beyond(void)
{
    jsp_put_le32(find(JSP_TABLE_SESSIONS, SESSIONS, 1).node, UINT32_MAX);
}

static void child_is_of_another_table(void)
{
    const unsigned char *other = find(JSP_TABLE_CHANGES, SESSIONS + 1, 1).node;
    memcpy(find(JSP_TABLE_SESSIONS, SESSIONS, 1).node, other, 4);
}

static void child_is_its_neighbour(void)
{
    struct place place = find(JSP_TABLE_SESSIONS, SESSIONS, 1);
    memcpy(place.node, place.page + jsp_get_le16(place.offset - 2), 4);
}

static void leaf_beside_is_damaged(void)
{
    add_le16(find(JSP_TABLE_SESSIONS, 60, 0).page + 16, 2);
}

/* LMDB goes on to it when the last entry of a leaf goes. */
static uint64_t last_on_leaf;

static void leaf_behind_is_damaged(void)
{
    struct place place = find(JSP_TABLE_SESSIONS, 60, 0);
    unsigned offsets = jsp_get_le16(place.page + 12);
    last_on_leaf = jsp_get_be64(place.page + jsp_get_le16(place.page + offsets - 2) + 8);
    add_le16(find(JSP_TABLE_SESSIONS, last_on_leaf + 1, 0).page + 16, 2);
}

static unsigned char *run_of_large(void)
{
    return page_of(jsp_get_le64(find(JSP_TABLE_SESSIONS, LARGE, 0).value));
}

static void run_is_longer(void)
{
    jsp_put_le32(run_of_large() + 12, 40);
}

static void run_is_endless(void)
{
    jsp_put_le32(run_of_large() + 12, UINT32_MAX);
}

static void run_is_another(void)
{
    add_le64(run_of_large(), 1);
}

static void value_tree_is_beyond(void)
{
    jsp_put_le64(find(JSP_TABLE_INDEX, 0, 0).value + 40, 100000);
}

static void value_tree_has_one(void)
{
    jsp_put_le64(find(JSP_TABLE_INDEX, 0, 0).value + 32, 1);
}

static void value_tree_has_fewer(void)
{
    jsp_put_le64(find(JSP_TABLE_INDEX, 0, 0).value + 32, 4);
}

static void values_are_smaller(void)
{
    uint64_t root = jsp_get_le64(find(JSP_TABLE_INDEX, 0, 0).value + 40);
    const unsigned char *node = page_of(root) + jsp_get_le16(page_of(root) + 16);
    jsp_put_le16(page_of(jsp_get_le32(node)) + 8, 24);
}

static void table_is_deeper(void)
{
    add_le16(find_table(JSP_TABLE_SESSIONS).value + 6, 1);
}

static void table_is_another(void)
{
    memcpy(find_table(JSP_TABLE_REMOVED).value + 40, find_table(JSP_TABLE_TYPES).value + 40, 8);
}

static void table_is_sorted(void)
{
    add_le16(find_table(JSP_TABLE_CHANGES).value + 4, MDB_DUPSORT);
}

static void table_is_beyond(void)
{
    jsp_put_le64(find_table(JSP_TABLE_CHANGES).value + 40, 1 << 20);
}

static void free_pages_are_more(void)
{
    jsp_put_le64(free_record(0), 100000);
}

static void free_page_is_beyond(void)
{
    jsp_put_le64(free_record(0) + 8, subject.meta.last_page + 1);
}

static void free_page_is_meta(void)
{
    unsigned char *record = free_record(0);
    jsp_put_le64(record + 8 * jsp_get_le64(record), 1);
}

static void free_pages_ascend(void)
{
    unsigned char *record = free_record(0);
    memcpy(record + 8, record + 16, 8);
}

static void free_page_is_listed_twice(void)
{
    /* above the others of its record, so that only the first record tells */
    memcpy(free_record(1) + 8, free_record(0) + 8, 8);
}

static void free_page_is_in_use(void)
{
    unsigned char *record = free_record(0);
    uint64_t used = subject.trees[JSP_TABLE_SESSIONS].root;
    uint64_t at = 1;
    while (at < jsp_get_le64(record) && jsp_get_le64(record + 8 * at) > used) {
        at++;
    }
    jsp_put_le64(record + 8 * at, used);
}

static void free_record_is_of_the_future(void)
{
    jsp_path path;
    assert_true(jsp_path_begin(&path, &subject.pages, &subject.meta.free, JSP_PAGE_LEAF));
    assert_int_equal(jsp_path_last(&path), 0);
    add_le64(place_on(&path, path.depth - 1).node + 8, 1);
}

static void free_tree_is_sorted(void)
{
    add_le16(meta_in_use() + 40 + 4, MDB_DUPSORT);
}

static void names_are_sorted(void)
{
    add_le16(meta_in_use() + 88 + 4, MDB_DUPSORT);
}

static void last_page_is_lower(void)
{
    add_le64(meta_in_use() + 136, -8);
}

/* ---- What is tried ---- */

static js_result put_new(js_transaction *transaction, js_error *error)
{
    static const char json[] =
        "{\"status\":\"Success\",\"type\":\"T1\",\"executionStartTime\":\"2020-02-02T08:00:00Z\"}";
    return js_transaction_put(transaction, json, sizeof(json) - 1, NULL, error);
}

static js_result put_large(js_transaction *transaction, js_error *error)
{
    static const char json[] = "{\"status\":\"Success\",\"id\":\"20\",\"padding\":null}";
    return js_transaction_put(transaction, json, sizeof(json) - 1, NULL, error);
}

/* Pages get empty, and are merged with those beside. */
static js_result remove_most(js_transaction *transaction, js_error *error)
{
    js_result result = JS_OK;
    for (uint64_t id = 70; id < 140 && result == JS_OK; id++) {
        result = js_transaction_remove(transaction, id, JS_REMOVE_ANY, error);
    }
    for (uint64_t id = 69; id > 40 && result == JS_OK; id--) {
        result = js_transaction_remove(transaction, id, JS_REMOVE_ANY, error);
    }
    return result;
}

static js_result remove_last_on_leaf(js_transaction *transaction, js_error *error)
{
    return js_transaction_remove(transaction, last_on_leaf, JS_REMOVE_ANY, error);
}

static const struct {
    const char *what;
    void (*damage)(void);
    js_result (*attempt)(js_transaction *transaction, js_error *error);
} cases[] = {
    {"a leaf's offsets end where its nodes are", leaf_ends_below, put_new},
    {"a leaf's nodes begin beyond it", leaf_begins_beyond, put_new},
    {"a leaf's nodes begin too low", leaf_begins_too_low, put_new},
    {"a node is elsewhere", node_is_elsewhere, put_new},
    {"two nodes are one", nodes_are_one, put_new},
    {"a value is longer", value_is_longer, put_new},
    {"a key is longer", key_is_longer, put_new},
    {"keys are disordered", keys_are_disordered, put_new},
    {"a value is many", value_is_many, put_new},
    {"a leaf bears another number", leaf_is_another, put_new},
    {"a child is beyond the file", child_is_beyond, put_new},
    {"a child is a leaf of another table", child_is_of_another_table, put_new},
    {"two children are one", child_is_its_neighbour, put_new},
    {"the leaf beside one that gets empty", leaf_beside_is_damaged, remove_most},
    {"the leaf behind one whose last entry goes", leaf_behind_is_damaged, remove_last_on_leaf},
    {"a value has pages of others", run_is_longer, put_large},
    {"a value has pages beyond the file", run_is_endless, put_large},
    {"a value's page bears another number", run_is_another, put_large},
    {"a key's values are beyond the file", value_tree_is_beyond, put_new},
    {"a key's values are counted as one", value_tree_has_one, remove_most},
    {"a key's values are counted as fewer", value_tree_has_fewer, remove_most},
    {"a key's values are smaller", values_are_smaller, remove_most},
    {"a table is deeper", table_is_deeper, put_new},
    {"two tables are one", table_is_another, remove_most},
    {"a table has other flags", table_is_sorted, put_new},
    {"a table is beyond the file", table_is_beyond, put_new},
    {"more free pages than a record can list", free_pages_are_more, put_new},
    {"a free page beyond the last", free_page_is_beyond, put_new},
    {"a meta page is free", free_page_is_meta, put_new},
    {"free pages in no order", free_pages_ascend, put_new},
    {"a free page is listed twice", free_page_is_listed_twice, remove_most},
    {"a free page is in use", free_page_is_in_use, put_new},
    {"free pages of a transaction to come", free_record_is_of_the_future, put_new},
    {"flags of the free pages", free_tree_is_sorted, put_new},
    {"flags of the names", names_are_sorted, put_new},
    {"the last page is lower", last_page_is_lower, put_new},
};

static void read_trees(void)
{
    jsp_path path;
    MDB_val name;
    MDB_val value;
    unsigned kind;
    jsp_meta other;
    assert_true(jsp_meta_read(page_of(0), 0, &subject.meta));
    assert_true(jsp_meta_read(page_of(1), 1, &other));
    subject.meta = other.transaction > subject.meta.transaction ? other : subject.meta;
    subject.pages = (jsp_pages){subject.bytes, PAGE, subject.meta.last_page + 1};
    assert_true(jsp_path_begin(&path, &subject.pages, &subject.meta.main, JSP_PAGE_LEAF));
    for (int rc = jsp_path_first(&path); rc == 0; rc = jsp_path_next(&path)) {
        assert_true(jsp_path_entry(&path, &name, &value, &kind));
        jsp_tree_read(value.mv_data, &subject.trees[jsp_table_named(name.mv_data, name.mv_size)]);
    }
}

/* What is not met stays readable, whatever comes of the attempt. */
static void read_another(js_database *database)
{
    js_snapshot *snapshot;
    js_session session;
    js_error error;
    if (js_snapshot_begin(database, &snapshot, &error) == JS_OK) {
        assert_int_equal(js_snapshot_get(snapshot, 1, &session), JS_OK);
        js_snapshot_end(snapshot);
    }
}

static js_result attempt(const struct store *store,
                         js_result (*write)(js_transaction *, js_error *), js_error *error)
{
    js_database *database;
    js_transaction *transaction;
    js_result result = js_open(store->directory, JS_WRITE, &test_options, &database, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_transaction_begin(database, &transaction, error);
    if (result == JS_OK) {
        result = write(transaction, error);
        if (result == JS_OK) {
            result = js_transaction_commit(transaction, error);
        } else {
            js_transaction_abort(transaction);
        }
    }
    read_another(database);
    js_close(database);
    return result;
}

static void try_case(const struct store *store, size_t number)
{
    js_error error = {0};
    size_t length;
    FREED unsigned char *whole = malloc(subject.length);
    assert_non_null(whole);
    memcpy(whole, subject.bytes, subject.length);
    cases[number].damage();
    assert_true(memcmp(whole, subject.bytes, subject.length) != 0);
    write_file(store, subject.bytes, subject.length);
    js_result result = attempt(store, cases[number].attempt, &error);
    if (result != JS_DAMAGED || strstr(error.message, "damage") == NULL) {
        fail_msg("%s: status %d: %s", cases[number].what, (int)result, error.message);
    }
    FREED char *after = read_file(path_in(store, "data.mdb"), &length);
    if (length != subject.length || memcmp(after, subject.bytes, length) != 0) {
        fail_msg("%s: data.mdb has been written to", cases[number].what);
    }
    memcpy(subject.bytes, whole, subject.length);
}

static void damage_is_refused(void **state)
{
    struct store *store = *state;
    fill_store(store);
    close_store(store);
    subject.bytes = (unsigned char *)read_file(path_in(store, "data.mdb"), &subject.length);
    read_trees();
    for (size_t number = 0; number < COUNT(cases); number++) {
        try_case(store, number);
    }
    free(subject.bytes);
}

/* All that is tried above, on a database that is whole. */
static void what_is_tried_goes_well(void **state)
{
    struct store *store = *state;
    js_error error = {0};
    fill_store(store);
    close_store(store);
    must(attempt(store, put_new, &error), &error);
    must(attempt(store, put_large, &error), &error);
    must(attempt(store, remove_most, &error), &error);
    open_store(store);
    assert_no_faults(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(damage_is_refused, make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_tried_goes_well, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
