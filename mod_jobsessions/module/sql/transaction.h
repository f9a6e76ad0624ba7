/* SPDX-License-Identifier: Apache-2.0 */
/* A read-only transaction in the PostgreSQL of a fleet: all that one request reads is of one moment.
 *
 * Connections are mod_dbd's, of the server's DBDParams. apr_dbd's driver takes all rows of a select into memory before
 * the first can be had, so what may be many is read through a cursor, some rows at a time: while some are used PostgreSQL
 * looks for those behind them. Values go to PostgreSQL as parameters, apart from the statement's text. One thread at a time
 * uses a transaction, not always the same. */
#ifndef JOBSESSIONS_SQL_TRANSACTION_H
#define JOBSESSIONS_SQL_TRANSACTION_H

#include "httpd.h"

#include "apr_dbd.h"
#include "apr_tables.h"

#include "jobsessions_read.h"

struct transaction;

/* A statement, put together of constant texts, in which each %s stands for the next of the values. */
struct statement {
    apr_array_header_t *texts;  /* const char * */
    apr_array_header_t *values; /* const char * */
};

struct statement *statement_make(apr_pool_t *pool);

/* Append a text without values, or one that has a value in it. */
void statement_add(struct statement *statement, const char *text);
void statement_add_value(struct statement *statement, const char *text, const char *value);

/* Append what another one has. */
void statement_append(struct statement *statement, const struct statement *other);

/* Begin a transaction. JS_OK, or JS_SYSTEM with what the log shall say. */
js_result transaction_begin(server_rec *server, struct transaction **begun, js_error *error);

/* End it, and give its connection back. NULL is allowed. */
void transaction_end(struct transaction *transaction);

/* Read the rows of a statement, which are few. They hold until the next one. */
js_result transaction_select(struct transaction *transaction, const struct statement *statement,
                             js_error *error);

/* The same, and go to the first one: JS_OK, JS_END where there is none, or JS_SYSTEM. */
js_result transaction_select_first(struct transaction *transaction,
                                   const struct statement *statement, js_error *error);

/* Read the rows of a statement that may have any number of them, which was counted in the same transaction. */
js_result transaction_declare(struct transaction *transaction, const struct statement *statement,
                              apr_uint64_t count, js_error *error);

/* The next row of the select, or of the cursor: JS_OK, JS_END, or JS_SYSTEM. It holds until the next call. */
js_result transaction_next(struct transaction *transaction, js_error *error);

/* A column of the row at hand, from 0; "" where it is null, as apr_dbd has it. */
const char *transaction_column(const struct transaction *transaction, int column);

#endif
