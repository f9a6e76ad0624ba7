/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/extent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "lmdb/cause.h"
#include "lmdb/cursor.h"

struct extent {
    int fd;
    uint64_t page;  /* bytes of one */
    uint64_t size;  /* of the file */
    uint64_t pages; /* that LMDB counts */
};

static int measure(MDB_env *env, struct extent *extent)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int rc = mdb_env_info(env, &info);
    rc = rc != 0 ? rc : mdb_env_stat(env, &stat);
    rc = rc != 0 ? rc : mdb_env_get_fd(env, &extent->fd);
    if (rc != 0 || fstat(extent->fd, &file) != 0) {
        return rc != 0 ? rc : errno;
    }
    extent->page = stat.ms_psize;
    extent->size = (uint64_t)file.st_size;
    extent->pages = (uint64_t)info.me_last_pgno + 1;
    return 0;
}

static bool is_short(const struct extent *extent)
{
    return extent->size < extent->pages * extent->page;
}

static bool set_size(const struct extent *extent, uint64_t size)
{
    return ftruncate(extent->fd, (off_t)size) == 0;
}

/* How many of the pages from `first` on a record lists; how many it lists stands before them. */
static uint64_t count_listed(const MDB_val *value, uint64_t first)
{
    const unsigned char *bytes = value->mv_data;
    uint64_t numbers = value->mv_size / sizeof(uint64_t);
    uint64_t count = 0;
    for (uint64_t i = 1; i < numbers && i <= jsp_get_le64(bytes); i++) {
        count += jsp_get_le64(bytes + i * sizeof(uint64_t)) >= first;
    }
    return count;
}

/* How many of the pages from `first` on are free. What is missing may be of that very list: LMDB's cursors would trust
 * it. */
static uint64_t count_free(const jsp_map *map, MDB_txn *txn, uint64_t first)
{
    jsp_pages pages;
    jsp_meta meta;
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    uint64_t count = 0;
    if (jsp_map_base(map, txn, &pages, &meta) != 0
        || !jsp_cursor_open(&cursor, &pages, &meta.free, false)) {
        return 0;
    }
    while (jsp_cursor_get(&cursor, &key, &value, MDB_NEXT) == 0) {
        count += count_listed(&value, first);
    }
    return count;
}

/* Whether nothing but free pages is missing. The file is lengthened to find that out, and stays so
 * when it is true. */
static bool mend(MDB_env *env, const jsp_map *map, struct extent *extent)
{
    MDB_txn *lock; /* keeps other writers away from the file's end */
    bool whole = false;
    if (mdb_txn_begin(env, NULL, 0, &lock) != 0) {
        return false;
    }
    if (measure(env, extent) == 0) {
        uint64_t present = extent->size / extent->page;
        whole = !is_short(extent)
                || (set_size(extent, extent->pages * extent->page)
                    && count_free(map, lock, present) == extent->pages - present);
        if (!whole) {
            (void)set_size(extent, extent->size);
        }
    }
    mdb_txn_abort(lock);
    return whole;
}

/* Another process may have committed and not yet lengthened the file. */
static bool lengthened_meanwhile(MDB_env *env, struct extent *extent)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};
    for (int tries = 0; tries < 20; tries++) {
        (void)nanosleep(&pause, NULL);
        if (measure(env, extent) == 0 && !is_short(extent)) {
            return true;
        }
    }
    return false;
}

js_result jsp_extent_check(MDB_env *env, const jsp_map *map, const char *directory, bool may_write,
                           js_error *error)
{
    struct extent extent;
    int rc = measure(env, &extent);
    if (rc != 0) {
        return jsp_cause_fail(error, jsp_extent_cause(env, rc), directory, "look at data.mdb");
    }
    if (!is_short(&extent)
        || (may_write ? mend(env, map, &extent) : lengthened_meanwhile(env, &extent))) {
        return JS_OK;
    }
    return jsp_fail(error, JS_DAMAGED,
                    "%s: data.mdb has been cut short (%" PRIu64 " bytes, %" PRIu64
                    " are needed); restore it from a backup or an export",
                    directory, extent.size, extent.pages * extent.page);
}

void jsp_extent_keep(MDB_env *env)
{
    struct extent extent;
    if (measure(env, &extent) == 0 && is_short(&extent)) {
        /* this never shortens a file and never writes to a page, so no lock is needed; what fails
         * here is mended by the next writer that opens the database */
        uint64_t last = (extent.pages - 1) * extent.page;
        (void)fallocate(extent.fd, 0, (off_t)last, (off_t)extent.page);
    }
}

int jsp_extent_cause(MDB_env *env, int rc)
{
    int fd;
    struct statvfs system;
    if (rc != EIO || mdb_env_get_fd(env, &fd) != 0 || fstatvfs(fd, &system) != 0) {
        return rc;
    }
    return system.f_bavail * system.f_frsize < (uint64_t)sysconf(_SC_PAGESIZE) ? ENOSPC : rc;
}
