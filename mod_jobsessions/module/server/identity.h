/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a database's directory holds, and a cheap way to see that they are still the same. */
#ifndef JOBSESSIONS_IDENTITY_H
#define JOBSESSIONS_IDENTITY_H

#include <sys/types.h>
#include <time.h>

#include "apr_time.h"

/* Which files an environment is made of. On a file system that is read-only LMDB takes no locks; when it
 * can be written to, readers have to begin anew, with them. */
struct identity {
    dev_t data_device, lock_device;
    ino_t data_inode, lock_inode;
    int is_read_only;
};

/* Returns whether both files are there. */
int identity_read(const char *directory, struct identity *identity);

int identity_same(const struct identity *one, const struct identity *other);

/* How a directory looked: a file that is put into it, taken out or renamed changes its ctime. */
struct look {
    apr_time_t at;   /* monotonic, 0: not looked yet */
    apr_time_t wall; /* the same by the clock that `changed` is of */
    dev_t device;
    ino_t inode;
    struct timespec changed;
};

void look_at(const char *directory, struct look *look);

/* Whether what was identified after `before` still holds. Not everything shows in a directory's ctime, a
 * symbolic link's target for one, so that is so for a second at most. */
int look_same(const struct look *before, const struct look *now);

#endif
