/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a database is made of: a restore puts others in their place, and who has the old ones open would
 * go on writing where nobody looks. */
#ifndef JS_STORE_FILES_H
#define JS_STORE_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include <lmdb.h>

typedef struct jsp_files {
    dev_t data_device;
    ino_t data_inode;
    dev_t lock_device;
    ino_t lock_inode;
} jsp_files;

/* The files that a directory leads to now; false when one is not there, which has no inode then. */
bool jsp_files_look(const char *directory, jsp_files *files);

bool jsp_files_same(const jsp_files *one, const jsp_files *other);

/* Whether an environment has the data file open that was looked at. */
bool jsp_files_are_open(MDB_env *env, const jsp_files *files);

#endif
