/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "lmdb/cause.h"
#include "lmdb/new_file.h"

/* As large as LMDB makes it for them: 64 bytes for each reader, and a little before. */
#define LOCK_SIZE ((off_t)(JSP_READERS_MAX + 2) * 64)
#define STAT_BLOCK 512 /* st_blocks counts in them */
/* Looks at lock.mdb and data.mdb before they are taken to disagree. */
#define LOCK_TRIES 20

/* LMDB writes to lock.mdb through a map: where the file system is full and the file has holes, that would
 * be a SIGBUS. So its blocks are taken before, and it is made for that. Where the file cannot be opened,
 * LMDB finds that out, too, and knows what it means. 0, ENOSPC or EDQUOT. */
int jsp_lock_file_reserve(const char *directory)
{
    char path[4096];
    struct stat lock;
    jsp_new_file_make(directory, "lock.mdb");
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    if (stat(path, &lock) == 0 && lock.st_size > 0 && lock.st_blocks * STAT_BLOCK >= lock.st_size) {
        return 0; /* and no descriptor is closed that may share a lock with another */
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    int rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, LOCK_SIZE) == 0 ? 0 : errno;
    (void)close(fd);
    return rc == ENOSPC || rc == EDQUOT ? rc : 0; /* others cannot reserve here */
}

/* LMDB 0.9.26 to 0.9.31 destroys the mutexes in lock.mdb when the last process closes it (ITS#10095). Who waits
 * for that process to open it takes them for sound: only who has it alone makes them. */
bool jsp_lock_file_is_dead(MDB_env *env)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (rc == 0) {
        mdb_txn_abort(txn);
    }
    return rc == EINVAL;
}

/* The process that keeps others from having lock.mdb alone, or 0: it is gone, or cannot be seen from here. This one
 * has no lock there that closing the file could take away: LMDB has refused it. */
static pid_t holder_of(const char *directory)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    bool is_held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    (void)close(fd);
    return is_held && lock.l_pid > 0 ? lock.l_pid : 0;
}

/* LMDB makes lock.mdb anew for whoever has it alone: another format is that of somebody who has it open. */
js_result jsp_lock_file_foreign(const char *directory, js_error *error)
{
    pid_t holder = holder_of(directory);
    char name[32] = "another process";
    if (holder != 0) {
        (void)snprintf(name, sizeof(name), "process %d", (int)holder);
    }
    return jsp_fail(error, JS_SYSTEM,
                    "%s: %s has the database open by an LMDB whose lock.mdb has another "
                    "format than that of LMDB 0.9, so that the two cannot lock each other out; "
                    "data.mdb is fine; end that program (fuser names it), or have it use LMDB 0.9",
                    directory, name);
}

/* LMDB keeps the number of the last transaction in lock.mdb while processes hold it. A data.mdb that
 * was put in the place of theirs alone would be read, and written, as of another time. */
js_result jsp_lock_file_check(MDB_env *env, const char *directory, js_error *error)
{
    MDB_envinfo info;
    MDB_txn *txn;
    size_t locked = 0;
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
        if (rc != 0) {
            return jsp_cause_fail(error, rc, directory, "begin to read");
        }
        locked = mdb_txn_id(txn);
        mdb_txn_abort(txn);
        rc = mdb_env_info(env, &info);
        if (rc != 0) {
            return jsp_cause_fail(error, rc, directory, "look at data.mdb");
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
        directory, locked, info.me_last_txnid);
}
