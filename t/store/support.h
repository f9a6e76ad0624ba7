/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests have in common: a database in a directory of its own, sessions into it,
 * text out of it. Run the tests from the top of the checkout: they read t/data. */
#ifndef JSP_TEST_SUPPORT_H
#define JSP_TEST_SUPPORT_H

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "jobsessions_read.h"
#include "write/incoming.h"
#include "write/schema.h"

/* Memory that goes with the variable that has it. */
static inline void free_memory(void *variable)
{
    free(*(void **)variable);
}
#define FREED __attribute__((cleanup(free_memory)))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BASE_URL "https://abc.ukwest.cloudapp.azure.com"
#define DATA "t/data/"

/* Small enough for the address space of every sanitizer. */
static const js_options test_options = {.map_size = (size_t)256 << 20};

/* A test's fixture: a directory, and the database in it while that is open. */
struct store {
    char directory[128];
    js_database *database;
    js_error error;
};

/* The call that gave `status` has to succeed; otherwise its own message says why it did not. */
static inline void must(js_result result, const js_error *error)
{
    if (result != JS_OK) {
        fail_msg("status %d: %s", (int)result, error->message);
    }
}

static inline void open_store(struct store *store)
{
    must(js_open(store->directory, JS_WRITE, &test_options, &store->database, &store->error),
         &store->error);
}

static inline void close_store(struct store *store)
{
    js_close(store->database);
    store->database = NULL;
}

/* Fixture: an empty directory. */
static inline int make_test_directory(void **state)
{
    const char *parent = getenv("TMPDIR");
    struct store *store = calloc(1, sizeof(*store));
    assert_non_null(store);
    (void)snprintf(store->directory, sizeof(store->directory), "%s/jobsessions-test.XXXXXX",
                   parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(store->directory));
    *state = store;
    return 0;
}

/* Fixture: an empty database. */
static inline int make_store(void **state)
{
    (void)make_test_directory(state);
    open_store(*state);
    return 0;
}

static inline void remove_directory(const char *path)
{
    char name[1024];
    const struct dirent *entry;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            assert_int_equal(remove(name), 0);
        }
    }
    (void)closedir(directory);
    assert_int_equal(rmdir(path), 0);
}

static inline int remove_store(void **state)
{
    struct store *store = *state;
    js_close(store->database);
    remove_directory(store->directory);
    free(store);
    return 0;
}

static inline const char *path_in(const struct store *store, const char *file)
{
    static char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", store->directory, file);
    return path;
}

/* The bytes of a file, with a NUL behind them. The caller frees them. */
static inline char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s cannot be read; run the tests from the top of the checkout", path);
    }
    struct stat about;
    assert_int_equal(fstat(fileno(file), &about), 0);
    *length = (size_t)about.st_size;
    char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    bytes[*length] = '\0';
    (void)fclose(file);
    return bytes;
}

/* Where `part` stands in `bytes` for the first time, or NULL. */
static inline char *find_bytes(const char *bytes, size_t length, const void *part, size_t wanted)
{
    for (size_t at = 0; at + wanted <= length; at++) {
        if (memcmp(bytes + at, part, wanted) == 0) {
            return (char *)bytes + at;
        }
    }
    return NULL;
}

/* The least that is a session. */
#define SUCCESS "{\"status\":\"Success\"}"

static inline uint64_t put_session(struct store *store, const char *json)
{
    uint64_t id = 0;
    must(js_put(store->database, json, strlen(json), &id, &store->error), &store->error);
    return id;
}

static inline js_result try_import(struct store *store, const char *json, size_t length)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    js_result result = js_transaction_import(transaction, json, length, JS_IMPORT_MERGE, NULL, NULL,
                                             &store->error);
    if (result == JS_OK) {
        return js_transaction_commit(transaction, &store->error);
    }
    js_transaction_abort(transaction);
    return result;
}

static inline void import(struct store *store, const char *json)
{
    must(try_import(store, json, strlen(json)), &store->error);
}

/* Write a session as earlier versions did, which asked less of it. */
static inline void write_as_before(struct store *store, js_transaction *transaction,
                                   const char *json, size_t length)
{
    jsp_incoming incoming;
    bool has_usn;
    must(jsp_incoming_read(&incoming, transaction, json, length, &store->error), &store->error);
    must(jsp_schema_usn(incoming.session, &has_usn, &incoming.facts.usn, &store->error),
         &store->error);
    if (!has_usn) {
        must(jsp_transaction_next_usn(transaction, &incoming.facts.usn, &store->error),
             &store->error);
    }
    must(jsp_incoming_check(&incoming, transaction, &store->error), &store->error);
    must(jsp_incoming_write(&incoming, transaction, &store->error), &store->error);
    jsp_incoming_free(&incoming);
}

static inline void store_as_before(struct store *store, const char *json)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    write_as_before(store, transaction, json, strlen(json));
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

/* Import the lines of a file in one transaction. */
static inline void import_file(struct store *store, const char *path)
{
    size_t length;
    js_transaction *transaction;
    char *lines = read_file(path, &length);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (char *line = lines; *line != '\0';) {
        size_t bytes = strcspn(line, "\n");
        must(js_transaction_import(transaction, line, bytes, JS_IMPORT_MERGE, NULL, NULL,
                                   &store->error),
             &store->error);
        line += bytes + (line[bytes] == '\n');
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    free(lines);
}

static inline js_snapshot *begin_snapshot(struct store *store)
{
    js_snapshot *snapshot;
    must(js_snapshot_begin(store->database, &snapshot, &store->error), &store->error);
    return snapshot;
}

static inline void print_fault(void *unused, const char *text)
{
    (void)unused;
    print_message("%s\n", text);
}

static inline void assert_no_faults(struct store *store)
{
    uint64_t faults;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_verify(snapshot, print_fault, NULL, &faults), &store->error);
    assert_int_equal(faults, 0);
    js_snapshot_end(snapshot);
}

static inline js_totals totals_of(struct store *store)
{
    js_totals totals;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_snapshot_totals(snapshot, &totals, &store->error), &store->error);
    js_snapshot_end(snapshot);
    return totals;
}

/* A session as it is stored, or NULL. The caller frees it. */
static inline char *stored(struct store *store, uint64_t id)
{
    js_session session;
    js_snapshot *snapshot = begin_snapshot(store);
    js_result result = js_snapshot_get(snapshot, id, &session);
    char *json =
        result == JS_OK && session.damage == NULL ? strndup(session.json, session.length) : NULL;
    js_snapshot_end(snapshot);
    return json;
}

static inline void assert_stored(struct store *store, uint64_t id, const char *expected)
{
    char *json = stored(store, id);
    if (json == NULL) {
        fail_msg("session %" PRIu64 " is not stored", id);
    }
    assert_string_equal(json, expected);
    free(json);
}

/* The whole document of all sessions, with a NUL behind it. The caller frees it. */
static inline char *export_document(struct store *store, size_t *length)
{
    js_links links;
    FREED js_document *document = malloc(js_document_size());
    size_t produced;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    must(js_document_begin(document, snapshot, &links, NULL, NULL, &store->error), &store->error);
    *length = js_document_length(document);
    char *text = malloc(*length + 1);
    assert_non_null(text);
    assert_int_equal(js_document_read(document, text, *length + 1, &produced), JS_END);
    assert_int_equal(produced, *length);
    text[*length] = '\0';
    js_snapshot_end(snapshot);
    return text;
}

#endif
