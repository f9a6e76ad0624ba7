/* SPDX-License-Identifier: Apache-2.0 */
#include "check/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "jobsessions.h"

/* Less is soon used up by a database that grows. */
#define ROOM_MIN ((uint64_t)64 << 20)

static void check_type(const char *directory, struct report *report)
{
    const char *distant = js_distant_file_system(directory);
    if (distant != NULL) {
        report_fault(report,
                     "%s: it lies on %s, where LMDB's locks do not keep processes of several "
                     "machines apart; move the database to a local file system",
                     directory, distant);
    } else {
        report_note("%s: it lies on a local file system", directory);
    }
}

/* What statfs() calls btrfs. */
#define BTRFS 0x9123683e

static bool is_written_elsewhere(const char *path)
{
    struct statfs system;
    int flags = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is = fstatfs(fd, &system) == 0 && (unsigned long)system.f_type == BTRFS
              && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NOCOW_FL) == 0;
    (void)close(fd);
    return is;
}

/* Databases of earlier versions, and those that were copied by other means. */
static void check_copies(const char *directory, struct report *report)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    char path[4096];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%.4000s/%s", directory, names[i]);
        if (is_written_elsewhere(path)) {
            report_fault(
                report,
                "%s: btrfs writes it to another place each time, so it falls to pieces, and "
                "nobody can read or write once there is no room; run `jobsessions compact`, "
                "which makes both files anew",
                path);
        }
    }
}

static void check_room(const char *directory, const struct statvfs *system, struct report *report)
{
    uint64_t room = (uint64_t)system->f_bavail * system->f_frsize;
    if (room < ROOM_MIN) {
        report_fault(report,
                     "%s: its file system has %" PRIu64 " bytes left; make room, or workers will "
                     "be refused: `jobsessions prune`, then `jobsessions compact`",
                     directory, room);
    } else {
        report_note("%s: its file system has %" PRIu64 " bytes left", directory, room);
    }
}

void file_system_check(const char *directory, struct report *report)
{
    struct statvfs room;
    if (statvfs(directory, &room) != 0) {
        report_fault(report, "%s: its file system does not answer: %s", directory, strerror(errno));
        return;
    }
    check_type(directory, report);
    check_copies(directory, report);
    if ((room.f_flag & ST_RDONLY) != 0) {
        report_note("%s: it is mounted read-only: nobody writes to it from here", directory);
    } else {
        check_room(directory, &room, report);
    }
}
