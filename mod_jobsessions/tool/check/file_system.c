/* SPDX-License-Identifier: Apache-2.0 */
#include "check/file_system.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

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
    if ((room.f_flag & ST_RDONLY) != 0) {
        report_note("%s: it is mounted read-only: nobody writes to it from here", directory);
    } else {
        check_room(directory, &room, report);
    }
}
