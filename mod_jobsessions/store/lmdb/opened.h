/* SPDX-License-Identifier: Apache-2.0 */
/* The files that this process has open by LMDB: none is opened a second time.
 *
 * Locks of fcntl() belong to a process. Who closes any descriptor of a file gives back all that the process holds
 * there, and with those on lock.mdb LMDB's knowledge of who is alive: the next process takes itself for the first
 * one, makes the mutexes anew, and writes at the same time as those who have the old ones. */
#ifndef JS_STORE_OPENED_H
#define JS_STORE_OPENED_H

#include <stdbool.h>

#include "lmdb/files.h"

typedef struct jsp_opened {
    struct jsp_opened *next;
    jsp_files files;
    bool may_write;
    const char *path; /* for messages */
} jsp_opened;

/* To be called before the following. 0 or errno. */
int jsp_opened_watch(void);

/* Nobody else in this process opens or closes files between the two. A child made by fork() has nothing open. */
void jsp_opened_lock(void);
void jsp_opened_unlock(void);

/* With the lock held: what stands in the way of opening these files, or NULL. Two that only read may share a
 * data.mdb whose lock.mdb was made anew, as they hold no lock on it. */
const jsp_opened *jsp_opened_find(const jsp_files *files, bool may_write);

/* With the lock held: files are open, they are no more. */
void jsp_opened_add(jsp_opened *opened);
void jsp_opened_remove(const jsp_opened *opened);

#endif
