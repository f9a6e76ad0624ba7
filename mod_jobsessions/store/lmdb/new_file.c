/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* What statfs() calls btrfs; <linux/magic.h> has it, but need not be there. */
#define BTRFS 0x9123683e

void jsp_new_file_in_place(int fd)
{
    struct statfs system;
    int flags;
    if (fstatfs(fd, &system) == 0 && (unsigned long)system.f_type == BTRFS
        && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_NOCOW_FL;
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* else it works, and as told */
    }
}

/* Whose the database is. */
static int look_at_owner(const char *directory, struct stat *owner)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    return stat(path, owner) == 0 ? 0 : stat(directory, owner);
}

/* What may not be given stays as it is: the maker itself can work, and who cannot is told why. */
static void hand_over(int fd, const char *directory)
{
    struct stat owner;
    mode_t others = 0;
    jsp_new_file_in_place(fd);
    if (look_at_owner(directory, &owner) == 0) {
        if (fchown(fd, owner.st_uid, owner.st_gid) != 0) {
            (void)!fchown(fd, (uid_t)-1, owner.st_gid);
        }
        others = S_ISREG(owner.st_mode) ? owner.st_mode & 0006 : 0;
    }
    (void)fchmod(fd, JSP_FILE_MODE | others);
}

/* A file without a name until it is handed over. False where there is no such thing. */
static bool make_unnamed(const char *directory, const char *path)
{
    char unnamed[64];
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, JSP_FILE_MODE);
    if (fd < 0) {
        return false;
    }
    hand_over(fd, directory);
    (void)snprintf(unnamed, sizeof(unnamed), "/proc/self/fd/%d", fd);
    bool done = linkat(AT_FDCWD, unnamed, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
                || errno == EEXIST; /* somebody else has made it */
    (void)close(fd);
    return done;
}

static void make_named(const char *directory, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, JSP_FILE_MODE);
    if (fd >= 0) {
        hand_over(fd, directory);
        (void)close(fd);
    }
}

int jsp_new_file_sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int rc = fsync(fd) == 0 ? 0 : errno;
    (void)close(fd);
    return rc;
}

void jsp_new_file_make(const char *directory, const char *name)
{
    char path[4096];
    struct stat about;
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof(path) || lstat(path, &about) == 0) {
        return;
    }
    if (!make_unnamed(directory, path)) {
        make_named(directory, path);
    }
    (void)jsp_new_file_sync_directory(directory);
}

int jsp_new_file_make_directory(const char *directory)
{
    if (mkdir(directory, JSP_DIRECTORY_MODE & 0777) != 0) {
        return errno == EEXIST ? 0 : errno;
    }
    /* setgid is left out in silence where the maker is not in the directory's group */
    return chmod(directory, JSP_DIRECTORY_MODE) == 0 ? 0 : errno;
}
