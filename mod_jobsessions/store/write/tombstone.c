/* SPDX-License-Identifier: Apache-2.0 */
#include "write/tombstone.h"

#include "base/bytes.h"
#include "base/ticks.h"
#include "format/change.h"
#include "write/naming.h"

/* By its usn, in the place of what stands under the old one. */
static int put_change(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                      uint64_t new_usn)
{
    unsigned char usn[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    uint8_t uuid[JSP_UUID_SIZE];
    jsp_change change = {.id = session, .deleted = true};
    MDB_val by_usn = {sizeof(usn), usn};
    MDB_val value = {sizeof(bytes), bytes};
    int named = jsp_naming_uuid(transaction, session, uuid);
    bool last = new_usn > transaction->counters.last_usn;
    jsp_put_be64(usn, old_usn);
    int rc = old_usn == JSP_TOMBSTONE_NEW
                 ? 0
                 : jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &by_usn, NULL);
    jsp_put_be64(usn, new_usn);
    change.has_uuid = named == 0;
    jsp_change_pack(bytes, &change);
    rc = rc == 0 && named != MDB_NOTFOUND ? named : rc;
    return rc != 0 ? rc
                   : jsp_checked_put(&transaction->checked, JSP_TABLE_CHANGES, &by_usn, &value,
                                     last ? MDB_APPEND : 0);
}

int jsp_tombstone_put(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                      const jsp_removal *removal)
{
    unsigned char id[8];
    unsigned char bytes[JSP_REMOVAL_SIZE];
    jsp_removal kept = *removal;
    MDB_val by_id = {sizeof(id), id};
    jsp_put_be64(id, session);
    if (transaction->database->format < JSP_FORMAT_2) {
        kept.time = JSP_TICKS_NONE;
    }
    MDB_val value = {jsp_removal_pack(bytes, &kept), bytes};
    int rc = put_change(transaction, session, old_usn, removal->usn);
    return rc != 0 ? rc
                   : jsp_checked_put(&transaction->checked, JSP_TABLE_REMOVED, &by_id, &value, 0);
}

int jsp_tombstone_put_now(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                          uint64_t new_usn)
{
    jsp_removal removal = {new_usn, jsp_ticks_now()};
    return jsp_tombstone_put(transaction, session, old_usn, &removal);
}

int jsp_tombstone_forget(js_transaction *transaction, uint64_t session)
{
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    jsp_put_be64(id, session);
    return jsp_checked_remove(&transaction->checked, JSP_TABLE_REMOVED, &by_id, NULL);
}

int jsp_tombstone_take_away(js_transaction *transaction, uint64_t session)
{
    unsigned char bytes[8];
    MDB_val usn = {sizeof(bytes), bytes};
    uint64_t number;
    int rc = jsp_tombstone_find(transaction, session, &number);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    jsp_put_be64(bytes, number);
    rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &usn, NULL);
    return rc != 0 ? rc : jsp_tombstone_forget(transaction, session);
}

int jsp_tombstone_get(js_transaction *transaction, uint64_t session, jsp_removal *removal)
{
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val value;
    jsp_put_be64(id, session);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_REMOVED, &by_id, &value);
    return rc == 0 && !jsp_removal_unpack(value.mv_data, value.mv_size, removal) ? MDB_CORRUPTED
                                                                                 : rc;
}

int jsp_tombstone_find(js_transaction *transaction, uint64_t session, uint64_t *usn)
{
    jsp_removal removal = {0};
    int rc = jsp_tombstone_get(transaction, session, &removal);
    *usn = removal.usn;
    return rc;
}
