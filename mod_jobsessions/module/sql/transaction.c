/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/transaction.h"

#include "apr_optional.h"
#include "apr_strings.h"
#include "mod_dbd.h"

/* Of a kept connection PostgreSQL may have been restarted since: the first statement tells, and mod_dbd connects anew. */
#define ATTEMPTS 2

/* Rows that a cursor has in memory at a time. */
#define FETCH "fetch 64 from sessions"

struct transaction {
    server_rec *server;
    apr_pool_t *pool; /* its own, as any thread may use it */
    apr_pool_t *rows; /* cleared with each batch of them */
    ap_dbd_t *connection;
    const struct statement *cursor; /* whose rows are read; NULL: those of a select */
    int is_declared;
    apr_dbd_results_t *results;
    apr_dbd_row_t *row;
};

/* ---- Statements ------------------------------------------------------------------------------ */

struct statement *statement_make(apr_pool_t *pool)
{
    struct statement *statement = apr_palloc(pool, sizeof(*statement));
    statement->texts = apr_array_make(pool, 16, sizeof(const char *));
    statement->values = apr_array_make(pool, 8, sizeof(const char *));
    return statement;
}

void statement_add(struct statement *statement, const char *text)
{
    APR_ARRAY_PUSH(statement->texts, const char *) = text;
}

void statement_add_value(struct statement *statement, const char *text, const char *value)
{
    statement_add(statement, text);
    APR_ARRAY_PUSH(statement->values, const char *) = value;
}

void statement_append(struct statement *statement, const struct statement *other)
{
    apr_array_cat(statement->texts, other->texts);
    apr_array_cat(statement->values, other->values);
}

/* ---- A connection ---------------------------------------------------------------------------- */

static js_result fail(js_error *error, const char *what, const char *why)
{
    error->result = JS_SYSTEM;
    (void)apr_snprintf(error->message, sizeof(error->message), "PostgreSQL %s: %.*s", what,
                       (int)strcspn(why, "\r\n"), why);
    return JS_SYSTEM;
}

static js_result failed(const struct transaction *transaction, int code, js_error *error)
{
    const ap_dbd_t *connection = transaction->connection;
    const char *why = apr_dbd_error(connection->driver, connection->handle, code);
    return fail(error, "does not answer", why != NULL && *why != '\0' ? why : "no reason is known");
}

static int run(const struct transaction *transaction, const char *text)
{
    int affected;
    return apr_dbd_query(transaction->connection->driver, transaction->connection->handle,
                         &affected, text);
}

static void disconnect(struct transaction *transaction)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) *close_one = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    if (transaction->connection != NULL) {
        close_one(transaction->server, transaction->connection);
        transaction->connection = NULL;
    }
}

static js_result connect_and_begin(struct transaction *transaction, js_error *error)
{
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) *open_one = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    transaction->connection = open_one(transaction->pool, transaction->server);
    if (transaction->connection == NULL) {
        return fail(error, "cannot be reached", "mod_dbd says above why; look at DBDParams");
    }
    if (strcmp(apr_dbd_name(transaction->connection->driver), "pgsql") != 0) {
        return fail(error, "is not what mod_dbd connects to", "write DBDriver pgsql");
    }
    int code = run(transaction, "begin transaction isolation level repeatable read, read only");
    return code == 0 ? JS_OK : failed(transaction, code, error);
}

js_result transaction_begin(server_rec *server, struct transaction **begun, js_error *error)
{
    apr_pool_t *pool;
    js_result result = JS_SYSTEM;
    *begun = NULL;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return fail(error, "cannot be asked", "there is too little memory");
    }
    struct transaction *transaction = apr_pcalloc(pool, sizeof(*transaction));
    transaction->server = server;
    transaction->pool = pool;
    apr_pool_create(&transaction->rows, pool);
    for (int i = 0; i < ATTEMPTS && result != JS_OK; i++) {
        disconnect(transaction);
        result = connect_and_begin(transaction, error);
    }
    if (result != JS_OK) {
        disconnect(transaction);
        apr_pool_destroy(pool);
        return result;
    }
    *begun = transaction;
    return JS_OK;
}

void transaction_end(struct transaction *transaction)
{
    if (transaction != NULL) {
        apr_pool_clear(transaction->rows);
        (void)run(transaction, "rollback"); /* where that fails mod_dbd connects anew */
        disconnect(transaction);
        apr_pool_destroy(transaction->pool);
    }
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static js_result select_rows(struct transaction *transaction, const char *text,
                             const apr_array_header_t *values, js_error *error)
{
    const ap_dbd_t *connection = transaction->connection;
    apr_dbd_prepared_t *prepared = NULL;
    transaction->results = NULL;
    transaction->row = NULL;
    apr_pool_clear(transaction->rows);
    int code = apr_dbd_prepare(connection->driver, transaction->rows, connection->handle, text,
                               NULL, &prepared);
    if (code == 0) {
        code = apr_dbd_pselect(connection->driver, transaction->rows, connection->handle,
                               &transaction->results, prepared, 1, values->nelts,
                               (const char **)(void *)values->elts);
    }
    return code == 0 ? JS_OK : failed(transaction, code, error);
}

static js_result select_statement(struct transaction *transaction, const char *before,
                                  const struct statement *statement, js_error *error)
{
    const char *text = apr_array_pstrcat(transaction->pool, statement->texts, '\0');
    return select_rows(transaction, apr_pstrcat(transaction->pool, before, text, NULL),
                       statement->values, error);
}

js_result transaction_select(struct transaction *transaction, const struct statement *statement,
                             js_error *error)
{
    transaction->cursor = NULL;
    return select_statement(transaction, "", statement, error);
}

js_result transaction_declare(struct transaction *transaction, const struct statement *statement,
                              js_error *error)
{
    int code = transaction->is_declared ? run(transaction, "close sessions") : 0;
    transaction->cursor = statement;
    transaction->is_declared = code == 0;
    return code == 0 ? select_statement(transaction, "declare sessions no scroll cursor for ",
                                        statement, error)
                     : failed(transaction, code, error);
}

static js_result next_in_memory(struct transaction *transaction)
{
    return transaction->results != NULL
                   && apr_dbd_get_row(transaction->connection->driver, transaction->rows,
                                      transaction->results, &transaction->row, -1)
                          == 0
               ? JS_OK
               : JS_END;
}

static js_result fetch(struct transaction *transaction, js_error *error)
{
    const apr_array_header_t none = {.elts = NULL};
    return select_rows(transaction, FETCH, &none, error);
}

js_result transaction_next(struct transaction *transaction, js_error *error)
{
    js_result result = next_in_memory(transaction);
    if (result == JS_END && transaction->cursor != NULL) {
        result = fetch(transaction, error);
        result = result == JS_OK ? next_in_memory(transaction) : result;
    }
    return result;
}

js_result transaction_select_first(struct transaction *transaction,
                                   const struct statement *statement, js_error *error)
{
    js_result result = transaction_select(transaction, statement, error);
    return result == JS_OK ? transaction_next(transaction, error) : result;
}

const char *transaction_column(const struct transaction *transaction, int column)
{
    return apr_dbd_get_entry(transaction->connection->driver, transaction->row, column);
}
