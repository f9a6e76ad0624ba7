/* SPDX-License-Identifier: Apache-2.0 */
#include "write/tombstone.h"

#include "base/bytes.h"
#include "format/change.h"

int jsp_tombstone_put(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                      uint64_t new_usn)
{
    unsigned char usn[8];
    unsigned char id[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    MDB_val by_usn = {sizeof(usn), usn};
    MDB_val by_id = {sizeof(id), id};
    MDB_val value = {sizeof(bytes), bytes};
    bool last = new_usn > transaction->counters.last_usn;
    jsp_put_be64(id, session);
    jsp_put_be64(usn, old_usn);
    int rc = old_usn == JSP_TOMBSTONE_NEW
                 ? 0
                 : jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &by_usn, NULL);
    jsp_put_be64(usn, new_usn);
    jsp_change_pack(bytes, session, true);
    rc = rc != 0 ? rc
                 : jsp_checked_put(&transaction->checked, JSP_TABLE_CHANGES, &by_usn, &value,
                                   last ? MDB_APPEND : 0);
    return rc != 0 ? rc
                   : jsp_checked_put(&transaction->checked, JSP_TABLE_REMOVED, &by_id, &by_usn, 0);
}

int jsp_tombstone_take_away(js_transaction *transaction, uint64_t session)
{
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val usn;
    jsp_put_be64(id, session);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_REMOVED, &by_id, &usn);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &usn, NULL);
    return rc != 0 ? rc
                   : jsp_checked_remove(&transaction->checked, JSP_TABLE_REMOVED, &by_id, NULL);
}

int jsp_tombstone_find(js_transaction *transaction, uint64_t session, uint64_t *usn)
{
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val value;
    jsp_put_be64(id, session);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_REMOVED, &by_id, &value);
    if (rc == 0 && value.mv_size != 8) {
        return MDB_CORRUPTED;
    }
    *usn = rc == 0 ? jsp_get_be64(value.mv_data) : 0;
    return rc;
}
