/* SPDX-License-Identifier: Apache-2.0 */
/* js_transaction_forget(): a tombstone goes, and a mark under the highest usn of those that have gone says so. Earlier
 * versions do not know the mark, and take the list of changes that meets it for damaged, instead of handing out one
 * that lacks removals. */
#include <inttypes.h>

#include "base/bytes.h"
#include "base/error.h"
#include "format/change.h"
#include "write/naming.h"
#include "write/tombstone.h"

static int read_mark(js_transaction *transaction, uint64_t *usn)
{
    MDB_val key = {sizeof(JSP_KEY_FORGOTTEN) - 1, JSP_KEY_FORGOTTEN};
    MDB_val value;
    *usn = 0;
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_META, &key, &value);
    if (rc == 0 && value.mv_size != sizeof(*usn)) {
        return MDB_CORRUPTED;
    }
    if (rc == 0) {
        *usn = jsp_get_be64(value.mv_data);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int remove_change(js_transaction *transaction, uint64_t usn)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_put_be64(bytes, usn);
    return jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &key, NULL);
}

/* In the place of the tombstone under a usn; the one there was goes. */
static int move_mark(js_transaction *transaction, uint64_t from, uint64_t to)
{
    unsigned char usn[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    MDB_val name = {sizeof(JSP_KEY_FORGOTTEN) - 1, JSP_KEY_FORGOTTEN};
    MDB_val number = {sizeof(usn), usn};
    MDB_val mark = {sizeof(bytes), bytes};
    jsp_put_be64(usn, to);
    jsp_change_pack(bytes, &(jsp_change){.id = JSP_CHANGE_MARK});
    int rc = from != 0 ? remove_change(transaction, from) : 0;
    rc =
        rc != 0 ? rc : jsp_checked_put(&transaction->checked, JSP_TABLE_CHANGES, &number, &mark, 0);
    return rc != 0 ? rc : jsp_checked_put(&transaction->checked, JSP_TABLE_META, &name, &number, 0);
}

static int forget(js_transaction *transaction, const js_removed *removed)
{
    uint64_t mark;
    int rc = read_mark(transaction, &mark);
    if (rc == 0) {
        rc = removed->usn > mark ? move_mark(transaction, mark, removed->usn)
                                 : remove_change(transaction, removed->usn);
    }
    rc = rc != 0 ? rc : jsp_naming_remove(transaction, removed->id);
    return rc != 0 ? rc : jsp_tombstone_forget(transaction, removed->id);
}

/* The tombstone under a usn, which `removed` has to be of; 0, MDB_NOTFOUND or another error. */
static int find(js_transaction *transaction, js_removed *removed)
{
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    uint64_t known;
    jsp_put_be64(usn, removed->usn);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_CHANGES, &key, &value);
    if (rc != 0) {
        return rc;
    }
    if (value.mv_size != JSP_CHANGE_SIZE) {
        return MDB_CORRUPTED;
    }
    if (!jsp_change_is_deletion(value.mv_data)) {
        return MDB_NOTFOUND;
    }
    removed->id = jsp_change_id(value.mv_data);
    rc = jsp_tombstone_find(transaction, removed->id, &known);
    return rc == MDB_NOTFOUND || (rc == 0 && known != removed->usn) ? MDB_CORRUPTED : rc;
}

/* Only earlier versions have taken such numbers. */
static bool is_mistaken(const js_transaction *transaction, uint64_t usn)
{
    return transaction->counters.last_id == JSP_CHANGE_MARK || usn > JSP_USN_COUNTED_MAX;
}

js_result js_transaction_forget(js_transaction *transaction, uint64_t usn, js_error *error)
{
    js_removed removed = {.usn = usn};
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = find(transaction, &removed);
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: no removal has the usn %" PRIu64,
                        transaction->database->directory, usn);
    }
    if (rc == 0 && is_mistaken(transaction, usn)) {
        return jsp_fail(error, JS_INVALID,
                        "%s: it has ids or usns that no counter gives; run `jobsessions renumber` "
                        "before removals are forgotten",
                        transaction->database->directory);
    }
    rc = rc == 0 ? forget(transaction, &removed) : rc;
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc,
                                     "forget a removal");
    }
    transaction->counters.revision++;
    return JS_OK;
}
