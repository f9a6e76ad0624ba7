/* SPDX-License-Identifier: Apache-2.0 */
/* lock.mdb, beside data.mdb: LMDB keeps its readers and the writers' lock there, through a map. */
#ifndef JS_STORE_LOCK_FILE_H
#define JS_STORE_LOCK_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include <lmdb.h>

#include "jobsessions.h"

/* More than httpd has threads; 64 bytes each in the file. Its maker decides, so every opener asks for the
 * same. */
#define JSP_READERS_MAX 4094

/* Of a new one, before the umask. */
#define JSP_LOCK_FILE_MODE 0660

bool jsp_lock_file_exists(const char *directory);

/* Make it where it is missing, and take its blocks. 0, ENOSPC or EDQUOT. */
int jsp_lock_file_reserve(const char *directory);

/* Give one that a reader has made the modes of the data, so that it does not keep workers out. */
void jsp_lock_file_share(const char *directory, mode_t data_mode);

/* Whether it is the data's: JS_OK, JS_DAMAGED, or why it cannot be told. */
js_result jsp_lock_file_check(MDB_env *env, const char *directory, js_error *error);

#endif
