/* SPDX-License-Identifier: Apache-2.0 */
/* File systems where locks and maps are not what LMDB needs. */
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/vfs.h>

#include "jobsessions.h"

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42
#endif

static const struct {
    uint32_t magic;
    const char *name;
} distant[] = {
    {NFS_SUPER_MAGIC, "NFS"},     {SMB_SUPER_MAGIC, "SMB"},   {CIFS_SUPER_MAGIC, "CIFS"},
    {SMB2_SUPER_MAGIC, "SMB"},    {FUSE_SUPER_MAGIC, "FUSE"}, {V9FS_MAGIC, "9P"},
    {CEPH_SUPER_MAGIC, "Ceph"},   {AFS_SUPER_MAGIC, "AFS"},   {CODA_SUPER_MAGIC, "Coda"},
    {OCFS2_SUPER_MAGIC, "OCFS2"},
};

const char *js_distant_file_system(const char *directory)
{
    struct statfs system;
    if (statfs(directory, &system) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(distant) / sizeof(distant[0]); i++) {
        if (distant[i].magic == (uint32_t)system.f_type) {
            return distant[i].name;
        }
    }
    return NULL;
}
