/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_file_info.h"
#include "apr_strings.h"

#include "server/monotonic.h"

/* File systems write times in steps of some milliseconds, a few of a second, FAT of two. A directory that
 * was changed longer ago than that gets another time when it is changed again. */
#define SETTLED apr_time_from_sec(3)
#define TRUSTED apr_time_from_sec(1)

int identity_read(const char *directory, struct identity *identity)
{
    char path[APR_PATH_MAX];
    struct stat data;
    struct stat lock;
    (void)apr_snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (stat(path, &data) != 0) {
        return 0;
    }
    (void)apr_snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    if (stat(path, &lock) != 0) {
        return 0;
    }
    identity->data_device = data.st_dev;
    identity->data_inode = data.st_ino;
    identity->lock_device = lock.st_dev;
    identity->lock_inode = lock.st_ino;
    identity->is_read_only = access(path, W_OK) != 0 && errno == EROFS;
    return 1;
}

int identity_same(const struct identity *one, const struct identity *other)
{
    return one->data_inode == other->data_inode && one->lock_inode == other->lock_inode
           && one->data_device == other->data_device && one->lock_device == other->lock_device
           && one->is_read_only == other->is_read_only;
}

void look_at(const char *directory, struct look *look)
{
    struct stat status;
    look->at = 0;
    if (stat(directory, &status) == 0) {
        look->at = monotonic_now();
        look->wall = apr_time_now();
        look->device = status.st_dev;
        look->inode = status.st_ino;
        look->changed = status.st_ctim;
    }
}

static int is_settled(const struct look *look)
{
    return look->wall - (apr_time_from_sec(look->changed.tv_sec) + look->changed.tv_nsec / 1000)
           >= SETTLED;
}

int look_same(const struct look *before, const struct look *now)
{
    return before->at != 0 && now->at - before->at < TRUSTED && is_settled(before)
           && now->device == before->device && now->inode == before->inode
           && now->changed.tv_sec == before->changed.tv_sec
           && now->changed.tv_nsec == before->changed.tv_nsec;
}
