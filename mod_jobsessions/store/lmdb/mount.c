/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"

/* What statfs() calls overlayfs; <linux/magic.h> has it, but need not be there. */
#define OVERLAYFS 0x794c7630

bool jsp_mount_is_read_only(const char *path)
{
    struct statvfs system;
    return statvfs(path, &system) == 0 && (system.f_flag & ST_RDONLY) != 0;
}

/* A line of mountinfo: the mount's number first, its own options sixth, those of its file system last; either
 * begin with ro or rw. */
static bool is_of_mount_alone(const char *line, unsigned long long mount)
{
    char options[3];
    char *rest;
    const char *last = strrchr(line, ' ');
    return strtoull(line, &rest, 10) == mount && last != NULL
           && sscanf(rest, "%*s %*s %*s %*s %2s", options) == 1 && strcmp(options, "ro") == 0
           && strncmp(last, " rw", 3) == 0;
}

/* False also where the kernel does not tell. */
static bool find_in_mounts(unsigned long long mount)
{
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (mounts == NULL) {
        return false;
    }
    while (!found && getline(&line, &room, mounts) >= 0) {
        found = is_of_mount_alone(line, mount);
    }
    free(line);
    (void)fclose(mounts);
    return found;
}

static bool is_mounted_read_only(const char *path)
{
    struct statx about;
    return jsp_mount_is_read_only(path) && statx(AT_FDCWD, path, 0, STATX_MNT_ID, &about) == 0
           && (about.stx_mask & STATX_MNT_ID) != 0 && find_in_mounts(about.stx_mnt_id);
}

/* Where the file is not there, it would be made in the directory. */
static bool file_is_mounted_read_only(const char *directory, const char *name)
{
    char path[4096];
    struct stat about;
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return is_mounted_read_only(stat(path, &about) == 0 ? path : directory);
}

js_result jsp_mount_check(const char *directory, bool may_write, js_error *error)
{
    if (!file_is_mounted_read_only(directory, "lock.mdb")
        && !(may_write && file_is_mounted_read_only(directory, "data.mdb"))) {
        return JS_OK;
    }
    return jsp_fail(error, JS_FORBIDDEN,
                    "%s: it is mounted read-only here, while others can write to it, and readers, "
                    "too, need to write to lock.mdb; add ReadWritePaths=%s to the systemd unit, or "
                    "take :ro from the container's volume",
                    directory, directory);
}

void jsp_mount_settle(const char *directory)
{
    char path[4096];
    struct statfs system;
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    if (statfs(path, &system) != 0 || system.f_type != OVERLAYFS) {
        return;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        (void)close(fd); /* LMDB's locks are on the other file */
    }
}
