/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a disk on which nothing can be made durable. */
#include <errno.h>
#include <unistd.h>

int fdatasync(int fd)
{
    (void)fd;
    errno = EIO;
    return -1;
}
