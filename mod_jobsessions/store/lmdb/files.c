/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/files.h"

#include <stdio.h>
#include <sys/stat.h>

bool jsp_files_look(const char *directory, jsp_files *files)
{
    char path[4096];
    struct stat about;
    *files = (jsp_files){0};
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (stat(path, &about) != 0) {
        return false;
    }
    files->data_device = about.st_dev;
    files->data_inode = about.st_ino;
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    if (stat(path, &about) != 0) {
        return false;
    }
    files->lock_device = about.st_dev;
    files->lock_inode = about.st_ino;
    return true;
}

bool jsp_files_same(const jsp_files *one, const jsp_files *other)
{
    return one->data_inode == other->data_inode && one->lock_inode == other->lock_inode
           && one->data_device == other->data_device && one->lock_device == other->lock_device;
}

bool jsp_files_are_open(MDB_env *env, const jsp_files *files)
{
    int fd;
    struct stat data;
    return mdb_env_get_fd(env, &fd) == 0 && fstat(fd, &data) == 0
           && data.st_dev == files->data_device && data.st_ino == files->data_inode;
}
