/* SPDX-License-Identifier: Apache-2.0 */
#include "database/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "database/snapshot.h"
#include "lmdb/extent.h"

#define MAP_SIZE_DEFAULT ((size_t)64 << 30)
/* More than httpd has threads; 64 bytes each in lock.mdb. The file's maker decides, so every opener
 * asks for the same. */
#define READERS_MAX 4094
#define FILE_MODE 0660
/* As large as LMDB makes lock.mdb for them: 64 bytes for each, and a little before. */
#define LOCK_SIZE ((off_t)(READERS_MAX + 2) * 64)
#define STAT_BLOCK 512 /* st_blocks counts in them */
#define DIRECTORY_MODE 0770
/* How long a reader waits for others to let go of the map: they hold it for one rendering. */
#define MAP_WAIT_SECONDS 5
/* Looks at lock.mdb and data.mdb before they are taken to disagree. */
#define LOCK_TRIES 20

static const struct {
    const char *name;
    unsigned flags;
} tables[JSP_TABLES] = {
    [JSP_TABLE_META] = {"meta", 0},
    [JSP_TABLE_SESSIONS] = {"sessions", 0},
    [JSP_TABLE_CHANGES] = {"changes", 0},
    [JSP_TABLE_INDEX] = {"index", MDB_DUPSORT | MDB_DUPFIXED},
    [JSP_TABLE_STARTS] = {"starts", MDB_DUPSORT | MDB_DUPFIXED},
    [JSP_TABLE_TYPES] = {"types", 0},
    [JSP_TABLE_ITEMS] = {"items", 0},
    [JSP_TABLE_REMOVED] = {"removed", 0},
};

static MDB_val key_counters = {8, "counters"};

js_result jsp_database_fail(const js_database *database, js_error *error, int rc, const char *doing)
{
    return jsp_fail_lmdb(error, jsp_extent_cause(database, rc), database->directory, doing);
}

const char *jsp_database_counters(const js_database *database, MDB_txn *txn, jsp_counters *counters)
{
    MDB_val value;
    int rc = mdb_get(txn, database->tables[JSP_TABLE_META], &key_counters, &value);
    return rc == 0 ? jsp_counters_open(value.mv_data, value.mv_size, counters) : mdb_strerror(rc);
}

int jsp_database_set_counters(const js_database *database, MDB_txn *txn,
                              const jsp_counters *counters)
{
    unsigned char bytes[JSP_COUNTERS_SIZE];
    MDB_val value = {sizeof(bytes), bytes};
    jsp_counters_seal(bytes, counters);
    return mdb_put(txn, database->tables[JSP_TABLE_META], &key_counters, &value, 0);
}

bool jsp_table_is_sorted(jsp_table table)
{
    return tables[table].flags != 0;
}

const char *jsp_table_name(jsp_table table)
{
    return tables[table].name;
}

static jsp_table table_named(const MDB_val *name)
{
    jsp_table table = 0;
    while (table < JSP_TABLES
           && (strlen(tables[table].name) != name->mv_size
               || memcmp(tables[table].name, name->mv_data, name->mv_size) != 0)) {
        table++;
    }
    return table;
}

/* The tree of the name at hand, if it is one of ours. */
static bool read_tree(const jsp_path *names, jsp_tree trees[JSP_TABLES], unsigned *found)
{
    MDB_val name;
    MDB_val value;
    unsigned kind;
    if (!jsp_path_entry(names, &name, &value, &kind)) {
        return false;
    }
    jsp_table table = table_named(&name);
    if (table == JSP_TABLES || kind == 0) {
        return true; /* a table of somebody else's, or a plain value */
    }
    if (value.mv_size != JSP_TREE_SIZE || kind != JSP_NODE_TREE) {
        return false;
    }
    jsp_tree_read(value.mv_data, &trees[table]);
    (*found)++;
    return true;
}

int jsp_database_trees(const jsp_pages *pages, const jsp_tree *main, jsp_tree trees[JSP_TABLES])
{
    jsp_path names;
    unsigned found = 0;
    int rc =
        jsp_path_begin(&names, pages, main, JSP_PAGE_LEAF) ? jsp_path_first(&names) : MDB_CORRUPTED;
    while (rc == 0) {
        rc = read_tree(&names, trees, &found) ? jsp_path_next(&names) : MDB_CORRUPTED;
    }
    return rc == MDB_NOTFOUND && found == JSP_TABLES ? 0 : rc;
}

static js_result check_format(js_snapshot *snapshot, js_error *error)
{
    const char *directory = snapshot->database->directory;
    MDB_val key = {6, "format"};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    if (rc != 0 || value.mv_size != 4) {
        return rc == MDB_CORRUPTED ? jsp_fail_lmdb(error, rc, directory, "look for the format")
                                   : jsp_snapshot_foreign(directory, error);
    }
    uint32_t format = jsp_get_le32(value.mv_data);
    if (format > JS_FORMAT) {
        return jsp_fail(
            error, JS_NEWER,
            "%s: the database has format %u, this program reads up to %u; install a later "
            "version of libjobsessions or mod_jobsessions",
            directory, format, JS_FORMAT);
    }
    return JS_OK;
}

/* The snapshots that are kept for later. */
static void free_idle(js_database *database)
{
    while (database->idle != NULL) {
        js_snapshot *snapshot = database->idle;
        database->idle = snapshot->next_idle;
        jsp_snapshot_free(snapshot);
    }
    database->idle_count = 0;
}

/* Whether this is a database of job sessions. JS_NO_DATABASE: it is still empty. */
static js_result check_contents(js_database *database, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result == JS_OK) {
        result = check_format(snapshot, error);
        js_snapshot_end(snapshot);
        free_idle(database); /* one that only writes needs no reader slot */
    }
    return result;
}

/* Open LMDB's handles, which only writers need. */
static js_result open_tables(js_database *database, js_error *error)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to read");
    }
    for (int table = 0; table < JSP_TABLES && rc == 0; table++) {
        rc = mdb_dbi_open(txn, tables[table].name, tables[table].flags, &database->tables[table]);
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return jsp_database_fail(database, error, rc, "open");
    }
    rc = mdb_txn_commit(txn); /* keeps the handles */
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "open");
}

/* Fill an empty environment. Another writer may be ahead of us: whatever exists is left alone. */
static js_result make_tables(js_database *database, js_error *error)
{
    MDB_txn *txn;
    unsigned char format[4];
    MDB_val key = {6, "format"};
    MDB_val value = {sizeof(format), format};
    jsp_counters counters = {0};
    int rc = mdb_txn_begin(database->env, NULL, 0, &txn);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to set up");
    }
    for (int table = 0; table < JSP_TABLES && rc == 0; table++) {
        rc = mdb_dbi_open(txn, tables[table].name, tables[table].flags | MDB_CREATE,
                          &database->tables[table]);
    }
    jsp_put_le32(format, JS_FORMAT);
    if (rc == 0) {
        rc = mdb_put(txn, database->tables[JSP_TABLE_META], &key, &value, MDB_NOOVERWRITE);
    }
    if (rc == MDB_KEYEXIST) {
        mdb_txn_abort(txn);
        return JS_OK;
    }
    if (rc == 0 && getrandom(counters.identity, sizeof(counters.identity), 0) < 0) {
        rc = errno;
    }
    if (rc == 0) {
        rc = jsp_database_set_counters(database, txn, &counters);
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return jsp_database_fail(database, error, rc, "set up");
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "set up");
}

/* A reader never makes a database: LMDB would leave a lock file of the reader's behind. Afterwards
 * `file` describes data.mdb. */
static js_result find_file(const char *directory, struct stat *file, js_error *error)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return jsp_fail_lmdb(error, ENAMETOOLONG, directory, "look for data.mdb");
    }
    if (stat(path, file) != 0) {
        return jsp_fail_lmdb(error, errno, directory, "look for data.mdb");
    }
    return file->st_size > 0 ? JS_OK
                             : jsp_fail_lmdb(error, ENOENT, directory, "data.mdb has no content");
}

static bool has_lock_file(const char *directory)
{
    char path[4096];
    struct stat lock;
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    return stat(path, &lock) == 0;
}

/* LMDB writes to lock.mdb through a map: where the file system is full and the file has holes, that would
 * be a SIGBUS. So its blocks are taken before, and it is made for that. Where the file cannot be opened,
 * LMDB finds that out, too, and knows what it means. 0, ENOSPC or EDQUOT. */
static int reserve_lock_file(const char *directory)
{
    char path[4096];
    struct stat lock;
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    if (stat(path, &lock) == 0 && lock.st_size > 0 && lock.st_blocks * STAT_BLOCK >= lock.st_size) {
        return 0; /* and no descriptor is closed that may share a lock with another */
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return 0;
    }
    int rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, LOCK_SIZE) == 0 ? 0 : errno;
    (void)close(fd);
    return rc == ENOSPC || rc == EDQUOT ? rc : 0; /* others cannot reserve here */
}

/* The lock file this reader has just made must not keep out the workers who may write the data. */
static void share_lock_file(const char *directory, const struct stat *data)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    (void)chmod(path, (data->st_mode | S_IRUSR | S_IWUSR) & 0777);
}

/* LMDB keeps the number of the last transaction in lock.mdb while processes hold it. A data.mdb that
 * was put in the place of theirs alone would be read, and written, as of another time. */
static js_result check_lock(const js_database *database, js_error *error)
{
    MDB_envinfo info;
    MDB_txn *txn;
    size_t locked = 0;
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        int rc = mdb_txn_begin(database->env, NULL, MDB_RDONLY, &txn);
        if (rc != 0) {
            return jsp_database_fail(database, error, rc, "begin to read");
        }
        locked = mdb_txn_id(txn);
        mdb_txn_abort(txn);
        rc = mdb_env_info(database->env, &info);
        if (rc != 0) {
            return jsp_database_fail(database, error, rc, "look at data.mdb");
        }
        /* a writer that commits has written data.mdb a moment before it says so in lock.mdb */
        if (info.me_last_txnid - locked <= 1) {
            return JS_OK;
        }
        /* somebody may have committed between the two looks */
    }
    return jsp_fail(
        error, JS_DAMAGED,
        "%s: lock.mdb belongs to another data.mdb (its last transaction is %zu, not %zu); "
        "replace the whole directory, or remove lock.mdb, too, when nobody uses it",
        database->directory, locked, info.me_last_txnid);
}

static js_result open_environment(js_database *database, const js_options *options, js_error *error)
{
    size_t map_size =
        options != NULL && options->map_size > 0 ? options->map_size : MAP_SIZE_DEFAULT;
    unsigned flags = MDB_NOTLS | (database->mode == JS_READ ? MDB_RDONLY : 0);
    int dead;
    int rc = mdb_env_create(&database->env);
    rc = rc != 0 ? rc : mdb_env_set_maxdbs(database->env, 2 * JSP_TABLES);
    rc = rc != 0 ? rc : mdb_env_set_maxreaders(database->env, READERS_MAX);
    rc = rc != 0 ? rc : mdb_env_set_mapsize(database->env, map_size);
    rc = rc != 0 ? rc : mdb_env_open(database->env, database->directory, flags, FILE_MODE);
    /* killed processes leave their slots behind */
    rc = rc != 0 ? rc : mdb_reader_check(database->env, &dead);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "open");
}

void jsp_database_clear_readers(js_database *database)
{
    struct timespec now;
    int dead;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec != database->readers_cleared) {
        database->readers_cleared = now.tv_sec;
        (void)mdb_reader_check(database->env, &dead);
    }
}

static js_result make_directory(const char *directory, js_error *error)
{
    if (mkdir(directory, DIRECTORY_MODE) == 0 || errno == EEXIST) {
        return JS_OK;
    }
    if (errno == ENOENT) {
        return jsp_fail(error, JS_NO_DATABASE,
                        "%s: the directory it lies in does not exist; make it, or name the right "
                        "directory",
                        directory);
    }
    return jsp_fail_lmdb(error, errno, directory, "make the directory");
}

static js_result open_map(js_database *database, js_error *error)
{
    int rc = jsp_map_open(&database->map, database->env);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "map data.mdb");
}

static js_result prepare(js_database *database, const js_options *options, js_error *error)
{
    struct stat file = {0};
    bool had_lock_file = has_lock_file(database->directory);
    js_result result;
    if (database->mode == JS_READ) {
        result = find_file(database->directory, &file, error);
    } else {
        result = make_directory(database->directory, error);
    }
    if (result != JS_OK) {
        return result;
    }
    result = jsp_map_check(database->directory, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = reserve_lock_file(database->directory);
    if (database->mode == JS_READ && !had_lock_file) {
        share_lock_file(database->directory, &file);
    }
    result = rc == 0 ? open_environment(database, options, error)
                     : jsp_database_fail(database, error, rc, "make lock.mdb");
    if (result != JS_OK) {
        return result;
    }
    result = jsp_extent_check(database, error);
    result = result == JS_OK ? check_lock(database, error) : result;
    return result == JS_OK ? open_map(database, error) : result;
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
    }
    return result == JS_OK ? open_tables(database, error) : result;
}

js_result js_open(const char *directory, js_mode mode, const js_options *options,
                  js_database **database, js_error *error)
{
    js_database *made = calloc(1, sizeof(*made));
    *database = NULL;
    if (made == NULL || (made->directory = strdup(directory)) == NULL) {
        free(made);
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", directory);
    }
    made->mode = mode;
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    js_result result = prepare(made, options, error);
    result = result == JS_OK ? enter_tables(made, error) : result;
    if (result != JS_OK) {
        js_close(made);
        return result;
    }
    *database = made;
    return JS_OK;
}

void js_close(js_database *database)
{
    if (database == NULL) {
        return;
    }
    free_idle(database);
    jsp_map_close(&database->map);
    if (database->env != NULL) {
        mdb_env_close(database->env);
    }
    (void)pthread_cond_destroy(&database->changed);
    (void)pthread_mutex_destroy(&database->lock);
    free(database->directory);
    free(database);
}

/* With the lock held, wait until `database` is as wanted; false when that takes too long. */
static bool wait_until(js_database *database, bool (*wanted)(const js_database *))
{
    struct timespec deadline;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += MAP_WAIT_SECONDS;
    while (!wanted(database)) {
        if (pthread_cond_timedwait(&database->changed, &database->lock, &deadline) == ETIMEDOUT) {
            return wanted(database);
        }
    }
    return true;
}

static bool map_is_stable(const js_database *database)
{
    return !database->map_changing;
}

static bool nobody_reads(const js_database *database)
{
    return database->in_use == 0;
}

static js_result map_busy(const js_database *database, js_error *error)
{
    return jsp_fail(
        error, JS_BUSY,
        "%s: a worker has grown the map and readers here have not let go of the old one; "
        "try again shortly",
        database->directory);
}

js_result jsp_database_enter(js_database *database, js_error *error)
{
    (void)pthread_mutex_lock(&database->lock);
    bool stable = wait_until(database, map_is_stable);
    if (stable) {
        database->in_use++;
    }
    (void)pthread_mutex_unlock(&database->lock);
    return stable ? JS_OK : map_busy(database, error);
}

void jsp_database_leave(js_database *database)
{
    (void)pthread_mutex_lock(&database->lock);
    database->in_use--;
    (void)pthread_cond_broadcast(&database->changed);
    (void)pthread_mutex_unlock(&database->lock);
}

/* LMDB lets go of its map before it knows whether it gets another, so how large it is to be must not
 * come from a damaged page. */
static js_result change_map(js_database *database, js_error *error)
{
    js_result result = jsp_extent_check(database, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = mdb_env_set_mapsize(database->env, 0);
    jsp_map_close(&database->map);
    rc = rc != 0 ? rc : jsp_map_open(&database->map, database->env);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "take over the map");
}

js_result jsp_database_adopt_map(js_database *database, js_error *error)
{
    js_result result = JS_OK;
    (void)pthread_mutex_lock(&database->lock);
    if (!database->map_changing) {
        database->map_changing = true;
        if (wait_until(database, nobody_reads)) {
            result = change_map(database, error);
        } else {
            result = map_busy(database, error);
        }
        database->map_changing = false;
        (void)pthread_cond_broadcast(&database->changed);
    } else if (!wait_until(database, map_is_stable)) {
        result = map_busy(database, error);
    }
    (void)pthread_mutex_unlock(&database->lock);
    return result;
}
