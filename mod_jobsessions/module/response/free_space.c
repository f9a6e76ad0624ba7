/* SPDX-License-Identifier: Apache-2.0 */
#include "response/free_space.h"

#include <sys/statvfs.h>

/* A twentieth is left free, or a gigabyte, unless JobSessionsSpoolReserve says otherwise. */
#define RESERVE_PART 20
#define RESERVE_MOST ((apr_off_t)1 << 30)

int free_space_is_left(int descriptor, const struct server_config *config)
{
    struct statvfs system;
    if (fstatvfs(descriptor, &system) != 0) {
        return 1;
    }
    apr_off_t part = (apr_off_t)(system.f_blocks / RESERVE_PART * system.f_frsize);
    apr_off_t kept = config->spool_reserve >= 0 ? config->spool_reserve
                     : part < RESERVE_MOST      ? part
                                                : RESERVE_MOST;
    return (apr_off_t)(system.f_bavail * system.f_frsize) >= kept;
}
