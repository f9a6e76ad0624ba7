/* SPDX-License-Identifier: Apache-2.0 */
#include "write/workers.h"

#include <string.h>

#include "base/bytes.h"
#include "base/ticks.h"
#include "format/status.h"

/* An entry that says the same is not written again before it is so old. */
#define FRESH (10 * JSP_TICKS_SECOND)

/* Bytes of LMDB's record of a table. */
#define RECORD 48

/* LMDB is about to look for the table among the names, and perhaps to enter it. */
static int check_names(js_transaction *transaction, bool make)
{
    jsp_checked *checked = &transaction->checked;
    jsp_table others = jsp_tables_of(transaction->database->format, transaction->database->writers);
    int rc = 0;
    for (jsp_table table = 0; table < others && rc == 0; table++) {
        rc = jsp_guard_open(&checked->guard, &checked->tables[table]);
    }
    return rc != 0 || !make
               ? rc
               : jsp_guard_write(&checked->guard, &checked->tables[JSP_TABLE_WORKERS], RECORD);
}

/* Databases of before have no such table, and get it with the first entry. The handle is the database's once the
 * transaction is committed. */
static int open_table(js_transaction *transaction, bool make)
{
    js_database *database = transaction->database;
    if (database->has_workers || transaction->has_workers) {
        return 0;
    }
    if (database->format < JSP_FORMAT_2 || (transaction->lacks_workers && !make)) {
        return MDB_NOTFOUND;
    }
    const char *name = jsp_table_name(JSP_TABLE_WORKERS);
    MDB_dbi *handle = &database->tables[JSP_TABLE_WORKERS];
    int rc = check_names(transaction, make);
    rc = rc != 0 ? rc : mdb_dbi_open(transaction->checked.txn, name, 0, handle);
    if (rc == MDB_NOTFOUND && make) {
        rc = mdb_dbi_open(transaction->checked.txn, name, MDB_CREATE, handle);
        /* of what LMDB makes itself nothing is to be checked */
        transaction->checked.tables[JSP_TABLE_WORKERS].is_open = true;
        transaction->checked.tables[JSP_TABLE_WORKERS].tree.tree.root = JSP_NO_PAGE;
    }
    transaction->has_workers = rc == 0;
    transaction->lacks_workers = rc == MDB_NOTFOUND;
    return rc;
}

/* Whose sessions the transaction writes. */
static const jsp_running *writer(const js_transaction *transaction)
{
    return transaction->writer != NULL ? transaction->writer
                                       : jsp_database_worker(transaction->database);
}

static int put(js_transaction *transaction, const jsp_worker *worker)
{
    unsigned char id[8];
    unsigned char bytes[JSP_WORKER_SIZE];
    MDB_val key = {sizeof(id), id};
    MDB_val value = {sizeof(bytes), bytes};
    int rc = open_table(transaction, true);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    jsp_put_be64(id, worker->id);
    jsp_worker_pack(bytes, worker);
    return jsp_checked_put(&transaction->checked, JSP_TABLE_WORKERS, &key, &value, 0);
}

int jsp_workers_note(js_transaction *transaction, uint64_t id, uint64_t usn, unsigned status)
{
    if (!jsp_status_is_running(status)) {
        return jsp_workers_forget(transaction, id);
    }
    jsp_worker worker = {
        .id = id, .usn = usn, .time = jsp_ticks_now(), .running = *writer(transaction)};
    return put(transaction, &worker);
}

int jsp_workers_note_nobody(js_transaction *transaction, uint64_t id, uint64_t usn)
{
    return put(transaction, &(jsp_worker){.id = id, .usn = usn, .time = jsp_ticks_now()});
}

int jsp_workers_hear(js_transaction *transaction, const jsp_entry *entry)
{
    jsp_worker known;
    if (!jsp_status_is_running(entry->status)) {
        return 0;
    }
    int rc = jsp_workers_find(transaction, entry->id, entry->usn, &known);
    int64_t age = jsp_ticks_now() - known.time;
    if (rc == 0 && age >= 0 && age < FRESH
        && jsp_running_is_same(&known.running, writer(transaction))) {
        return 0;
    }
    return rc != 0 && rc != MDB_NOTFOUND
               ? rc
               : jsp_workers_note(transaction, entry->id, entry->usn, entry->status);
}

int jsp_workers_find(js_transaction *transaction, uint64_t id, uint64_t usn, jsp_worker *worker)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    memset(worker, 0, sizeof(*worker));
    int rc = open_table(transaction, false);
    jsp_put_be64(bytes, id);
    rc = rc != 0 ? rc : jsp_checked_get(&transaction->checked, JSP_TABLE_WORKERS, &key, &value);
    if (rc != 0) {
        return rc;
    }
    return jsp_worker_unpack(id, value.mv_data, value.mv_size, worker) && worker->usn == usn
               ? 0
               : MDB_NOTFOUND;
}

int jsp_workers_forget(js_transaction *transaction, uint64_t id)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    int rc = open_table(transaction, false);
    jsp_put_be64(bytes, id);
    rc = rc != 0 ? rc : jsp_checked_get(&transaction->checked, JSP_TABLE_WORKERS, &key, &value);
    rc = rc != 0 ? rc : jsp_checked_remove(&transaction->checked, JSP_TABLE_WORKERS, &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int remove_all(js_transaction *transaction, MDB_cursor *cursor)
{
    unsigned char first[8] = {0};
    MDB_val key = {sizeof(first), first};
    MDB_val value;
    int rc =
        jsp_checked_reach(&transaction->checked, JSP_TABLE_WORKERS, &key, NULL, JSP_GUARD_AROUND);
    rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0) {
        rc = jsp_checked_reach_to_write(&transaction->checked, JSP_TABLE_WORKERS, &key, NULL,
                                        JSP_GUARD_REMOVE);
        rc = rc != 0 ? rc : mdb_cursor_del(cursor, 0);
        rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_workers_forget_all(js_transaction *transaction)
{
    MDB_cursor *cursor;
    int rc = open_table(transaction, false);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = mdb_cursor_open(transaction->checked.txn, transaction->database->tables[JSP_TABLE_WORKERS],
                         &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = remove_all(transaction, cursor);
    mdb_cursor_close(cursor);
    return rc;
}
