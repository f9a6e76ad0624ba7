/* SPDX-License-Identifier: Apache-2.0 */
/* The databases this httpd process has open.
 *
 * An LMDB environment must not cross fork() and must not be opened twice in one process, however
 * many virtual hosts name it and by whatever path. So each child opens for itself and keeps one
 * environment per file: per device and inode of data.mdb and lock.mdb. Every request looks whether
 * those are still the same, which is how a database that was missing, replaced by a restored copy or
 * brought back is found without a restart. An environment that no directory leads to any more is
 * closed when its last request has let go of it. */
#ifndef JOBSESSIONS_DATABASES_H
#define JOBSESSIONS_DATABASES_H

#include "httpd.h"

#include "jobsessions_read.h"

struct database;

/* In a new child, before threads run: open what can be opened, log what cannot. */
void databases_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server);

/* The database of a server, which must have a JobSessionsDatabase, held until databases_release().
 * Returns JS_OK or what js_open() returns, error filled. */
js_result databases_acquire(server_rec *server, struct database **database, js_error *error);
void databases_release(struct database *database);

js_database *databases_store(const struct database *database);

/* A number that no other database has had in this process: not 0. */
apr_uint64_t databases_serial(const struct database *database);

#endif
