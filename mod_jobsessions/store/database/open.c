/* SPDX-License-Identifier: Apache-2.0 */
/* js_open() and js_close(): from a directory to a database that can be read or written, in this order:
 * data.mdb is looked at, lock.mdb is made ready, LMDB opens both, its files are held against each other, the
 * pages are mapped for reading, the tables are found or made. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/process.h"
#include "database/database.h"
#include "database/snapshot.h"
#include "lmdb/access.h"
#include "lmdb/cause.h"
#include "lmdb/extent.h"
#include "lmdb/lock_file.h"
#include "lmdb/mount.h"
#include "lmdb/new_file.h"

#define MAP_SIZE_DEFAULT ((size_t)64 << 30)
/* How often to begin anew when the files are exchanged for others while they are opened. */
#define OPEN_TRIES 10
/* How often to begin anew, a millisecond and more apart, when lock.mdb has no mutexes: about two seconds. */
#define LOCK_TRIES 1000

static js_result check_format(js_snapshot *snapshot, js_error *error)
{
    const char *directory = snapshot->database->directory;
    uint32_t format;
    int rc = jsp_snapshot_number(snapshot, JSP_KEY_FORMAT, &format);
    if (rc != 0 || format == 0) {
        return rc == MDB_CORRUPTED ? jsp_cause_fail(error, rc, directory, "look for the format")
                                   : jsp_snapshot_foreign(directory, error);
    }
    snapshot->database->format = format;
    if (format > JS_FORMAT) {
        return jsp_fail(
            error, JS_NEWER,
            "%s: the database has format %u, this program reads up to %u; install a later "
            "version of libjobsessions or mod_jobsessions",
            directory, format, JS_FORMAT);
    }
    return JS_OK;
}

/* What a later version keeps with every write would be left behind by this one. */
static js_result check_writers(js_snapshot *snapshot, js_error *error)
{
    js_database *database = snapshot->database;
    uint32_t writers = 0;
    int rc = jsp_snapshot_number(snapshot, JSP_KEY_WRITERS, &writers);
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return jsp_cause_fail(error, rc, database->directory, "look at what writers keep");
    }
    database->writers = writers & JSP_WRITERS_KNOWN;
    return database->mode == JS_READ || writers == database->writers
               ? JS_OK
               : jsp_fail(error, JS_NEWER,
                          "%s: the database has what only later versions can write to (%#x), and "
                          "this program can read it alone; install a later version of "
                          "libjobsessions",
                          database->directory, writers & ~JSP_WRITERS_KNOWN);
}

/* A writer's tables are opened by LMDB, which trusts the pages that have their records. */
static js_result check_tables(const js_snapshot *snapshot, js_error *error)
{
    js_database *database = snapshot->database;
    jsp_guard guard;
    jsp_guard_table tables[JSP_TABLES];
    int rc = jsp_guard_begin(&guard, &snapshot->pages, &snapshot->meta, &database->sound);
    jsp_database_name_tables(tables);
    for (jsp_table table = 0; table < jsp_tables_of(database->format, database->writers) && rc == 0;
         table++) {
        rc = jsp_guard_open(&guard, &tables[table]);
    }
    jsp_guard_end(&guard);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "open");
}

/* Whether this is a database of job sessions. JS_NO_DATABASE: it is still empty. */
static js_result check_contents(js_database *database, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result == JS_OK) {
        result = check_format(snapshot, error);
        result = result == JS_OK ? check_writers(snapshot, error) : result;
        if (result == JS_OK && database->mode == JS_WRITE) {
            result = check_tables(snapshot, error);
        }
        js_snapshot_end(snapshot);
        jsp_snapshot_free_idle(database); /* one that only writes needs no reader slot */
    }
    return result;
}

static unsigned flags_of(jsp_table table)
{
    return jsp_table_is_sorted(table) ? MDB_DUPSORT | MDB_DUPFIXED : 0;
}

/* Open LMDB's handles, which only writers need. */
static js_result open_tables(js_database *database, js_error *error)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to read");
    }
    for (jsp_table table = 0; table < jsp_tables_of(database->format, database->writers) && rc == 0;
         table++) {
        rc = mdb_dbi_open(txn, jsp_table_name(table), flags_of(table), &database->tables[table]);
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return jsp_database_fail(database, error, rc, "open");
    }
    rc = mdb_txn_commit(txn); /* keeps the handles */
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "open");
}

static int put_number(js_database *database, MDB_txn *txn, const char *name, uint32_t number)
{
    unsigned char bytes[4];
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value = {sizeof(bytes), bytes};
    jsp_put_le32(bytes, number);
    return mdb_put(txn, database->tables[JSP_TABLE_META], &key, &value, 0);
}

static int make_contents(js_database *database, MDB_txn *txn)
{
    jsp_counters counters = {0};
    int rc = 0;
    for (jsp_table table = 0; table < jsp_tables_of(JS_FORMAT, JSP_WRITERS_COUNT) && rc == 0;
         table++) {
        rc = mdb_dbi_open(txn, jsp_table_name(table), flags_of(table) | MDB_CREATE,
                          &database->tables[table]);
    }
    rc = rc != 0 ? rc : put_number(database, txn, JSP_KEY_FORMAT, JS_FORMAT);
    rc = rc != 0 ? rc : put_number(database, txn, JSP_KEY_WRITERS, JSP_WRITERS_COUNT);
    if (rc == 0 && getrandom(counters.identity, sizeof(counters.identity), 0) < 0) {
        rc = errno;
    }
    return rc != 0 ? rc : jsp_database_set_counters(database, txn, &counters);
}

/* Fill an empty environment, in one's turn. Another writer may be ahead of us: whatever exists is left alone. */
static js_result fill_tables(js_database *database, js_error *error)
{
    MDB_txn *txn;
    jsp_guard guard = {0};
    jsp_guard_table tables[JSP_TABLES];
    int rc = mdb_txn_begin(database->env, NULL, 0, &txn);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to set up");
    }
    rc = jsp_database_guard(database, txn, &guard, tables);
    rc = rc != 0 ? rc : jsp_guard_commit(&guard);
    bool is_empty = guard.names.tree.root == JSP_NO_PAGE;
    jsp_guard_end(&guard);
    if (rc == 0 && is_empty) {
        rc = make_contents(database, txn);
    }
    if (rc != 0 || !is_empty) {
        mdb_txn_abort(txn);
        return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "set up");
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "set up");
}

static js_result make_tables(js_database *database, js_error *error)
{
    const jsp_wait wait = jsp_turn_begin_wait(&database->turn);
    (void)jsp_turn_take(&database->turn, database->env, &wait); /* nobody has set a limit yet */
    js_result result = fill_tables(database, error);
    jsp_turn_end(&database->turn, database->env);
    return result;
}

/* LMDB says the same of its two files. That data.mdb has a format of ours has been looked at before. */
static bool is_lock_file_foreign(const js_database *database, int rc)
{
    return rc == MDB_VERSION_MISMATCH
           || (rc == MDB_INVALID && jsp_map_is_lmdb(database->directory));
}

static js_result refused(const js_database *database, int rc, const char *doing, js_error *error)
{
    if (is_lock_file_foreign(database, rc)) {
        return jsp_lock_file_foreign(database->directory, error);
    }
    return rc == EACCES || rc == EPERM
               ? jsp_access_fail(error, rc, database->directory, database->mode == JS_WRITE, doing)
               : jsp_database_fail(database, error, rc, doing);
}

/* A reader never makes a database: LMDB would leave a lock file of the reader's behind. */
static js_result find_file(const js_database *database, js_error *error)
{
    const char *directory = database->directory;
    char path[4096];
    struct stat file;
    int length = snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return jsp_cause_fail(error, ENAMETOOLONG, directory, "look for data.mdb");
    }
    if (stat(path, &file) != 0) {
        return refused(database, errno, "look for data.mdb", error);
    }
    return file.st_size > 0 ? JS_OK
                            : jsp_cause_fail(error, ENOENT, directory, "data.mdb has no content");
}

static int open_lmdb(js_database *database)
{
    unsigned flags = MDB_NOTLS | (database->mode == JS_READ ? MDB_RDONLY : 0);
    int rc = mdb_env_create(&database->env);
    rc = rc != 0 ? rc : mdb_env_set_maxdbs(database->env, 2 * JSP_TABLES);
    rc = rc != 0 ? rc : mdb_env_set_maxreaders(database->env, JSP_READERS_MAX);
    rc = rc != 0 ? rc : mdb_env_set_mapsize(database->env, database->map_size);
    return rc != 0 ? rc : mdb_env_open(database->env, database->directory, flags, JSP_FILE_MODE);
}

/* Close what cannot be used, for a time that differs from process to process: who comes when all have closed it
 * makes the mutexes. */
static void close_lmdb_and_wait(js_database *database, int tries)
{
    long more = (getpid() + tries) % 16 * 125; /* microseconds */
    const struct timespec pause = {0, (1000 + more) * 1000};
    mdb_env_close(database->env);
    database->env = NULL;
    (void)nanosleep(&pause, NULL);
}

static js_result open_environment(js_database *database, const js_options *options, js_error *error)
{
    int dead;
    database->map_size =
        options != NULL && options->map_size > 0 ? options->map_size : MAP_SIZE_DEFAULT;
    int rc = open_lmdb(database);
    for (int tries = 1; rc == 0 && jsp_lock_file_is_dead(database->env); tries++) {
        if (tries == LOCK_TRIES) {
            return jsp_fail(error, JS_BUSY,
                            "%s: the locks in lock.mdb are destroyed, and another program keeps it "
                            "open without using it; end that program (fuser names it)",
                            database->directory);
        }
        close_lmdb_and_wait(database, tries);
        rc = open_lmdb(database);
    }
    /* killed processes leave their slots behind */
    rc = rc != 0 ? rc : mdb_reader_check(database->env, &dead);
    if (rc == ENOMEM) {
        return jsp_database_has_no_room(database, database->map_size, error);
    }
    return rc == 0 ? JS_OK : refused(database, rc, "open", error);
}

/* LMDB opens lock.mdb, then data.mdb. Both have to be of one database, and of the one that is in place, though
 * it may be exchanged for another meanwhile. */
static js_result open_files(js_database *database, const js_options *options, js_error *error)
{
    jsp_files before;
    bool were_there = jsp_files_look(database->path, &before);
    js_result result = open_environment(database, options, error);
    if (result != JS_OK) {
        return result;
    }
    bool are_there = jsp_files_look(database->path, &database->opened.files);
    if (database->mode == JS_READ && !were_there && !are_there) {
        return JS_OK; /* a file system that is read-only needs no lock.mdb */
    }
    if (!are_there || !jsp_files_are_open(database->env, &database->opened.files)
        || (were_there && !jsp_files_same(&before, &database->opened.files))) {
        return jsp_fail(error, JS_REPLACED,
                        "%s: the database was replaced while it was opened; open it again",
                        database->directory);
    }
    return JS_OK;
}

static js_result make_directory(const char *directory, js_error *error)
{
    int rc = jsp_new_file_make_directory(directory);
    if (rc == ENOENT) {
        return jsp_fail(error, JS_NO_DATABASE,
                        "%s: the directory it lies in does not exist; make it, or name the right "
                        "directory",
                        directory);
    }
    return rc == 0 ? JS_OK : jsp_cause_fail(error, rc, directory, "make the directory");
}

static js_result open_map(js_database *database, js_error *error)
{
    int rc = jsp_map_open(&database->map, database->env);
    if (rc == ENOMEM) {
        return jsp_database_has_no_room(database, database->map_size, error);
    }
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "map data.mdb");
}

/* Whoever comes first makes what is missing, for all who will come. */
static js_result make_files(const js_database *database, js_error *error)
{
    int rc = jsp_lock_file_reserve(database->directory);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "make lock.mdb");
    }
    if (database->mode == JS_WRITE) {
        jsp_new_file_make(database->directory, "data.mdb");
    } else {
        jsp_mount_settle(database->directory);
    }
    return JS_OK;
}

/* A reader opens no lock.mdb where nobody can write. */
static bool takes_locks(const js_database *database)
{
    return database->mode == JS_WRITE || !jsp_mount_is_read_only(database->path);
}

/* Before any of its files is opened, by whatever path it is reached. */
static js_result check_not_open(const js_database *database, js_error *error)
{
    jsp_files files;
    (void)jsp_files_look(database->path, &files);
    const jsp_opened *opened =
        takes_locks(database) ? jsp_opened_find(&files, database->mode == JS_WRITE) : NULL;
    return opened == NULL
               ? JS_OK
               : jsp_fail(error, JS_MISUSE,
                          "%s: this process has the database open already (as %s), and would lose "
                          "its locks when either is closed; share the js_database between threads, "
                          "or close it first",
                          database->directory, opened->path);
}

static js_result prepare(js_database *database, const js_options *options, js_error *error)
{
    js_result result = database->mode == JS_READ ? find_file(database, error)
                                                 : make_directory(database->directory, error);
    result = result == JS_OK
                 ? jsp_mount_check(database->directory, database->mode == JS_WRITE, error)
                 : result;
    result = result == JS_OK ? check_not_open(database, error) : result;
    result = result == JS_OK ? jsp_map_check(database->directory, error) : result;
    result = result == JS_OK ? make_files(database, error) : result;
    result = result == JS_OK ? open_files(database, options, error) : result;
    if (result != JS_OK) {
        return result;
    }
    result = open_map(database, error);
    result = result == JS_OK ? jsp_extent_check(database->env, &database->map, database->directory,
                                                database->mode == JS_WRITE, error)
                             : result;
    return result == JS_OK ? jsp_lock_file_check(database->env, database->directory, error)
                           : result;
}

static void close_files(js_database *database)
{
    if (database->env != NULL) {
        mdb_env_close(database->env);
    }
    database->env = NULL;
    jsp_opened_remove(&database->opened);
}

/* While nobody else in this process opens or closes any: what cannot be used is closed again in time. */
static js_result prepare_alone(js_database *database, const js_options *options, js_error *error)
{
    jsp_opened_lock();
    js_result result = prepare(database, options, error);
    if (result != JS_OK) {
        close_files(database);
    } else if (takes_locks(database)) {
        database->opened.may_write = database->mode == JS_WRITE;
        database->opened.path = database->path;
        jsp_opened_add(&database->opened);
    }
    jsp_opened_unlock();
    return result;
}

/* Find the tables, or make them. */
static js_result enter_tables(js_database *database, js_error *error)
{
    js_result result = check_contents(database, error);
    if (database->mode == JS_READ) {
        return result;
    }
    if (result == JS_NO_DATABASE) {
        result = make_tables(database, error);
        /* another writer may have been ahead, and made one of another format */
        result = result == JS_OK ? check_contents(database, error) : result;
    }
    return result == JS_OK ? open_tables(database, error) : result;
}

/* A path that holds when the process changes its working directory. Symbolic links stay: where they lead is
 * looked for each time. */
static char *from_root(const char *directory)
{
    char *here = directory[0] == '/' ? NULL : getcwd(NULL, 0);
    char *path = NULL;
    if (directory[0] == '/') {
        return strdup(directory);
    }
    if (here != NULL && asprintf(&path, "%s/%s", here, directory) < 0) {
        path = NULL;
    }
    free(here);
    return path;
}

static void free_names(js_database *database)
{
    if (database != NULL) {
        free(database->path);
        free(database->directory);
        free(database);
    }
}

static js_result open_once(const char *directory, js_mode mode, const js_options *options,
                           js_database **database, js_error *error)
{
    int rc = jsp_process_watch();
    rc = rc != 0 ? rc : jsp_opened_watch();
    js_database *made = rc == 0 ? calloc(1, sizeof(*made)) : NULL;
    *database = NULL;
    if (made == NULL || (made->directory = strdup(directory)) == NULL
        || (made->path = from_root(directory)) == NULL) {
        free_names(made);
        return jsp_fail(error, JS_SYSTEM, "%s: %s", directory, strerror(rc != 0 ? rc : errno));
    }
    made->mode = mode;
    made->process = getpid();
    made->forks = jsp_process_forks();
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    jsp_turn_init(&made->turn);
    js_result result = prepare_alone(made, options, error);
    result = result == JS_OK ? enter_tables(made, error) : result;
    if (result != JS_OK) {
        js_close(made);
        return result;
    }
    *database = made;
    return JS_OK;
}

js_result js_open(const char *directory, js_mode mode, const js_options *options,
                  js_database **database, js_error *error)
{
    js_result result = open_once(directory, mode, options, database, error);
    for (int tries = 1; result == JS_REPLACED && tries < OPEN_TRIES; tries++) {
        result = open_once(directory, mode, options, database, error);
    }
    return result;
}

/* What the parent has open is left alone: LMDB would clear the parent's reader slots, and closing its files would
 * take locks from another that this process has opened since. */
static void forget(js_database *database)
{
    jsp_snapshot_forget_idle(database);
    jsp_queue_close(atomic_load(&database->queue), false);
    jsp_map_close(&database->map);
    free_names(database);
}

void js_close(js_database *database)
{
    if (database == NULL) {
        return;
    }
    if (jsp_database_is_inherited(database)) {
        forget(database);
        return;
    }
    if (database->writing != NULL && !database->let_go(database->writing)) {
        return;
    }
    jsp_snapshot_free_idle(database);
    jsp_queue_close(atomic_load(&database->queue), true);
    jsp_map_close(&database->map);
    jsp_opened_lock();
    close_files(database);
    jsp_opened_unlock();
    jsp_turn_destroy(&database->turn);
    (void)pthread_cond_destroy(&database->changed);
    (void)pthread_mutex_destroy(&database->lock);
    free_names(database);
}
