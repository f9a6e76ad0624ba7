/* SPDX-License-Identifier: Apache-2.0 */
#include "check/way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(WAY_MAX >= PATH_MAX, "realpath() takes that");

bool way_resolve(const char *directory, char resolved[WAY_MAX], struct report *report)
{
    struct stat about;
    if (realpath(directory, resolved) == NULL) {
        report_fault(report,
                     "%s: %s; name the right directory with -d, or let a worker or `jobsessions "
                     "put` make it",
                     directory, strerror(errno));
        return false;
    }
    if (stat(resolved, &about) != 0 || !S_ISDIR(about.st_mode)) {
        report_fault(report, "%s: it is no directory; name the one that holds data.mdb", directory);
        return false;
    }
    return true;
}

static bool is_open(const char *user, const char *directory, struct report *report)
{
    struct stat about;
    if (faccessat(AT_FDCWD, directory, X_OK, AT_EACCESS) == 0) {
        return true;
    }
    int cause = errno;
    if (stat(directory, &about) != 0) {
        report_fault(report, "user %s: %s: %s", user, directory, strerror(cause));
        return false;
    }
    report_fault(report,
                 "user %s cannot enter %s, which belongs to user %u and group %u and has the mode "
                 "%04o; as root: chmod g+x %s, with the user in that group, or chmod o+x",
                 user, directory, about.st_uid, about.st_gid, about.st_mode & 07777, directory);
    return false;
}

bool way_is_open(const char *user, const char *directory, struct report *report)
{
    char path[WAY_MAX];
    (void)snprintf(path, sizeof(path), "%s", directory);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool open = is_open(user, path, report);
        *slash = '/';
        if (!open) {
            return false;
        }
    }
    return is_open(user, path, report);
}

void way_check_modes(const char *directory, struct report *report)
{
    static const char *const names[] = {"", "/data.mdb", "/lock.mdb"};
    char path[WAY_MAX + 16];
    struct stat about;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", directory, names[i]);
        if (stat(path, &about) != 0) {
            continue;
        }
        if ((about.st_mode & S_IWOTH) != 0) {
            report_fault(report, "%s: everybody can write to it, its mode is %04o; chmod o-w %s",
                         path, about.st_mode & 07777, path);
        }
        if (names[i][0] != '\0' && !S_ISREG(about.st_mode)) {
            report_fault(report, "%s: it is no file; restore the database from a backup", path);
        }
    }
}
