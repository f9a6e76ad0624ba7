/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for slow clients: the rest of a document, in a file without a name.
 *
 * A spool begins at some byte of its document and goes to the end. Clients of documents that are equal
 * share one, so that fifty who lag behind on the same export cost one file. Whoever needs it first
 * fills it; the others may take hold of it at once and wait for it when they come to send. It is gone
 * with its last client. */
#ifndef JOBSESSIONS_SPOOL_H
#define JOBSESSIONS_SPOOL_H

#include "apr_file_io.h"
#include "httpd.h"

#include "response/body.h"

struct spool;

/* In a new child, before threads run: find the directory for temporary files. When the child ends what is
 * being filled is broken off; whoever waits then for threads that fill has to be registered with pchild
 * before. */
void spool_child_init(apr_pool_t *pchild, apr_pool_t *lasting);

/* Take hold of a spool that is or will be filled with the document of that key, from the byte at
 * `from` or before; NULL when there is none. */
struct spool *spool_join(const char *key, apr_off_t from);

/* What is to be spooled, and for whom. */
struct spool_order {
    server_rec *server;   /* whose configuration says where, and how much */
    const char *database; /* its directory, for the log */
    const char *client;   /* its address, for the log */
    const char *key;      /* others may join it by, or NULL */
    apr_interval_time_t
        patience; /* that may be spent on anything but rendering: waiting for the disk */
};

/* Render a document from where it stands to its end into a new spool, unless somebody has begun with an equal
 * one meanwhile: then *is_joined is true. What goes wrong is logged, and shows at spool_open(). NULL: there
 * was no memory. */
struct spool *spool_fill(const struct spool_order *order, struct body *body, int *is_joined);

/* Wait until the spool is filled, and open it for one request. The file's content from `offset`, for
 * `length` bytes, is the document from the byte at `from`. Returns APR_SUCCESS, or an error when the
 * spool is not whole. */
apr_status_t spool_open(struct spool *spool, apr_off_t from, apr_pool_t *pool, apr_file_t **file,
                        apr_off_t *offset, apr_off_t *length);

/* Of a spool that was opened: damaged sessions in all of its document, for which that has placeholders. */
apr_uint64_t spool_damaged(const struct spool *spool);

/* Let go of it. */
void spool_release(struct spool *spool);

#endif
