/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz targets that need httpd: mod_jobsessions with libFuzzer inside, loaded into httpd like any module.
 * A target gets requests that httpd has read, from a connection whose two ends are memory, calls what it
 * is there for and states what must hold. */
#ifndef JOBSESSIONS_MOD_FUZZ_H
#define JOBSESSIONS_MOD_FUZZ_H

#include "httpd.h"

#include "apr_tables.h"

#include "jobsessions_read.h"

/* Open the connection that all requests come over, once in a process. */
void fuzz_connect(apr_pool_t *pool, server_rec *server);
void fuzz_register(void);

/* Let httpd read a request, of head and body; fuzz_end() ends it and what it holds. */
request_rec *fuzz_request(const char *head, const char *body, apr_size_t length);
void fuzz_end(request_rec *r);

/* Let httpd answer a request that was refused, and see that what it sends is a whole response with that
 * status and a problem document. */
void fuzz_refuse(request_rec *r, int status);

/* Whether two filters want the same. */
int fuzz_same_filter(const js_filter *one, const js_filter *other);

/* The targets. */
void fuzz_query(const char *data, apr_size_t size);
void fuzz_options(const char *data, apr_size_t size);
void fuzz_accept(const char *data, apr_size_t size);

#endif
