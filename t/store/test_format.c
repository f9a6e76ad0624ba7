/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT.md: its test vector is what the library writes. */
#include "support.h"

#include <ctype.h>

#include <lmdb.h>

#include "database/database.h"
#include "format/record.h"

#define FORMAT "mod_jobsessions/store/FORMAT.md"

static const char log_item[] = "{\"logTime\":\"2020-02-07T08:44:00Z\",\"status\":\"Success\","
                               "\"message\":\"Snapshot created\"}";

/* The identity that FORMAT.md shows in the place of a random one. */
static const uint8_t identity[16] = {0xef, 0xf8, 0x40, 0x86, 0x1f, 0x77, 0x95, 0x49,
                                     0x67, 0xcc, 0x6a, 0xef, 0x06, 0x75, 0x18, 0x02};

/* FORMAT.md without its white space. */
static char *read_format(void)
{
    size_t length;
    size_t kept = 0;
    char *text = read_file(FORMAT, &length);
    for (size_t i = 0; i < length; i++) {
        text[kept] = text[i];
        kept += isspace((unsigned char)text[i]) == 0;
    }
    text[kept] = '\0';
    return text;
}

static void assert_shown(const char *format, const void *bytes, size_t length)
{
    char hex[1024];
    assert_true(2 * length < sizeof(hex));
    for (size_t i = 0; i < length; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
    }
    if (strstr(format, hex) == NULL) {
        fail_msg("%s does not show %s", FORMAT, hex);
    }
}

/* The first entry of a table; of most it is the only one. */
static void read_first(struct store *store, MDB_txn *txn, jsp_table table, MDB_val *key,
                       MDB_val *value)
{
    MDB_cursor *cursor;
    assert_int_equal(mdb_cursor_open(txn, store->database->tables[table], &cursor), 0);
    assert_int_equal(mdb_cursor_get(cursor, key, value, MDB_FIRST), 0);
    mdb_cursor_close(cursor);
}

static void import_session_6(struct store *store)
{
    size_t length;
    char *lines = read_file(DATA "sessions-example.ndjson", &length);
    char *line = strstr(lines, "{\"id\":\"6\"");
    assert_non_null(line);
    line[strcspn(line, "\n")] = '\0';
    import(store, line);
    free(lines);
    must(js_append(store->database, 6, JS_LOG, log_item, strlen(log_item), &store->error),
         &store->error);
}

static void the_test_vector_is_what_is_written(void **state)
{
    struct store *store = *state;
    static const jsp_table plain[] = {JSP_TABLE_CHANGES, JSP_TABLE_INDEX, JSP_TABLE_STARTS,
                                      JSP_TABLE_TYPES,   JSP_TABLE_ITEMS, JSP_TABLE_DAYS};
    MDB_txn *txn;
    MDB_val key;
    MDB_val value;
    char *format = read_format();
    import_session_6(store);
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, MDB_RDONLY, &txn), 0);
    for (size_t i = 0; i < COUNT(plain); i++) {
        read_first(store, txn, plain[i], &key, &value);
        /* one behind the other, as they stand there */
        char both[256];
        memcpy(both, key.mv_data, key.mv_size);
        memcpy(both + key.mv_size, value.mv_data, value.mv_size);
        assert_shown(format, both, key.mv_size + value.mv_size);
    }
    read_first(store, txn, JSP_TABLE_SESSIONS, &key, &value);
    assert_shown(format, key.mv_data, key.mv_size);
    assert_shown(format, value.mv_data, JSP_RECORD_HEADER);
    assert_shown(format, (char *)value.mv_data + JSP_RECORD_HEADER,
                 value.mv_size - JSP_RECORD_HEADER);

    jsp_counters counters;
    unsigned char sealed[4 + JSP_COUNTERS_SIZE] = {
        JS_FORMAT}; /* the format's value stands before them */
    read_first(store, txn, JSP_TABLE_META, &key, &value);
    assert_null(jsp_counters_open(value.mv_data, value.mv_size, &counters));
    memcpy(counters.identity, identity, sizeof(identity));
    jsp_counters_seal(sealed + 4, &counters);
    assert_shown(format, sealed, sizeof(sealed));
    mdb_txn_abort(txn);
    free(format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_test_vector_is_what_is_written, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
