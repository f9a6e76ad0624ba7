/* SPDX-License-Identifier: Apache-2.0 */
#include "place/beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/complain.h"

#define NEW_DIRECTORY_MODE 02770
#define NEW_FILE_MODE 0660

/* How many may be kept of the same second. */
#define KEPT_MAX 100

static const char *const files[] = {"data.mdb", "lock.mdb", "put.queue"};

static enum exit_code failed(const char *path, const char *doing)
{
    complain("%s: %s: %s", path, doing, strerror(errno));
    return EXIT_DATABASE;
}

/* The directory itself where there is one, so that a link to it stays. */
static bool resolve(struct beside *beside, const char *directory)
{
    char *resolved = realpath(directory, NULL);
    beside->target_exists = resolved != NULL;
    int length = snprintf(beside->target, sizeof(beside->target), "%s",
                          resolved != NULL ? resolved : directory);
    free(resolved);
    while (length > 1 && length < BESIDE_MAX && beside->target[length - 1] == '/') {
        beside->target[--length] = '\0';
    }
    return length > 0 && length + 32 < BESIDE_MAX;
}

/* What one that was killed has left may be half a copy, or what was in place before. */
static void tell_of_left(const char *parent, const char *prefix)
{
    DIR *directory = opendir(parent);
    const struct dirent *entry;
    size_t length = strlen(prefix);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, prefix, length) == 0) {
            complain("note: %s/%s: somebody makes it at the moment, or was killed; it may hold "
                     "what was in place before",
                     parent, entry->d_name);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

static void look_for_left(const struct beside *beside)
{
    char parent[BESIDE_MAX];
    char name[BESIDE_MAX];
    char prefix[BESIDE_MAX];
    memcpy(parent, beside->target, sizeof(parent));
    memcpy(name, beside->target, sizeof(name));
    (void)snprintf(prefix, sizeof(prefix), "%.4000s.new-", basename(name));
    tell_of_left(dirname(parent), prefix);
}

enum exit_code beside_make(struct beside *beside, const char *directory)
{
    if (!resolve(beside, directory)) {
        errno = ENAMETOOLONG;
        return failed(directory, "look for the directory");
    }
    look_for_left(beside);
    (void)snprintf(beside->path, sizeof(beside->path), "%.4000s.new-XXXXXX", beside->target);
    return mkdtemp(beside->path) != NULL ? EXIT_DONE
                                         : failed(beside->path, "make a directory beside it");
}

static void adopt(const char *path, const struct stat *from, mode_t mode)
{
    struct stat is;
    if (stat(path, &is) != 0) {
        return;
    }
    if (from != NULL && (is.st_uid != from->st_uid || is.st_gid != from->st_gid)
        && chown(path, from->st_uid, from->st_gid) != 0) {
        complain("note: %s: it stays %u:%u, as only root can give it to %u:%u", path, is.st_uid,
                 is.st_gid, from->st_uid, from->st_gid);
    }
    if (chmod(path, mode & 07777) != 0) {
        complain("note: %s: its mode cannot be set: %s", path, strerror(errno));
    }
}

void beside_adopt(const struct beside *beside)
{
    char path[BESIDE_MAX + 16];
    struct stat like = {0};
    /* Where there is no file the directory tells whose it would be. */
    bool is_there = stat(beside->target, &like) == 0;
    /* data.mdb first: where there is no lock.mdb, its owner is the other's; its mode is not, as who reads writes
     * to lock.mdb. */
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", beside->target, files[i]);
        bool has_like = stat(path, &like) == 0;
        is_there = is_there || has_like;
        (void)snprintf(path, sizeof(path), "%s/%s", beside->path, files[i]);
        adopt(path, is_there ? &like : NULL, has_like ? like.st_mode : NEW_FILE_MODE);
    }
    is_there = stat(beside->target, &like) == 0;
    adopt(beside->path, is_there ? &like : NULL, is_there ? like.st_mode : NEW_DIRECTORY_MODE);
}

/* Names are on disk when their directory is. */
static void sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

static void sync_parent(const struct beside *beside)
{
    char path[BESIDE_MAX];
    memcpy(path, beside->target, sizeof(path));
    sync_directory(dirname(path));
}

/* Where the file system cannot exchange, the target is away for a moment. Done is what the second step does: the
 * old one may keep the name it has then. */
static bool exchange_in_two_steps(struct beside *beside)
{
    char aside[BESIDE_MAX];
    (void)snprintf(aside, sizeof(aside), "%.4000s.old-%ld", beside->target, (long)getpid());
    if (rename(beside->target, aside) != 0) {
        return false;
    }
    if (rename(beside->path, beside->target) != 0) {
        int cause = errno;
        (void)rename(aside, beside->target);
        errno = cause;
        return false;
    }
    if (rename(aside, beside->path) != 0) {
        memcpy(beside->path, aside, sizeof(aside));
    }
    return true;
}

enum exit_code beside_exchange(struct beside *beside)
{
    bool done;
    sync_directory(beside->path);
    if (!beside->target_exists) {
        done = rename(beside->path, beside->target) == 0;
    } else {
        done = renameat2(AT_FDCWD, beside->path, AT_FDCWD, beside->target, RENAME_EXCHANGE) == 0;
        if (!done && (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP)) {
            done = exchange_in_two_steps(beside);
        }
    }
    if (!done) {
        return failed(beside->target, "put the new directory in its place");
    }
    sync_parent(beside);
    return EXIT_DONE;
}

void beside_remove(const struct beside *beside)
{
    char path[BESIDE_MAX + 16];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", beside->path, files[i]);
        (void)unlink(path);
    }
    if (rmdir(beside->path) != 0 && errno != ENOENT) {
        complain("note: %s: it stays: %s", beside->path, strerror(errno));
    }
}

/* A name that is free for it, where the first KEPT_MAX are not all taken. */
static void name_kept(const struct beside *beside, const char *verb, char kept[BESIDE_MAX])
{
    char when[32];
    struct tm utc;
    time_t now = time(NULL);
    (void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    (void)snprintf(kept, BESIDE_MAX, "%.4000s.before-%s-%s", beside->target, verb, when);
    for (int next = 2; next <= KEPT_MAX && access(kept, F_OK) == 0; next++) {
        (void)snprintf(kept, BESIDE_MAX, "%.4000s.before-%s-%s-%d", beside->target, verb, when,
                       next);
    }
}

void beside_keep(const struct beside *beside, const char *verb)
{
    char kept[BESIDE_MAX];
    name_kept(beside, verb, kept);
    bool renamed = rename(beside->path, kept) == 0;
    sync_parent(beside);
    complain("note: what was in place is %s; remove it when nobody misses anything",
             renamed ? kept : beside->path);
}
