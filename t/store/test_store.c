/* SPDX-License-Identifier: Apache-2.0 */
/* The store as processes and threads use it: opening, ids and usns, transactions, snapshots, a full
 * map, a map that grows, and processes that are killed. */
#include "support.h"

#include <fcntl.h>

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <lmdb.h>

#include "base/id.h"
#include "database/database.h"

#define NOBODY 65534
#define RUNNING "{\"status\":\"Running\"}"

/* ---- Opening -------------------------------------------------------------------------------- */

static void assert_not_opened(const char *directory, js_mode mode, js_result result,
                              const char *words)
{
    js_database *database;
    js_error error;
    js_result found = js_open(directory, mode, &test_options, &database, &error);
    if (found != result) {
        fail_msg("%s: status %d, not %d: %s", directory, (int)found, (int)result,
                 found == JS_OK ? "opened" : error.message);
    }
    assert_null(database);
    assert_int_equal(error.result, result);
    assert_non_null(strstr(error.message, directory));
    if (strstr(error.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
    }
    assert_int_equal(js_open(directory, mode, &test_options, &database, NULL), result);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void a_writer_makes_what_is_missing(void **state)
{
    struct store *store = *state;
    struct stat about;
    assert_int_equal(rmdir(store->directory), 0);
    open_store(store);
    assert_int_equal(totals_of(store).count, 0);
    assert_int_equal(stat(path_in(store, "data.mdb"), &about), 0);
    assert_int_equal(about.st_mode & 0007, 0);
    assert_int_equal(put_session(store, SUCCESS), 1);
    close_store(store);
    must(js_open(store->directory, JS_READ, &test_options, &store->database, &store->error),
         &store->error);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
}

static void the_map_is_64_gib_unless_asked_otherwise(void **state)
{
    struct store *store = *state;
    const size_t expected = (size_t)64 << 30;
    const size_t asked = 2 * expected; /* as opening does */
    MDB_envinfo info;
    void *room = mmap(NULL, asked, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (getenv("JOBSESSIONS_EMULATED") != NULL || room == MAP_FAILED) {
        print_message("128 GiB of address space are not to be had here, or not always\n");
        return; /* what cmocka's skip() prints is a failure for TAP */
    }
    assert_int_equal(munmap(room, asked), 0);
    must(js_open(store->directory, JS_WRITE, NULL, &store->database, &store->error), &store->error);
    assert_int_equal(mdb_env_info(store->database->env, &info), 0);
    assert_true(info.me_mapsize == expected);
}

static void a_directory_that_is_missing_has_no_database(void **state)
{
    struct store *store = *state;
    struct stat about;
    char deep[256];
    assert_int_equal(rmdir(store->directory), 0);
    assert_not_opened(store->directory, JS_READ, JS_NO_DATABASE, "name the right directory");
    assert_int_equal(stat(store->directory, &about), -1); /* a reader makes nothing */
    (void)snprintf(deep, sizeof(deep), "%s/deep", store->directory);
    assert_not_opened(deep, JS_WRITE, JS_NO_DATABASE, "name the right directory");
    write_file(store->directory, "", 0);
    assert_not_opened(deep, JS_READ, JS_NO_DATABASE, "part of the path is not a directory");
    assert_not_opened(deep, JS_WRITE, JS_NO_DATABASE, "part of the path is not a directory");
    assert_not_opened(store->directory, JS_WRITE, JS_NO_DATABASE,
                      "part of the path is not a directory");
    assert_int_equal(remove(store->directory), 0);
    assert_int_equal(mkdir(store->directory, 0700), 0);
}

static void an_empty_directory_has_no_database(void **state)
{
    struct store *store = *state;
    struct stat about;
    assert_not_opened(store->directory, JS_READ, JS_NO_DATABASE, "let a worker");
    assert_int_equal(stat(path_in(store, "lock.mdb"), &about), -1);
    write_file(path_in(store, "data.mdb"), "", 0);
    assert_not_opened(store->directory, JS_READ, JS_NO_DATABASE, "data.mdb has no content");
}

static void an_environment_without_tables_is_still_empty(void **state)
{
    struct store *store = *state;
    MDB_env *env;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, store->directory, 0, 0600), 0);
    mdb_env_close(env);
    assert_not_opened(store->directory, JS_READ, JS_NO_DATABASE, "the database is still empty");
    open_store(store);
    assert_int_equal(put_session(store, SUCCESS), 1);
}

static void something_else_is_foreign(void **state)
{
    struct store *store = *state;
    static const char poem[] = "Whose woods these are I think I know. His house is in the village, "
                               "though.";
    write_file(path_in(store, "data.mdb"), poem, sizeof(poem));
    assert_not_opened(store->directory, JS_READ, JS_FOREIGN, "data.mdb is not an LMDB file");
    assert_not_opened(store->directory, JS_WRITE, JS_FOREIGN, "data.mdb is not an LMDB file");
    char *pages = malloc(65536);
    assert_non_null(pages);
    memset(pages, 'x', 65536);
    write_file(path_in(store, "data.mdb"), pages, 65536);
    free(pages);
    assert_not_opened(store->directory, JS_READ, JS_FOREIGN, "data.mdb is not an LMDB file");
}

/* Put one value into a named or the unnamed database of an environment. */
static void put_with_lmdb(const char *directory, const char *table, const char *key,
                          const char *bytes, size_t length)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val name = {strlen(key), (void *)key};
    MDB_val value = {length, (void *)bytes};
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_open(env, directory, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, table != NULL ? MDB_CREATE : 0, &dbi), 0);
    assert_int_equal(mdb_put(txn, dbi, &name, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void somebody_elses_lmdb_is_foreign(void **state)
{
    struct store *store = *state;
    put_with_lmdb(store->directory, NULL, "colour", "blue", 4);
    assert_not_opened(store->directory, JS_READ, JS_FOREIGN, "holds no job sessions");
    assert_not_opened(store->directory, JS_WRITE, JS_FOREIGN, "holds no job sessions");
    /* and has been left alone */
    put_with_lmdb(store->directory, "meta", "colour", "blue", 4);
    assert_not_opened(store->directory, JS_WRITE, JS_FOREIGN, "holds no job sessions");
}

static void a_newer_format_is_refused(void **state)
{
    struct store *store = *state;
    open_store(store);
    assert_int_equal(put_session(store, SUCCESS), 1);
    close_store(store);
    put_with_lmdb(store->directory, "meta", "format", "\3\0\0\0", 4);
    assert_not_opened(store->directory, JS_READ, JS_NEWER,
                      "the database has format 3, this program reads up to 2; install a later");
    assert_not_opened(store->directory, JS_WRITE, JS_NEWER, "format 3");
    put_with_lmdb(store->directory, "meta", "format", "\2\0\0\0", 4);
    open_store(store);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
}

static void what_later_versions_keep_is_read_and_not_written(void **state)
{
    struct store *store = *state;
    js_database *reader;
    open_store(store);
    assert_int_equal(put_session(store, SUCCESS), 1);
    close_store(store);
    put_with_lmdb(store->directory, "counts", "policies", "7", 1);
    open_store(store); /* a table of its own */
    assert_int_equal(put_session(store, SUCCESS), 2);
    assert_no_faults(store);
    close_store(store);
    put_with_lmdb(store->directory, "meta", "writers", "\4\0\0\0", 4);
    assert_not_opened(store->directory, JS_WRITE, JS_NEWER,
                      "has what only later versions can write to (0x4)");
    must(js_open(store->directory, JS_READ, &test_options, &reader, &store->error), &store->error);
    js_close(reader);
    put_with_lmdb(store->directory, "meta", "writers", "\0\0\0\0", 4);
    open_store(store);
    assert_int_equal(put_session(store, SUCCESS), 3);
}

/* Write a number over both of data.mdb's first pages, or the first alone. */
static void write_in_meta_pages(struct store *store, off_t offset, uint32_t number, int pages)
{
    int fd = open(path_in(store, "data.mdb"), O_WRONLY);
    assert_true(fd >= 0);
    for (int page = 0; page < pages; page++) {
        assert_int_equal(pwrite(fd, &number, sizeof(number), (off_t)page * 4096 + offset),
                         sizeof(number));
    }
    assert_int_equal(close(fd), 0);
}

static void another_data_format_of_lmdb_is_newer(void **state)
{
    struct store *store = *state;
    static const char *const wanted = "data.mdb has format 2 of LMDB, this program reads format 1";
    open_store(store);
    assert_int_equal(put_session(store, SUCCESS), 1);
    close_store(store);
    write_in_meta_pages(store, 20, 2, 2);
    assert_not_opened(store->directory, JS_READ, JS_NEWER, wanted);
    assert_not_opened(store->directory, JS_WRITE, JS_NEWER, wanted);
    /* one page alone is a flipped bit */
    write_in_meta_pages(store, 20, 1, 2);
    write_in_meta_pages(store, 20, 2, 1);
    assert_not_opened(store->directory, JS_READ, JS_DAMAGED, "page 0, a meta page, is damaged");
    /* format 2 has larger heads of pages, so its magic number stands behind them */
    write_in_meta_pages(store, 16, 0, 2);
    write_in_meta_pages(store, 24, 0xBEEFC0DE, 2);
    write_in_meta_pages(store, 28, 2, 2);
    assert_not_opened(store->directory, JS_READ, JS_NEWER, wanted);
}

/* Put a copy of the database in its place, as a restore does; the old one stays as `aside`. */
static void exchange_directory(struct store *store, const char *aside)
{
    char command[1024];
    (void)snprintf(command, sizeof(command), "cp -R %s %s.new && mv %s %s && mv %s.new %s",
                   store->directory, store->directory, store->directory, aside, store->directory,
                   store->directory);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a test's own folder */
}

static void a_writer_notices_that_its_database_was_replaced(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    char aside[sizeof(store->directory) + 8];
    static const char json[] = "{\"status\":\"Success\",\"n\":2}";
    (void)snprintf(aside, sizeof(aside), "%s.old", store->directory);
    (void)put_session(store, "{\"status\":\"Success\",\"n\":1}");

    /* before a transaction begins */
    exchange_directory(store, aside);
    assert_int_equal(js_put(store->database, json, strlen(json), NULL, &store->error), JS_REPLACED);
    assert_non_null(strstr(store->error.message, "was replaced; open it again"));
    assert_int_equal(js_transaction_begin(store->database, &transaction, &store->error),
                     JS_REPLACED);
    assert_null(transaction);
    close_store(store);
    open_store(store);
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"n\":2}"),
                     2); /* the id was not given away */
    remove_directory(aside);

    /* while one is under way: what it commits is not in the database that is in place */
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_put(transaction, json, strlen(json), NULL, &store->error), &store->error);
    exchange_directory(store, aside);
    assert_int_equal(js_transaction_commit(transaction, &store->error), JS_REPLACED);
    assert_non_null(strstr(store->error.message, "is not in the one that is in place"));
    close_store(store);
    open_store(store);
    assert_null(stored(store, 3));
    remove_directory(aside);

    /* data.mdb alone, which the lock file's transaction number tells only sometimes */
    (void)snprintf(aside, sizeof(aside), "%s/x", store->directory);
    assert_int_equal(rename(path_in(store, "data.mdb"), aside), 0);
    assert_int_equal(js_put(store->database, json, strlen(json), NULL, &store->error), JS_REPLACED);
    assert_int_equal(rename(aside, path_in(store, "data.mdb")), 0);
    assert_int_equal(put_session(store, SUCCESS), 3); /* it is back */
}

static void a_writer_notices_that_a_link_leads_elsewhere(void **state)
{
    struct store *store = *state;
    struct store one = *store;
    char name[sizeof(store->directory)];
    char other[sizeof(store->directory) + 8];
    js_transaction *transaction;
    (void)snprintf(name, sizeof(name), "%.100s.link", store->directory);
    (void)snprintf(other, sizeof(other), "%s.other", store->directory);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(symlink(store->directory, name), 0);
    (void)memcpy(one.directory, name, sizeof(name));
    open_store(&one);
    assert_int_equal(put_session(&one, SUCCESS), 1);
    must(js_transaction_begin(one.database, &transaction, &one.error), &one.error);
    must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &one.error), &one.error);

    assert_int_equal(unlink(name), 0);
    assert_int_equal(symlink(other, name), 0);
    assert_int_equal(js_transaction_commit(transaction, &one.error), JS_REPLACED);
    assert_int_equal(js_remove(one.database, 1, JS_REMOVE_ANY, &one.error), JS_REPLACED);
    close_store(&one);
    open_store(&one);
    assert_int_equal(put_session(&one, SUCCESS), 1);
    close_store(&one);
    assert_int_equal(unlink(name), 0);
    remove_directory(other);
}

static void a_working_directory_may_change(void **state)
{
    struct store *store = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(store->directory), 0);
    must(js_open("inner", JS_WRITE, &test_options, &store->database, &store->error), &store->error);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(put_session(store, SUCCESS), 1);
    close_store(store);
    assert_int_equal(chdir(before), 0);
    remove_directory(path_in(store, "inner"));
}

static void a_file_cut_short_is_damaged(void **state)
{
    struct store *store = *state;
    struct stat about;
    open_store(store);
    import_file(store, DATA "sessions-example.ndjson");
    close_store(store);
    assert_int_equal(stat(path_in(store, "data.mdb"), &about), 0);
    assert_int_equal(truncate(path_in(store, "data.mdb"), about.st_size - 4096), 0);
    assert_not_opened(store->directory, JS_READ, JS_DAMAGED, "has been cut short");
    assert_not_opened(store->directory, JS_WRITE, JS_DAMAGED, "restore it");
    size_t cut = (size_t)about.st_size - 4096;
    assert_int_equal(stat(path_in(store, "data.mdb"), &about), 0);
    assert_int_equal(about.st_size, cut); /* the attempt has left it as it was */
    /* nothing of the first two pages is left to say what the file was */
    assert_int_equal(truncate(path_in(store, "data.mdb"), 100), 0);
    assert_not_opened(store->directory, JS_READ, JS_FOREIGN, "data.mdb is not an LMDB file");
}

/* A transaction that takes pages at the file's end and gives them back: LMDB counts them, but never
 * writes them. */
static void leave_pages_unwritten(struct store *store, unsigned size)
{
    js_transaction *transaction;
    char *json = malloc(1000000);
    assert_non_null(json);
    const int lengths[] = {(int)size, (int)size + 8000, 1};
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        int length = snprintf(json, 1000000, "{\"status\":\"Success\",\"id\":\"1\",\"x\":\"%0*d\"}",
                              lengths[i], 7);
        must(js_transaction_import(transaction, json, (size_t)length, JS_IMPORT_MERGE, NULL, NULL,
                                   &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    free(json);
}

static size_t bytes_missing(struct store *store)
{
    MDB_envinfo info;
    struct stat about;
    assert_int_equal(mdb_env_info(store->database->env, &info), 0);
    assert_int_equal(stat(path_in(store, "data.mdb"), &about), 0);
    size_t counted = (info.me_last_pgno + 1) * 4096;
    return counted > (size_t)about.st_size ? counted - (size_t)about.st_size : 0;
}

static void a_commit_leaves_no_file_that_looks_cut_short(void **state)
{
    struct store *store = *state;
    for (unsigned times = 1; times <= 200; times++) {
        open_store(store);
        leave_pages_unwritten(store, times * 4000);
        assert_int_equal(bytes_missing(store), 0);
        close_store(store);
    }
}

/* The same without the library, which would lengthen the file: as if it had been killed before. */
static void leave_pages_unwritten_with_lmdb(const char *directory, size_t size)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val key = {5, "spare"};
    const size_t lengths[] = {size, size + 8000, 1};
    char *bytes = calloc(1, size + 8000);
    assert_non_null(bytes);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_set_mapsize(env, test_options.map_size), 0);
    assert_int_equal(mdb_env_open(env, directory, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "spare", MDB_CREATE, &dbi), 0);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        MDB_val value = {lengths[i], bytes};
        assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    free(bytes);
}

static void a_writer_mends_a_file_whose_last_pages_were_never_written(void **state)
{
    struct store *store = *state;
    unsigned mended = 0;
    open_store(store);
    import_file(store, DATA "sessions-example.ndjson");
    close_store(store);
    for (size_t times = 1; times <= 100; times++) {
        js_database *reader;
        leave_pages_unwritten_with_lmdb(store->directory, times * 4000);
        js_result result = js_open(store->directory, JS_READ, &test_options, &reader, NULL);
        js_close(reader);
        assert_true(result == JS_OK || result == JS_DAMAGED);
        mended += result == JS_DAMAGED;
        open_store(store);
        assert_int_equal(bytes_missing(store), 0);
        assert_int_equal(totals_of(store).count, 3);
        close_store(store);
        must(js_open(store->directory, JS_READ, &test_options, &reader, &store->error),
             &store->error);
        js_close(reader);
    }
    assert_true(mended > 0); /* otherwise this test has shown nothing */
}

/* Run `child` in a process of its own and return its exit code. */
static int in_child(int (*child)(const struct store *), const struct store *store)
{
    int result;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(child(store));
    }
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

/* What another user finds; the test itself where it is not run as root. */
static int open_as_nobody(const struct store *store)
{
    js_database *database;
    js_error error;
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        return 100;
    }
    js_result result = js_open(store->directory, JS_READ, &test_options, &database, &error);
    js_close(database);
    bool helps = result == JS_OK || strstr(error.message, "to write lock.mdb") != NULL;
    return helps ? (int)result : 101;
}

/* ---- What a child inherits -------------------------------------------------------------------- */

/* Open handles, which a child gets a copy of by fork(). */
static struct {
    js_snapshot *snapshot;
    js_transaction *transaction;
} inherited;

/* Returns how many calls are refused for the right reason, or 100 and the number of the first that is not. */
static int misuse(const struct store *store)
{
    js_database *database = store->database;
    js_snapshot *snapshot = inherited.snapshot;
    js_error error = {0};
    js_query query;
    js_totals totals;
    js_session session;
    js_links links;
    uint64_t faults;
    FREED js_items *items = malloc(js_items_size());
    FREED js_document *document = malloc(js_document_size());
    js_snapshot *begun;
    js_transaction *transaction;
    js_query_all(&query);
    FREED js_list *list = malloc(js_list_size(&query));
    (void)alarm(20); /* rather than wait for the parent's own transaction to end */
    if (js_links_make(&links, BASE_URL, NULL, &error) != JS_OK) {
        return 99;
    }
    const js_result results[] = {
        js_snapshot_begin(database, &begun, &error),
        js_transaction_begin(database, &transaction, &error),
        js_put(database, SUCCESS, strlen(SUCCESS), NULL, &error),
        js_remove(database, 1, JS_REMOVE_ANY, &error),
        js_append(database, 1, JS_LOG, SUCCESS, strlen(SUCCESS), &error),
        js_copy(snapshot, "/nowhere", &error),
        js_snapshot_totals(snapshot, &totals, &error),
        js_list_begin(list, snapshot, &query, &error),
        js_items_begin(items, snapshot, 1, JS_LOG, NULL, 0, JS_NO_LIMIT, &error),
        js_document_begin(document, snapshot, &links, NULL, NULL, &error),
        js_transaction_put(inherited.transaction, SUCCESS, strlen(SUCCESS), NULL, &error),
        js_transaction_import(inherited.transaction, SUCCESS, strlen(SUCCESS), JS_IMPORT_MERGE,
                              NULL, NULL, &error),
        js_transaction_remove(inherited.transaction, 1, JS_REMOVE_ANY, &error),
        js_transaction_append(inherited.transaction, 1, JS_LOG, SUCCESS, strlen(SUCCESS), &error),
        js_transaction_renew(inherited.transaction, &error),
        js_transaction_commit(inherited.transaction, &error),
        js_snapshot_get(snapshot, 1, &session),
        js_verify(snapshot, print_fault, NULL, &faults),
    };
    for (size_t i = 0; i < COUNT(results); i++) {
        if (results[i] != JS_MISUSE) {
            return (int)(100 + i);
        }
    }
    if (strstr(error.message, "does not survive fork(); open it in this one") == NULL) {
        return 98;
    }
    js_snapshot_end(snapshot);
    js_close(database);
    return (int)COUNT(results);
}

/* What a child may do: end what it has inherited, and open the database for itself. */
static int end_and_open(const struct store *store)
{
    struct store own = *store;
    js_transaction_abort(inherited.transaction);
    js_snapshot_end(inherited.snapshot);
    js_result result = js_open(own.directory, JS_READ, &test_options, &own.database, &own.error);
    js_close(store->database); /* takes no lock from the one just opened */
    if (result != JS_OK) {
        return 1;
    }
    uint64_t count = totals_of(&own).count;
    js_close(own.database);
    return count == 1 ? 0 : 2;
}

static int write_in_child(const struct store *store)
{
    struct store own = *store;
    js_close(store->database);
    open_store(&own);
    for (int i = 0; i < 50; i++) {
        (void)put_session(&own, "{\"status\":\"Success\",\"id\":\"1\",\"type\":\"Changed\"}");
    }
    js_close(own.database);
    return 0;
}

static void a_child_is_told_that_a_database_does_not_survive_fork(void **state)
{
    struct store *store = *state;
    js_session session;
    (void)put_session(store, RUNNING);
    js_snapshot *other = begin_snapshot(store);
    inherited.snapshot = begin_snapshot(store);
    js_snapshot_end(other); /* one that is kept idle */
    must(js_transaction_begin(store->database, &inherited.transaction, &store->error),
         &store->error);
    must(js_transaction_put(inherited.transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
         &store->error);

    int refused = in_child(misuse, store);
    assert_int_equal(refused, 18);
    assert_int_equal(in_child(end_and_open, store), 0);

    /* the parent's are as they were: its transaction is whole, its snapshot has its slot */
    must(js_transaction_commit(inherited.transaction, &store->error), &store->error);
    assert_int_equal(in_child(write_in_child, store), 0);
    assert_int_equal(put_session(store, SUCCESS), 3);
    assert_int_equal(js_snapshot_next(inherited.snapshot, &session), JS_OK);
    assert_null(session.damage);
    assert_non_null(find_bytes(session.json, session.length, "Running", 7));
    assert_int_equal(js_snapshot_next(inherited.snapshot, &session), JS_END);
    js_snapshot_end(inherited.snapshot);
    assert_int_equal(totals_of(store).count, 3);
}

/* ---- What belongs to a thread ------------------------------------------------------------------ */

/* Use the other thread's transaction in every way there is. NULL, or what was not refused. */
static void *use_from_elsewhere(void *argument)
{
    const struct store *store = argument;
    js_transaction *transaction = inherited.transaction;
    js_error error = {0};
    const js_result results[] = {
        js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &error),
        js_transaction_import(transaction, SUCCESS, strlen(SUCCESS), JS_IMPORT_MERGE, NULL, NULL,
                              &error),
        js_transaction_remove(transaction, 1, JS_REMOVE_ANY, &error),
        js_transaction_append(transaction, 1, JS_LOG, SUCCESS, strlen(SUCCESS), &error),
        js_transaction_renew(transaction, &error),
        js_transaction_commit(transaction, &error),
    };
    js_transaction_abort(transaction);
    for (size_t i = 0; i < COUNT(results); i++) {
        if (results[i] != JS_MISUSE) {
            return "a call was not refused";
        }
    }
    return strstr(error.message, "was begun by thread") != NULL
                   && strstr(error.message, store->directory) != NULL
               ? NULL
               : "the message does not say whose it is";
}

static void a_transaction_belongs_to_the_thread_that_began_it(void **state)
{
    struct store *store = *state;
    pthread_t thread;
    void *complaint;
    must(js_transaction_begin(store->database, &inherited.transaction, &store->error),
         &store->error);
    must(js_transaction_put(inherited.transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
         &store->error);
    assert_int_equal(pthread_create(&thread, NULL, use_from_elsewhere, store), 0);
    assert_int_equal(pthread_join(thread, &complaint), 0);
    if (complaint != NULL) {
        fail_msg("%s", (const char *)complaint);
    }
    must(js_transaction_commit(inherited.transaction, &store->error), &store->error);
    assert_int_equal(in_child(write_in_child, store), 0); /* nobody is kept out */
    assert_int_equal(totals_of(store).count, 1);
}

static void who_has_a_transaction_open_does_not_wait_for_itself(void **state)
{
    struct store *store = *state;
    js_database *database = store->database;
    js_transaction *transaction;
    js_transaction *second;
    js_error error;
    must(js_transaction_begin(database, &transaction, &store->error), &store->error);
    (void)alarm(20); /* rather than wait for ever */
    assert_int_equal(js_transaction_begin(database, &second, &error), JS_MISUSE);
    assert_null(second);
    assert_int_equal(js_put(database, SUCCESS, strlen(SUCCESS), NULL, &error), JS_MISUSE);
    assert_int_equal(js_remove(database, 1, JS_REMOVE_ANY, &error), JS_MISUSE);
    assert_int_equal(js_append(database, 1, JS_LOG, SUCCESS, strlen(SUCCESS), &error), JS_MISUSE);
    assert_non_null(strstr(error.message, "this thread has a transaction open already"));
    (void)alarm(0);
    must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
         &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(put_session(store, SUCCESS), 2);
}

/* ---- Address space ----------------------------------------------------------------------------- */

/* Write what does not fit into the map of the parent. */
static int grow(const struct store *store)
{
    struct store own = *store;
    js_options large = {.map_size = (size_t)64 << 20};
    char *json = malloc(1000001);
    if (json == NULL
        || js_open(own.directory, JS_WRITE, &large, &own.database, &own.error) != JS_OK) {
        return 1;
    }
    int length = snprintf(json, 1000001, "{\"status\":\"Success\",\"x\":\"%0900000d\"}", 0);
    for (int i = 0; i < 10; i++) {
        if (js_put(own.database, json, (size_t)length, NULL, &own.error) != JS_OK) {
            return 2;
        }
    }
    js_close(own.database);
    free(json);
    return 0;
}

static void open_small(struct store *store)
{
    js_options small = {.map_size = 1024 * 1024};
    must(js_open(store->directory, JS_WRITE, &small, &store->database, &store->error),
         &store->error);
    assert_int_equal(put_session(store, SUCCESS), 1);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they need more than that */

/* Let this process have so many bytes more than it has. */
static int limit_memory(size_t more)
{
    char text[128] = "";
    struct rlimit limit = {.rlim_max = RLIM_INFINITY};
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL) {
        return -1;
    }
    rlim_t pages = strtoul(text, NULL, 10);
    (void)fclose(file);
    limit.rlim_cur = more == 0 ? RLIM_INFINITY : pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    return setrlimit(RLIMIT_AS, &limit);
}

static int open_without_room(const struct store *store)
{
    static const size_t room[] = {(size_t)1 << 30, (size_t)96 << 30}; /* for none, for one of two */
    js_database *database;
    js_error error;
    for (size_t i = 0; i < COUNT(room); i++) {
        if (limit_memory(room[i]) != 0) {
            return 1;
        }
        js_result result = js_open(store->directory, JS_READ, NULL, &database, &error);
        (void)limit_memory(0);
        if (result != JS_SYSTEM || strstr(error.message, "131072 MiB of address space") == NULL
            || strstr(error.message, "--map-size") == NULL
            || strstr(error.message, "ulimit -v") == NULL) {
            print_message("%d: %s\n", (int)result, result == JS_OK ? "" : error.message);
            return 2;
        }
    }
    return 0;
}

static int adopt_without_room(const struct store *store)
{
    struct store own = *store;
    js_snapshot *snapshot;
    open_small(&own);
    if (in_child(grow, &own) != 0 || limit_memory((size_t)64 << 20) != 0) {
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        if (js_snapshot_begin(own.database, &snapshot, &own.error) != JS_SYSTEM
            || strstr(own.error.message, "128 MiB of address space") == NULL) {
            return 2;
        }
    }
    (void)limit_memory(0);
    uint64_t count = totals_of(&own).count;
    close_store(&own);
    return count == 11 ? 0 : 3;
}

/* An emulator of another processor needs the address space for itself, and limits nobody's. */
static int has_limits(const struct store *store)
{
    struct rlimit limit;
    (void)store;
    return limit_memory((size_t)1 << 30) == 0 && getrlimit(RLIMIT_AS, &limit) == 0
                   && limit.rlim_cur != RLIM_INFINITY
               ? 0
               : 1;
}

static void too_little_address_space_is_an_answer(void **state)
{
    struct store *store = *state;
    if (in_child(has_limits, store) != 0) {
        print_message("address space is not limited here\n");
        return; /* what cmocka's skip() prints is a failure for TAP */
    }
    assert_int_equal(in_child(adopt_without_room, store), 0);
    assert_int_equal(in_child(open_without_room, store), 0);
}

#endif

/* ---- Permissions ------------------------------------------------------------------------------- */

static void permissions_are_told_apart(void **state)
{
    struct store *store = *state;
    char lock[256];
    open_store(store);
    (void)put_session(store, SUCCESS);
    close_store(store);
    (void)snprintf(lock, sizeof(lock), "%s", path_in(store, "lock.mdb"));

    assert_int_equal(chmod(store->directory, 0), 0);
    assert_int_equal(in_child(open_as_nobody, store), JS_FORBIDDEN);
    assert_int_equal(chmod(store->directory, 0755), 0);

    assert_int_equal(chmod(path_in(store, "data.mdb"), 0), 0);
    assert_int_equal(chmod(lock, 0666), 0);
    assert_int_equal(in_child(open_as_nobody, store), JS_FORBIDDEN);

    assert_int_equal(chmod(path_in(store, "data.mdb"), 0444), 0);
    assert_int_equal(chmod(lock, 0444), 0);
    assert_int_equal(in_child(open_as_nobody, store), JS_FORBIDDEN);

    assert_int_equal(chmod(lock, 0666), 0);
    assert_int_equal(in_child(open_as_nobody, store), JS_OK);
}

static void a_reader_cannot_write(void **state)
{
    struct store *store = *state;
    close_store(store);
    must(js_open(store->directory, JS_READ, &test_options, &store->database, &store->error),
         &store->error);
    assert_int_equal(js_put(store->database, SUCCESS, strlen(SUCCESS), NULL, &store->error),
                     JS_FORBIDDEN);
    assert_non_null(strstr(store->error.message, "opened for reading only"));
}

/* ---- Ids and usns --------------------------------------------------------------------------- */

static void ids_and_usns_count_up(void **state)
{
    struct store *store = *state;
    assert_int_equal(put_session(store, SUCCESS), 1);
    assert_int_equal(put_session(store, RUNNING), 2);
    assert_int_equal(put_session(store, "{\"id\":\"1\",\"status\":\"Success\"}"), 1);
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"id\":null}"), 3);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":3}");
    assert_stored(store, 2, "{\"id\":\"2\",\"status\":\"Running\",\"usn\":2}");
    assert_stored(store, 3, "{\"id\":\"3\",\"status\":\"Success\",\"usn\":4}");
    assert_int_equal(totals_of(store).count, 3);
    assert_int_equal(totals_of(store).usn, 4);
}

static void a_put_ignores_a_usn_and_an_unknown_id_creates(void **state)
{
    struct store *store = *state;
    assert_int_equal(put_session(store, "{\"id\":\"40\",\"status\":\"Success\",\"usn\":1000}"), 40);
    assert_stored(store, 40, "{\"id\":\"40\",\"status\":\"Success\",\"usn\":1}");
    assert_int_equal(put_session(store, SUCCESS), 41);
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"id\":\"7\"}"), 7);
    assert_int_equal(put_session(store, SUCCESS), 42);
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"usn\":\"not even a number\"}"),
                     43);
}

static void an_update_changes_what_is_there_alone(void **state)
{
    struct store *store = *state;
    static const char patch[] = "{\"id\":\"1\",\"status\":\"Success\",\"n\":1}";
    uint64_t id = 0;
    js_transaction *transaction;
    (void)put_session(store, "{\"status\":\"Running\",\"kept\":true}");
    must(js_update(store->database, patch, strlen(patch), &id, &store->error), &store->error);
    assert_int_equal(id, 1);
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"status\":\"Success\",\"usn\":2,\"kept\":true,\"n\":1}");
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    assert_int_equal(js_transaction_update(transaction, "{\"id\":\"2\"}", 10, NULL, &store->error),
                     JS_NOT_FOUND);
    must(js_transaction_update(transaction, patch, strlen(patch), NULL, &store->error),
         &store->error); /* it goes on */
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(totals_of(store).count, 1);
    assert_int_equal(totals_of(store).usn, 3);
}

static void ids_have_the_range_of_64_bits(void **state)
{
    struct store *store = *state;
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"id\":\"0\"}"), 0);
    assert_int_equal(put_session(store, SUCCESS), 1);
    store_as_before(store, "{\"id\":\"18446744073709551615\",\"status\":\"Success\"}");
    assert_stored(store, UINT64_MAX,
                  "{\"id\":\"18446744073709551615\",\"status\":\"Success\",\"usn\":3}");
    assert_int_equal(js_put(store->database, SUCCESS, strlen(SUCCESS), NULL, &store->error),
                     JS_INVALID);
    assert_string_equal(store->error.member, "id");
    assert_non_null(strstr(store->error.message, "the highest id is taken; give one"));
    assert_int_equal(put_session(store, "{\"status\":\"Success\",\"id\":\"2\"}"), 2);
    assert_int_equal(totals_of(store).count, 4);
    assert_int_equal(totals_of(store).id_digits, 1 + 1 + 20 + 1);
}

static void what_is_no_id_is_refused(void **state)
{
    struct store *store = *state;
    static const struct {
        const char *json;
        const char *words;
    } refusals[] = {
        {"{\"status\":\"Success\",\"id\":6}",
         "expected a string of decimal digits or a uuid, found an integer"},
        {"{\"status\":\"Success\",\"id\":true}",
         "expected a string of decimal digits or a uuid, found true"},
        {"{\"status\":\"Success\",\"id\":\"\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"06\"}", "\"06\" is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"00\"}", "\"00\" is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"-1\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"+1\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\" 1\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"1.0\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"0x1\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"6\\u0000\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"18446744073709551616\"}",
         "from 0 to 18446744073709551615"},
        {"{\"status\":\"Success\",\"id\":\"99999999999999999999\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"100000000000000000000\"}", "is not a decimal number"},
        {"{\"status\":\"Success\",\"id\":\"4e096ba7-8125-4d5d-804b-581f4e6c844\"}", "nor a uuid"},
        {"{\"status\":\"Success\",\"id\":\"4e096ba781254d5d804b581f4e6c8440\"}", "nor a uuid"},
        {"{\"status\":\"Success\",\"id\":\"{4e096ba7-8125-4d5d-804b-581f4e6c8440}\"}",
         "nor a uuid"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const char *json = refusals[i].json;
        assert_int_equal(js_put(store->database, json, strlen(json), NULL, &store->error),
                         JS_INVALID);
        assert_string_equal(store->error.member, "id");
        if (strstr(store->error.message, refusals[i].words) == NULL) {
            fail_msg("%s: %s", json, store->error.message);
        }
    }
    assert_int_equal(totals_of(store).count, 0);
}

/* ---- Import --------------------------------------------------------------------------------- */

static void an_import_keeps_ids_and_usns(void **state)
{
    struct store *store = *state;
    import_file(store, DATA "sessions-example.ndjson");
    js_totals totals = totals_of(store);
    assert_int_equal(totals.count, 3);
    assert_int_equal(totals.usn, 44);
    assert_int_equal(totals.id_digits, 3);
    /* and counting goes on behind them */
    assert_int_equal(put_session(store, SUCCESS), 7);
    assert_stored(store, 7, "{\"id\":\"7\",\"status\":\"Success\",\"usn\":45}");
    /* what is missing is given */
    import(store, "{\"status\":\"Success\",\"type\":null}");
    assert_stored(store, 8, "{\"id\":\"8\",\"status\":\"Success\",\"usn\":46}");
    import(store, "{\"status\":\"Success\",\"usn\":7}");
    assert_stored(store, 9, "{\"id\":\"9\",\"status\":\"Success\",\"usn\":7}");
    import(store, "{\"id\":\"0\",\"status\":\"Success\",\"usn\":0}");
    assert_stored(store, 0, "{\"id\":\"0\",\"status\":\"Success\",\"usn\":0}");
}

static void an_import_replaces_and_does_not_merge(void **state)
{
    struct store *store = *state;
    import(store, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":44,\"type\":\"A\",\"x\":1}");
    import(store, "{\"id\":\"6\",\"usn\":44,\"status\":\"Success\"}");
    assert_stored(store, 6, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":44}");
    import(store, "{\"status\":\"Success\",\"id\":\"6\"}");
    assert_stored(store, 6, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":45}");
    assert_int_equal(totals_of(store).count, 1);
    assert_int_equal(totals_of(store).json_bytes,
                     strlen("{\"id\":\"6\",\"status\":\"Success\",\"usn\":45}"));
}

static void a_usn_belongs_to_one_session(void **state)
{
    struct store *store = *state;
    static const char other[] = "{\"id\":\"7\",\"status\":\"Success\",\"usn\":44}";
    import(store, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":44}");
    assert_int_equal(try_import(store, other, strlen(other)), JS_CONFLICT);
    assert_int_equal(store->error.result, JS_CONFLICT);
    assert_string_equal(store->error.member, "usn");
    assert_non_null(strstr(store->error.message, "44 belongs to session 6"));
    assert_null(stored(store, 7));
    /* a session that has moved on has given its usn back */
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"6\"}");
    import(store, other);
    assert_stored(store, 6, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":45}");
    assert_stored(store, 7, "{\"id\":\"7\",\"status\":\"Success\",\"usn\":44}");
}

static void what_is_no_usn_is_refused(void **state)
{
    struct store *store = *state;
    static const struct {
        const char *json;
        const char *words;
    } refusals[] = {
        {"{\"status\":\"Success\",\"usn\":-1}",
         "expected an integer of 0 or more, found a negative one"},
        {"{\"status\":\"Success\",\"usn\":\"1\"}",
         "expected an integer of 0 or more, found a string"},
        {"{\"status\":\"Success\",\"usn\":1.0}",
         "expected an integer of 0 or more, found a real number"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        const char *json = refusals[i].json;
        assert_int_equal(try_import(store, json, strlen(json)), JS_INVALID);
        assert_string_equal(store->error.member, "usn");
        assert_non_null(strstr(store->error.message, refusals[i].words));
    }
}

static void usns_end_at_the_largest_integer(void **state)
{
    struct store *store = *state;
    store_as_before(store, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":9223372036854775806}");
    (void)put_session(store, SUCCESS);
    assert_stored(store, 2, "{\"id\":\"2\",\"status\":\"Success\",\"usn\":9223372036854775807}");
    assert_int_equal(js_put(store->database, SUCCESS, strlen(SUCCESS), NULL, &store->error),
                     JS_FULL);
    assert_non_null(strstr(store->error.message, "jobsessions renumber"));
    assert_int_equal(totals_of(store).count, 2);
}

/* ---- Transactions --------------------------------------------------------------------------- */

static void a_transaction_is_all_or_nothing(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    uint64_t id = 0;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (uint64_t i = 1; i <= 100; i++) {
        must(js_transaction_put(transaction, RUNNING, strlen(RUNNING), &id, &store->error),
             &store->error);
        assert_int_equal(id, i);
    }
    assert_int_equal(totals_of(store).count, 0); /* readers see nothing of it */
    js_transaction_abort(transaction);
    assert_int_equal(totals_of(store).count, 0);

    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 0; i < 100; i++) {
        must(js_transaction_put(transaction, RUNNING, strlen(RUNNING), NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(totals_of(store).count, 100);
    assert_int_equal(totals_of(store).usn, 100);
    js_transaction_abort(NULL);
}

static void a_refusal_leaves_the_transaction_as_it_was(void **state)
{
    struct store *store = *state;
    static const char refused[] = "{\"type\":\"New\",\"status\":\"Nonsense\"}";
    static const char change[] = "{\"id\":\"1\",\"status\":\"Success\"}";
    js_transaction *transaction;
    uint64_t id = 0;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_put(transaction, RUNNING, strlen(RUNNING), &id, &store->error),
         &store->error);
    assert_int_equal(js_transaction_put(transaction, refused, strlen(refused), &id, &store->error),
                     JS_INVALID);
    assert_string_equal(store->error.member, "status");
    assert_int_equal(id, 1);
    /* a session of the same transaction can be changed */
    must(js_transaction_put(transaction, change, strlen(change), &id, &store->error),
         &store->error);
    must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), &id, &store->error),
         &store->error);
    assert_int_equal(id, 2);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":2}");
    assert_stored(store, 2, "{\"id\":\"2\",\"status\":\"Success\",\"usn\":3}");
}

/* What the counters say against what is there, and the two orders of the index with it. */
static void assert_consistent(struct store *store)
{
    js_session session;
    js_totals totals;
    js_totals sum = {0};
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_snapshot_totals(snapshot, &totals, &store->error), &store->error);
    uint64_t last = 0;
    while (js_snapshot_next(snapshot, &session) == JS_OK) {
        assert_null(session.damage);
        assert_true(sum.count == 0 || session.id < last);
        last = session.id;
        sum.count++;
        sum.json_bytes += session.length;
        sum.id_digits += jsp_id_digits(session.id);
    }
    assert_int_equal(sum.count, totals.count);
    assert_int_equal(sum.json_bytes, totals.json_bytes);
    assert_int_equal(sum.id_digits, totals.id_digits);
    js_snapshot_end(snapshot);

    MDB_txn *txn;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(store->database->env, NULL, MDB_RDONLY, &txn), 0);
    static const jsp_table one_each[] = {JSP_TABLE_SESSIONS, JSP_TABLE_CHANGES, JSP_TABLE_INDEX};
    for (size_t i = 0; i < COUNT(one_each); i++) {
        assert_int_equal(mdb_stat(txn, store->database->tables[one_each[i]], &stat), 0);
        assert_int_equal(stat.ms_entries, totals.count);
    }
    mdb_txn_abort(txn);
}

static void the_counters_follow_every_change(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    char json[256];
    uint32_t random = 1;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        /* ids of several buckets of the index, written again and again in no order */
        int length =
            snprintf(json, sizeof(json),
                     "{\"status\":\"Success\",\"id\":\"%u\",\"executionStartTime\":\"20%02u-01-"
                     "01T00:00:00Z\","
                     "\"x\":\"%0*u\"}",
                     random >> 16 & 0x3fff, random >> 8 & 63, 1 + (int)(random >> 9 & 63), 1u);
        must(js_transaction_put(transaction, json, (size_t)length, NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_consistent(store);
    assert_int_equal(totals_of(store).usn, 20000);
}

/* ---- A full map, and one that grows --------------------------------------------------------- */

static void a_full_map_is_an_answer_and_loses_nothing(void **state)
{
    struct store *store = *state;
    js_options small = {.map_size = 256 * 1024};
    char json[4096];
    int length = snprintf(json, sizeof(json), "{\"status\":\"Success\",\"x\":\"%02000d\"}", 0);
    uint64_t written = 0;
    js_result result = JS_OK;
    must(js_open(store->directory, JS_WRITE, &small, &store->database, &store->error),
         &store->error);
    while (result == JS_OK && written < 1000) {
        result = js_put(store->database, json, (size_t)length, NULL, &store->error);
        written += result == JS_OK;
    }
    assert_int_equal(result, JS_FULL);
    assert_non_null(strstr(store->error.message, store->directory));
    assert_non_null(strstr(store->error.message, "open it with a larger map"));
    assert_true(written > 10);
    assert_int_equal(totals_of(store).count, written);
    assert_consistent(store);

    /* a batch that does not fit is refused as a whole */
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    result = JS_OK;
    for (int i = 0; result == JS_OK && i < 1000; i++) {
        result = js_transaction_put(transaction, json, (size_t)length, NULL, &store->error);
    }
    assert_int_equal(result, JS_FULL);
    assert_int_equal(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
                     JS_SYSTEM);
    assert_int_equal(js_transaction_commit(transaction, &store->error), JS_SYSTEM);
    assert_non_null(strstr(store->error.message, "nothing of it was kept"));
    assert_int_equal(totals_of(store).count, written);

    close_store(store);
    open_store(store);
    assert_int_equal(put_session(store, json), written + 1);
    assert_consistent(store);
}

static void *end_soon(void *snapshot)
{
    const struct timespec soon = {.tv_nsec = 200 * 1000 * 1000};
    (void)nanosleep(&soon, NULL);
    js_snapshot_end(snapshot);
    return NULL;
}

static void a_map_that_another_process_grew_is_taken_over(void **state)
{
    struct store *store = *state;
    js_session session;
    pthread_t thread;
    open_small(store);
    js_snapshot_end(begin_snapshot(store)); /* one that is kept idle */
    js_snapshot *before = begin_snapshot(store);
    assert_int_equal(in_child(grow, store), 0);

    /* the snapshot that lived through it still holds; the next waits for it to end */
    assert_int_equal(js_snapshot_next(before, &session), JS_OK);
    assert_int_equal(session.id, 1);
    assert_int_equal(js_snapshot_next(before, &session), JS_END);
    assert_int_equal(pthread_create(&thread, NULL, end_soon, before), 0);
    assert_int_equal(totals_of(store).count, 11);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_consistent(store);
    assert_int_equal(put_session(store, SUCCESS), 12);
}

static void a_writer_takes_a_grown_map_over(void **state)
{
    struct store *store = *state;
    open_small(store);
    assert_int_equal(in_child(grow, store), 0);
    assert_int_equal(put_session(store, SUCCESS), 12);
    assert_consistent(store);
}

static void who_does_not_let_go_of_the_old_map_is_waited_for_in_vain(void **state)
{
    struct store *store = *state;
    js_snapshot *snapshot;
    open_small(store);
    js_snapshot *before = begin_snapshot(store);
    assert_int_equal(in_child(grow, store), 0);
    assert_int_equal(js_snapshot_begin(store->database, &snapshot, &store->error), JS_BUSY);
    assert_null(snapshot);
    assert_non_null(strstr(store->error.message, "try again shortly"));
    js_snapshot_end(before);
    assert_int_equal(totals_of(store).count, 11);
}

/* ---- Snapshots ------------------------------------------------------------------------------ */

static void a_snapshot_sees_no_later_write(void **state)
{
    struct store *store = *state;
    js_session session;
    js_totals totals;
    (void)put_session(store, RUNNING);
    js_snapshot *before = begin_snapshot(store);
    (void)put_session(store, "{\"id\":\"1\",\"status\":\"Success\"}");
    (void)put_session(store, SUCCESS);
    js_snapshot *after = begin_snapshot(store);

    must(js_snapshot_totals(before, &totals, &store->error), &store->error);
    assert_int_equal(totals.count, 1);
    assert_int_equal(totals.usn, 1);
    assert_int_equal(js_snapshot_get(before, 2, &session), JS_NOT_FOUND);
    assert_int_equal(js_snapshot_get(before, 1, &session), JS_OK);
    assert_non_null(find_bytes(session.json, session.length, "Running", 7));
    assert_int_equal(js_snapshot_next(before, &session), JS_OK);
    assert_int_equal(js_snapshot_next(before, &session), JS_END);
    assert_int_equal(js_snapshot_next(before, &session), JS_END);

    must(js_snapshot_totals(after, &totals, &store->error), &store->error);
    assert_int_equal(totals.count, 2);
    assert_int_equal(js_snapshot_get(after, 1, &session), JS_OK);
    assert_non_null(find_bytes(session.json, session.length, "Success", 7));
    js_snapshot_end(before);
    js_snapshot_end(after);
    js_snapshot_end(NULL);
}

static void a_snapshot_ages_with_every_commit(void **state)
{
    struct store *store = *state;
    (void)put_session(store, SUCCESS);
    js_snapshot *old = begin_snapshot(store);
    assert_int_equal(js_snapshot_age(old), 0);
    (void)put_session(store, SUCCESS);
    assert_int_equal(js_snapshot_age(old), 1);
    (void)put_session(store, SUCCESS);
    js_snapshot *young = begin_snapshot(store);
    assert_int_equal(js_snapshot_age(old), 2);
    assert_int_equal(js_snapshot_age(young), 0);
    js_snapshot_end(young);
    js_snapshot_end(old);
}

static void version_of(struct store *store, char text[JS_VERSION_TEXT])
{
    js_snapshot *snapshot = begin_snapshot(store);
    assert_true(js_snapshot_version(snapshot, text));
    js_snapshot_end(snapshot);
}

static void a_version_changes_with_all_that_changes(void **state)
{
    struct store *store = *state;
    /* the last two bring usns of their own that are not above the last one */
    static const char *const imported[] = {"{\"id\":\"7\",\"status\":\"Success\",\"usn\":9}",
                                           "{\"id\":\"7\",\"usn\":9,\"status\":\"Error\"}",
                                           "{\"id\":\"3\",\"status\":\"Success\",\"usn\":4}"};
    char before[JS_VERSION_TEXT];
    char after[JS_VERSION_TEXT];
    version_of(store, before);
    for (size_t i = 0; i < COUNT(imported); i++) {
        import(store, imported[i]);
        version_of(store, after);
        assert_string_not_equal(after, before);
        memcpy(before, after, sizeof(before));
    }
    version_of(store, after);
    assert_string_equal(after, before);
}

static void a_walk_is_newest_first_and_not_led_astray_by_lookups(void **state)
{
    struct store *store = *state;
    js_session session;
    for (int i = 0; i < 10; i++) {
        (void)put_session(store, SUCCESS);
    }
    js_snapshot *snapshot = begin_snapshot(store);
    for (uint64_t looked_up = 1; looked_up <= 11; looked_up++) {
        for (uint64_t id = 10; id > 0; id--) {
            assert_int_equal(js_snapshot_next(snapshot, &session), JS_OK);
            assert_int_equal(session.id, id);
            assert_int_equal(js_snapshot_get(snapshot, looked_up, &session),
                             looked_up <= 10 ? JS_OK : JS_NOT_FOUND);
        }
        assert_int_equal(js_snapshot_next(snapshot, &session), JS_END);
        js_snapshot_rewind(snapshot);
    }
    js_snapshot_end(snapshot);
}

static int count_line(const char *line, void *lines)
{
    (void)line;
    ++*(int *)lines;
    return 0;
}

/* Slots of the reader table that belong to a process. */
static int reader_slots(const struct store *store)
{
    int lines = 0;
    assert_true(mdb_reader_list(store->database->env, count_line, &lines) >= 0);
    return lines - 1; /* the first is a heading, or says that there are none */
}

static void snapshots_are_used_again(void **state)
{
    struct store *store = *state;
    js_snapshot *first = begin_snapshot(store);
    js_snapshot *second = begin_snapshot(store);
    js_snapshot_end(first);
    js_snapshot_end(second);
    assert_int_equal(reader_slots(store), 2);
    for (int i = 0; i < 1000; i++) {
        js_snapshot *snapshot = begin_snapshot(store);
        assert_true(snapshot == first || snapshot == second);
        js_snapshot_end(snapshot);
    }
    assert_int_equal(reader_slots(store), 2);
}

static void no_more_than_64_ended_snapshots_are_kept(void **state)
{
    struct store *store = *state;
    js_snapshot *snapshots[100];
    for (size_t i = 0; i < COUNT(snapshots); i++) {
        snapshots[i] = begin_snapshot(store);
    }
    assert_int_equal(reader_slots(store), COUNT(snapshots));
    for (size_t i = 0; i < COUNT(snapshots); i++) {
        js_snapshot_end(snapshots[i]);
    }
    assert_int_equal(reader_slots(store), 64);
}

static void all_the_reader_slots_that_are_asked_for_are_there(void **state)
{
    struct store *store = *state;
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(store->database->env, &info), 0);
    assert_int_equal(info.me_maxreaders, 4094);
}

static void a_full_reader_table_is_an_answer_until_somebody_ends(void **state)
{
    struct store *store = *state;
    static js_snapshot *held[4096 + 1];
    size_t count = 0;
    js_result result = JS_OK;
    (void)put_session(store, SUCCESS);
    while (result == JS_OK && count < COUNT(held)) {
        result = js_snapshot_begin(store->database, &held[count], &store->error);
        count += result == JS_OK;
    }
    assert_int_equal(result, JS_BUSY);
    assert_true(count >= 4094);
    assert_non_null(strstr(store->error.message, "reader slots are in use; try again"));
    (void)put_session(store, SUCCESS); /* writers need none */
    js_snapshot_end(held[--count]);
    must(js_snapshot_begin(store->database, &held[count], &store->error), &store->error);
    for (size_t i = 0; i <= count; i++) {
        js_snapshot_end(held[i]);
    }
}

/* Begin a snapshot, say so, and be killed. */
static pid_t reader_to_kill(const struct store *store)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        js_database *database;
        js_snapshot *snapshot;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no process behind */
        if (js_open(store->directory, JS_READ, &test_options, &database, NULL) == JS_OK
            && js_snapshot_begin(database, &snapshot, NULL) == JS_OK
            && write(ready[1], "r", 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return pid;
}

static void a_killed_reader_leaves_no_slot(void **state)
{
    struct store *store = *state;
    int result;
    close_store(store);
    pid_t pid = reader_to_kill(store);
    open_store(store);
    assert_int_equal(reader_slots(store), 1);
    close_store(store);
    /* a second reader stays alive throughout, so that the lock file is not made anew */
    pid_t witness = reader_to_kill(store);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFSIGNALED(result));
    open_store(store);
    assert_int_equal(reader_slots(store), 1);
    assert_int_equal(kill(witness, SIGKILL), 0);
    assert_int_equal(waitpid(witness, &result, 0), witness);
}

static void a_writer_that_stays_clears_the_slot_of_a_killed_reader(void **state)
{
    struct store *store = *state;
    const struct timespec later = {.tv_sec = 1, .tv_nsec = 50 * 1000 * 1000};
    int result;
    (void)put_session(store, SUCCESS);
    pid_t pid = reader_to_kill(store);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_int_equal(reader_slots(store), 1);
    assert_int_equal(nanosleep(&later, NULL), 0);
    (void)put_session(store, SUCCESS);
    assert_int_equal(reader_slots(store), 0);
}

/* ---- Many at once --------------------------------------------------------------------------- */

#define WRITES 50

/* Create sessions and change each of them once. */
static int write_many(const struct store *store)
{
    struct store own = *store;
    char json[128];
    if (js_open(own.directory, JS_WRITE, &test_options, &own.database, &own.error) != JS_OK) {
        return 1;
    }
    js_set_wait_limit(own.database, getpid() % 2 == 0 ? 60000 : 0); /* it changes nothing here */
    for (int i = 0; i < WRITES; i++) {
        uint64_t id;
        if (js_put(own.database, RUNNING, strlen(RUNNING), &id, &own.error) != JS_OK) {
            return 2;
        }
        int length = snprintf(json, sizeof(json),
                              "{\"status\":\"Success\",\"id\":\"%" PRIu64 "\",\"pid\":%d}", id,
                              (int)getpid());
        if (js_put(own.database, json, (size_t)length, &id, &own.error) != JS_OK) {
            return 3;
        }
    }
    js_close(own.database);
    return 0;
}

static void two_processes_write_at_once(void **state)
{
    struct store *store = *state;
    pid_t pids[2];
    int result;
    /* the database itself is made by whoever comes first */
    for (size_t i = 0; i < COUNT(pids); i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            _exit(write_many(store));
        }
    }
    for (size_t i = 0; i < COUNT(pids); i++) {
        assert_int_equal(waitpid(pids[i], &result, 0), pids[i]);
        assert_true(WIFEXITED(result));
        assert_int_equal(WEXITSTATUS(result), 0);
    }
    open_store(store);
    js_totals totals = totals_of(store);
    assert_int_equal(totals.count, 2 * WRITES);
    assert_int_equal(totals.usn, 4 * WRITES); /* and no usn twice: as many changes as sessions */
    assert_consistent(store);
    for (uint64_t id = 1; id <= 2 * WRITES; id++) {
        char *text = stored(store, id);
        assert_non_null(text);
        assert_non_null(strstr(text, "\"pid\":"));
        free(text);
    }
}

/* What LMDB 0.9.26 to 0.9.31 leaves behind as the last process that closes lock.mdb: both mutexes destroyed, as they
 * are already where this is such a version. They are found by what glibc calls their kind. */
static bool destroy_mutexes(int fd)
{
    enum {
        ROBUST_AND_SHARED = 0x90,
        DESTROYED = -1,
        /* the readers begin there; arm64 has larger mutexes */
        LENGTH = sizeof(pthread_mutex_t) > 40 ? 192 : 128
    };
    unsigned found = 0;
    int *words = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (words == MAP_FAILED) {
        return false;
    }
    for (size_t i = 0; i < LENGTH / sizeof(*words); i++) {
        if (words[i] == ROBUST_AND_SHARED || words[i] == DESTROYED) {
            words[i] = DESTROYED;
            found++;
        }
    }
    return munmap(words, LENGTH) == 0 && found == 2;
}

static bool change_word(int fd, off_t place)
{
    uint32_t word;
    bool is_there = pread(fd, &word, sizeof(word), place) == (ssize_t)sizeof(word);
    word++;
    return is_there && pwrite(fd, &word, sizeof(word), place) == (ssize_t)sizeof(word);
}

/* LMDB's development branch, and some bindings, have another format of lock.mdb, */
static bool change_format(int fd)
{
    return change_word(fd, 4);
}

/* and what is no LMDB at all may have another kind of file. */
static bool change_kind(int fd)
{
    return change_word(fd, 0);
}

/* A lock that no process is named for, as of one in another PID namespace. */
static bool hide_holder(int fd)
{
    struct flock shared = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_len = 1};
    return change_format(fd) && fcntl(fd, F_OFD_SETLK, &shared) == 0
           && fcntl(fd, F_SETLK, &none) == 0;
}

typedef bool spoiler(int fd);

/* Do that to lock.mdb and keep it open for a while, as those do who wait for it. */
static int keep_spoilt(const struct store *store, spoiler *spoil, int ready,
                       const struct timespec *time)
{
    struct flock shared = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open(path_in(store, "lock.mdb"), O_RDWR | O_CLOEXEC);
    bool done = fd >= 0 && fcntl(fd, F_SETLK, &shared) == 0 && spoil(fd)
                && write(ready, "r", 1) == 1 && nanosleep(time, NULL) == 0;
    return done ? 0 : 1;
}

static pid_t process_that_keeps(const struct store *store, spoiler *spoil,
                                const struct timespec *time)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(keep_spoilt(store, spoil, ready[1], time));
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return pid;
}

static void destroyed_mutexes_are_waited_for(void **state)
{
    struct store *store = *state;
    const struct timespec soon = {.tv_nsec = 100 * 1000 * 1000};
    const js_mode modes[] = {JS_READ, JS_WRITE};
    int result;
    (void)put_session(store, SUCCESS);
    for (size_t i = 0; i < COUNT(modes); i++) {
        close_store(store);
        pid_t pid = process_that_keeps(store, destroy_mutexes, &soon);
        must(js_open(store->directory, modes[i], &test_options, &store->database, &store->error),
             &store->error);
        assert_int_equal(totals_of(store).count, 1);
        assert_int_equal(waitpid(pid, &result, 0), pid);
        assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    }
    assert_int_equal(put_session(store, SUCCESS), 2);
}

static void who_keeps_destroyed_mutexes_is_blamed(void **state)
{
    struct store *store = *state;
    const struct timespec long_after = {.tv_sec = 600};
    int result;
    (void)put_session(store, SUCCESS);
    close_store(store);
    pid_t pid = process_that_keeps(store, destroy_mutexes, &long_after);
    js_result opened =
        js_open(store->directory, JS_READ, &test_options, &store->database, &store->error);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_int_equal(opened, JS_BUSY);
    assert_non_null(strstr(store->error.message, "another program keeps it open"));
    open_store(store);
    assert_int_equal(totals_of(store).count, 1);
}

static void assert_lock_file_is_blamed(struct store *store, spoiler *spoil, bool is_named)
{
    const struct timespec long_after = {.tv_sec = 600};
    char words[64] = "another process has the database open";
    int result;
    close_store(store);
    pid_t pid = process_that_keeps(store, spoil, &long_after);
    if (is_named) {
        (void)snprintf(words, sizeof(words), "process %d has the database open", (int)pid);
    }
    for (js_mode mode = JS_READ; mode <= JS_WRITE; mode++) {
        assert_not_opened(store->directory, mode, JS_SYSTEM, words);
        assert_not_opened(store->directory, mode, JS_SYSTEM, "data.mdb is fine");
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    open_store(store); /* and the lock file is made anew */
    assert_int_equal(totals_of(store).count, 1);
}

static void a_lock_file_of_another_format_is_told_from_the_data(void **state)
{
    struct store *store = *state;
    (void)put_session(store, SUCCESS);
    assert_lock_file_is_blamed(store, change_format, true);
    assert_lock_file_is_blamed(store, change_kind, true);
    assert_lock_file_is_blamed(store, hide_holder, false);
}

/* Say which session is durable before going on to the next, without end. */
static void put_and_tell(const struct store *store, int to)
{
    js_database *database;
    uint64_t id;
    if (js_open(store->directory, JS_WRITE, &test_options, &database, NULL) != JS_OK) {
        return;
    }
    while (js_put(database, RUNNING, strlen(RUNNING), &id, NULL) == JS_OK
           && write(to, &id, sizeof(id)) == sizeof(id)) {
    }
}

static void a_killed_writer_loses_nothing_it_was_told(void **state)
{
    struct store *store = *state;
    uint64_t told = 0;
    for (int times = 0; times < 5; times++) {
        int tells[2];
        int result;
        uint64_t id;
        assert_int_equal(pipe(tells), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            put_and_tell(store, tells[1]);
            _exit(1);
        }
        (void)close(tells[1]);
        for (int i = 0; i < 10 + times; i++) {
            assert_int_equal(read(tells[0], &id, sizeof(id)), sizeof(id));
            told = id;
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        while (read(tells[0], &id, sizeof(id)) == (ssize_t)sizeof(id)) {
            told = id;
        }
        assert_int_equal(waitpid(pid, &result, 0), pid);
        (void)close(tells[0]);

        open_store(store);
        uint64_t count = totals_of(store).count;
        assert_true(count == told || count == told + 1); /* the last may not have been told yet */
        assert_consistent(store);
        close_store(store);
    }
}

static void *read_without_pause(void *argument)
{
    struct store own = *(struct store *)argument;
    uint64_t seen = 0;
    while (seen < 2 * WRITES) {
        js_snapshot *snapshot;
        js_session session;
        js_totals totals;
        uint64_t walked = 0;
        if (js_snapshot_begin(own.database, &snapshot, &own.error) != JS_OK
            || js_snapshot_totals(snapshot, &totals, &own.error) != JS_OK) {
            return "no snapshot";
        }
        while (js_snapshot_next(snapshot, &session) == JS_OK) {
            walked += session.damage == NULL;
        }
        js_snapshot_end(snapshot);
        if (walked != totals.count || totals.count < seen) {
            return "a snapshot is not of one moment";
        }
        seen = totals.count;
    }
    return NULL;
}

static void *write_some(void *argument)
{
    struct store own = *(struct store *)argument;
    for (int i = 0; i < WRITES; i++) {
        if (js_put(own.database, RUNNING, strlen(RUNNING), NULL, &own.error) != JS_OK) {
            return "a write failed";
        }
    }
    return NULL;
}

static void threads_read_and_write_at_once(void **state)
{
    struct store *store = *state;
    static void *(*const works[])(void *) = {read_without_pause, read_without_pause, write_some,
                                             write_some};
    pthread_t threads[COUNT(works)];
    for (size_t i = 0; i < COUNT(works); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, works[i], store), 0);
    }
    for (size_t i = 0; i < COUNT(works); i++) {
        void *complaint;
        assert_int_equal(pthread_join(threads[i], &complaint), 0);
        if (complaint != NULL) {
            fail_msg("%s", (const char *)complaint);
        }
    }
    assert_int_equal(totals_of(store).count, 2 * WRITES);
    assert_consistent(store);
}

int main(void)
{
#define IN_A_DIRECTORY(test)                                                                       \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_store)
#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DIRECTORY(a_writer_makes_what_is_missing),
        IN_A_DIRECTORY(the_map_is_64_gib_unless_asked_otherwise),
        IN_A_DIRECTORY(a_directory_that_is_missing_has_no_database),
        IN_A_DIRECTORY(an_empty_directory_has_no_database),
        IN_A_DIRECTORY(an_environment_without_tables_is_still_empty),
        IN_A_DIRECTORY(something_else_is_foreign),
        IN_A_DIRECTORY(somebody_elses_lmdb_is_foreign),
        IN_A_DIRECTORY(a_newer_format_is_refused),
        IN_A_DIRECTORY(what_later_versions_keep_is_read_and_not_written),
        IN_A_DIRECTORY(another_data_format_of_lmdb_is_newer),
        IN_A_DATABASE(a_writer_notices_that_its_database_was_replaced),
        IN_A_DIRECTORY(a_writer_notices_that_a_link_leads_elsewhere),
        IN_A_DIRECTORY(a_working_directory_may_change),
        IN_A_DIRECTORY(a_file_cut_short_is_damaged),
        IN_A_DIRECTORY(a_commit_leaves_no_file_that_looks_cut_short),
        IN_A_DIRECTORY(a_writer_mends_a_file_whose_last_pages_were_never_written),
        IN_A_DATABASE(a_child_is_told_that_a_database_does_not_survive_fork),
        IN_A_DATABASE(a_transaction_belongs_to_the_thread_that_began_it),
        IN_A_DATABASE(who_has_a_transaction_open_does_not_wait_for_itself),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        IN_A_DIRECTORY(too_little_address_space_is_an_answer),
#endif
        IN_A_DIRECTORY(permissions_are_told_apart),
        IN_A_DATABASE(a_reader_cannot_write),
        IN_A_DATABASE(ids_and_usns_count_up),
        IN_A_DATABASE(a_put_ignores_a_usn_and_an_unknown_id_creates),
        IN_A_DATABASE(an_update_changes_what_is_there_alone),
        IN_A_DATABASE(ids_have_the_range_of_64_bits),
        IN_A_DATABASE(what_is_no_id_is_refused),
        IN_A_DATABASE(an_import_keeps_ids_and_usns),
        IN_A_DATABASE(an_import_replaces_and_does_not_merge),
        IN_A_DATABASE(a_usn_belongs_to_one_session),
        IN_A_DATABASE(what_is_no_usn_is_refused),
        IN_A_DATABASE(usns_end_at_the_largest_integer),
        IN_A_DATABASE(a_transaction_is_all_or_nothing),
        IN_A_DATABASE(a_refusal_leaves_the_transaction_as_it_was),
        IN_A_DATABASE(the_counters_follow_every_change),
        IN_A_DIRECTORY(a_full_map_is_an_answer_and_loses_nothing),
        IN_A_DIRECTORY(a_map_that_another_process_grew_is_taken_over),
        IN_A_DIRECTORY(a_writer_takes_a_grown_map_over),
        IN_A_DIRECTORY(who_does_not_let_go_of_the_old_map_is_waited_for_in_vain),
        IN_A_DATABASE(a_snapshot_sees_no_later_write),
        IN_A_DATABASE(a_snapshot_ages_with_every_commit),
        IN_A_DATABASE(a_version_changes_with_all_that_changes),
        IN_A_DATABASE(a_walk_is_newest_first_and_not_led_astray_by_lookups),
        IN_A_DATABASE(snapshots_are_used_again),
        IN_A_DATABASE(no_more_than_64_ended_snapshots_are_kept),
        IN_A_DATABASE(all_the_reader_slots_that_are_asked_for_are_there),
        IN_A_DATABASE(a_full_reader_table_is_an_answer_until_somebody_ends),
        IN_A_DATABASE(a_killed_reader_leaves_no_slot),
        IN_A_DATABASE(a_writer_that_stays_clears_the_slot_of_a_killed_reader),
        IN_A_DIRECTORY(two_processes_write_at_once),
        IN_A_DATABASE(destroyed_mutexes_are_waited_for),
        IN_A_DATABASE(who_keeps_destroyed_mutexes_is_blamed),
        IN_A_DATABASE(a_lock_file_of_another_format_is_told_from_the_data),
        IN_A_DIRECTORY(a_killed_writer_loses_nothing_it_was_told),
        IN_A_DATABASE(threads_read_and_write_at_once),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
