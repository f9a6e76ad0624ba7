/* SPDX-License-Identifier: Apache-2.0 */
/* lock.mdb, beside data.mdb: LMDB keeps its readers and the writers' lock there, through a map. */
#ifndef JS_STORE_LOCK_FILE_H
#define JS_STORE_LOCK_FILE_H

#include <stdbool.h>

#include <lmdb.h>

#include "jobsessions.h"

/* More than httpd has threads; 64 bytes each in the file. Its maker decides, so every opener asks for the
 * same. */
#define JSP_READERS_MAX 4094

/* Make it where it is missing, and take its blocks. 0, ENOSPC or EDQUOT. */
int jsp_lock_file_reserve(const char *directory);

/* Whether its mutexes are destroyed, so that no transaction can begin. They stay so until the last process closes
 * it that has it open: close it and open it again. */
bool jsp_lock_file_is_dead(MDB_env *env);

/* Fill error where LMDB does not know the format of lock.mdb: who has it open. The data is fine. JS_SYSTEM. */
js_result jsp_lock_file_foreign(const char *directory, js_error *error);

/* Whether it is the data's: JS_OK, JS_DAMAGED, or why it cannot be told. */
js_result jsp_lock_file_check(MDB_env *env, const char *directory, js_error *error);

#endif
