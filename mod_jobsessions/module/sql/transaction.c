/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/transaction.h"

#include "apr_optional.h"
#include "apr_strings.h"
#include "mod_dbd.h"

/* Without compiling statements (jit): over the partitions of two years that takes a tenth of a second, which their rows do
 * not bring back. Asked first, as not all that speak PostgreSQL's protocol know it. */
#define BEGIN                                                                                      \
    "begin transaction isolation level repeatable read, read only;"                                \
    "select set_config('jit', 'off', true) where current_setting('jit', true) = 'on'"

/* To pgpool-II: by who has the cursor. Another server has another moment, and is not in the transaction. */
#define NOT_BALANCED "/*NO LOAD BALANCE*/ "

/* Of a kept connection PostgreSQL may have been restarted since: the first statement tells, and mod_dbd connects anew. */
#define ATTEMPTS 2

/* A cursor's rows are fetched by several statements that are sent as one: PostgreSQL goes on with the next ones while
 * the rows of the first are used. They begin few and become more, as PostgreSQL waits for those that are sent then, but
 * all are taken from the connection also when the client has gone. */
#define FETCH "fetch %d from sessions;"
#define FETCH_SIZE (sizeof(FETCH) + 10)
#define FETCHES_FIRST 4
#define FETCHES_MAX 128
#define FETCH_BYTES 65536 /* by the length of the rows before them */
#define FETCH_ROWS_FIRST 16
#define FETCH_ROWS_MAX 256 /* of a megabyte each, when those before were short */

/* What of a cursor is still to be had. */
struct cursor {
    int is_declared;
    int is_read;        /* something was asked for, and its end was not seen */
    apr_uint64_t left;  /* not asked for */
    apr_uint64_t asked; /* asked for, and not there yet */
    apr_uint64_t came;  /* of what was asked for last; their bytes: */
    apr_uint64_t bytes;
    int fetches; /* that are sent next */
};

struct transaction {
    server_rec *server;
    apr_pool_t *pool; /* its own, as any thread may use it */
    apr_pool_t *rows; /* cleared with each batch of them */
    ap_dbd_t *connection;
    struct cursor cursor;
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
    int code = run(transaction, BEGIN);
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

/* ---- Rows ------------------------------------------------------------------------------------ */

static js_result next_there(struct transaction *transaction)
{
    return transaction->results != NULL
                   && apr_dbd_get_row(transaction->connection->driver, transaction->rows,
                                      transaction->results, &transaction->row, -1)
                          == 0
               ? JS_OK
               : JS_END;
}

/* What a cursor was asked for and nobody read is taken from the connection, and from memory. */
static void forget_rows(struct transaction *transaction)
{
    while (transaction->cursor.is_read && next_there(transaction) == JS_OK) {
    }
    transaction->cursor.is_read = 0;
    transaction->cursor.asked = 0;
    transaction->results = NULL;
    transaction->row = NULL;
    apr_pool_clear(transaction->rows);
}

static js_result select_rows(struct transaction *transaction, const char *before,
                             const struct statement *statement, js_error *error)
{
    const ap_dbd_t *connection = transaction->connection;
    apr_dbd_prepared_t *prepared = NULL;
    const apr_array_header_t *values = statement->values;
    const char *text =
        apr_pstrcat(transaction->pool, before,
                    apr_array_pstrcat(transaction->pool, statement->texts, '\0'), NULL);
    forget_rows(transaction);
    int code = apr_dbd_prepare(connection->driver, transaction->rows, connection->handle, text,
                               NULL, &prepared);
    if (code == 0) {
        code = apr_dbd_pselect(connection->driver, transaction->rows, connection->handle,
                               &transaction->results, prepared, 1, values->nelts,
                               (const char **)(void *)values->elts);
    }
    return code == 0 ? JS_OK : failed(transaction, code, error);
}

js_result transaction_select(struct transaction *transaction, const struct statement *statement,
                             js_error *error)
{
    transaction->cursor.left = 0;
    return select_rows(transaction, NOT_BALANCED, statement, error);
}

js_result transaction_declare(struct transaction *transaction, const struct statement *statement,
                              apr_uint64_t count, js_error *error)
{
    struct cursor *cursor = &transaction->cursor;
    forget_rows(transaction);
    int code = cursor->is_declared ? run(transaction, "close sessions") : 0;
    *cursor = (struct cursor){.is_declared = code == 0, .left = count, .fetches = FETCHES_FIRST};
    return code == 0 ? select_rows(transaction, "declare sessions no scroll cursor for ", statement,
                                   error)
                     : failed(transaction, code, error);
}

/* A power of two, as pg_stat_statements keeps each number apart. */
static apr_uint64_t rows_of_fetch(const struct cursor *cursor)
{
    apr_uint64_t wanted =
        cursor->came == 0 ? FETCH_ROWS_FIRST : FETCH_BYTES * cursor->came / (cursor->bytes + 1);
    apr_uint64_t rows = 1;
    while (2 * rows <= wanted && rows < FETCH_ROWS_MAX) {
        rows *= 2;
    }
    return rows;
}

/* Ask for the next rows, and not behind the last one: the driver waits a tenth of a second where none come. */
static js_result fetch(struct transaction *transaction, js_error *error)
{
    char text[FETCHES_MAX * FETCH_SIZE];
    char *at = text;
    const ap_dbd_t *connection = transaction->connection;
    struct cursor *cursor = &transaction->cursor;
    apr_uint64_t most = rows_of_fetch(cursor);
    forget_rows(transaction);
    for (int i = 0; i < cursor->fetches && cursor->left > 0; i++) {
        apr_uint64_t rows = cursor->left < most ? cursor->left : most;
        at += apr_snprintf(at, FETCH_SIZE, FETCH, (int)most);
        cursor->left -= rows;
        cursor->asked += rows;
    }
    cursor->fetches = cursor->fetches < FETCHES_MAX ? 2 * cursor->fetches : FETCHES_MAX;
    cursor->came = cursor->bytes = 0;
    cursor->is_read = 1;
    int code = apr_dbd_select(connection->driver, transaction->rows, connection->handle,
                              &transaction->results, text, 0);
    return code == 0 ? JS_OK : failed(transaction, code, error);
}

static void count_row(const struct transaction *transaction, struct cursor *cursor)
{
    int columns = apr_dbd_num_cols(transaction->connection->driver, transaction->results);
    for (int i = 0; i < columns; i++) {
        cursor->bytes += strlen(transaction_column(transaction, i));
    }
    cursor->came++;
    cursor->asked--;
}

/* Fewer than were counted are none of them all: the driver tells no error from the end. */
static js_result next_of_cursor(struct transaction *transaction, js_error *error)
{
    struct cursor *cursor = &transaction->cursor;
    js_result result = cursor->asked == 0 ? fetch(transaction, error) : JS_OK;
    if (result != JS_OK) {
        return result;
    }
    if (next_there(transaction) != JS_OK) {
        return failed(transaction, 0, error);
    }
    count_row(transaction, cursor);
    return JS_OK;
}

js_result transaction_next(struct transaction *transaction, js_error *error)
{
    const struct cursor *cursor = &transaction->cursor;
    return cursor->left > 0 || cursor->asked > 0 ? next_of_cursor(transaction, error)
                                                 : next_there(transaction);
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

/* ---- The end --------------------------------------------------------------------------------- */

void transaction_end(struct transaction *transaction)
{
    if (transaction != NULL) {
        forget_rows(transaction);
        (void)run(transaction, "rollback"); /* where that fails mod_dbd connects anew */
        disconnect(transaction);
        apr_pool_destroy(transaction->pool);
    }
}
