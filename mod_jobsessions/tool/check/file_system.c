/* SPDX-License-Identifier: Apache-2.0 */
#include "check/file_system.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

/* Less is soon used up by a database that grows. */
#define ROOM_MIN ((uint64_t)64 << 20)

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42
#endif

/* Where locks and maps are not what LMDB needs, or are not to be relied on. */
static const struct {
    uint32_t magic;
    const char *name;
} distant[] = {
    {NFS_SUPER_MAGIC, "NFS"},     {SMB_SUPER_MAGIC, "SMB"},   {CIFS_SUPER_MAGIC, "CIFS"},
    {SMB2_SUPER_MAGIC, "SMB"},    {FUSE_SUPER_MAGIC, "FUSE"}, {V9FS_MAGIC, "9P"},
    {CEPH_SUPER_MAGIC, "Ceph"},   {AFS_SUPER_MAGIC, "AFS"},   {CODA_SUPER_MAGIC, "Coda"},
    {OCFS2_SUPER_MAGIC, "OCFS2"},
};

static void check_type(const char *directory, const struct statfs *system, struct report *report)
{
    for (size_t i = 0; i < sizeof(distant) / sizeof(distant[0]); i++) {
        if (distant[i].magic == (uint32_t)system->f_type) {
            report_fault(report,
                         "%s: it lies on %s, where LMDB's locks do not keep processes of several "
                         "machines apart; move the database to a local file system",
                         directory, distant[i].name);
            return;
        }
    }
    report_note("%s: it lies on a local file system (type %#" PRIx32 ")", directory,
                (uint32_t)system->f_type);
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
    struct statfs type;
    struct statvfs room;
    if (statfs(directory, &type) != 0 || statvfs(directory, &room) != 0) {
        report_fault(report, "%s: its file system does not answer: %s", directory, strerror(errno));
        return;
    }
    check_type(directory, &type, report);
    if ((room.f_flag & ST_RDONLY) != 0) {
        report_note("%s: it is mounted read-only: nobody writes to it from here", directory);
    } else {
        check_room(directory, &room, report);
    }
}
