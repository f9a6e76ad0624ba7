/* SPDX-License-Identifier: Apache-2.0 */
#include "write/types.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

js_result jsp_types_code(js_transaction *transaction, const char *type, uint16_t *code,
                         js_error *error)
{
    MDB_val key = {strlen(type), (void *)type};
    MDB_val value;
    MDB_stat stat;
    unsigned char bytes[2];
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_TYPES, &key, &value);
    if (rc == 0 && value.mv_size == sizeof(bytes)) {
        *code = jsp_get_le16(value.mv_data);
        return JS_OK;
    }
    if (rc != MDB_NOTFOUND) {
        return jsp_transaction_break(transaction, error, rc != 0 ? rc : MDB_CORRUPTED,
                                     "look a type up");
    }
    rc = mdb_stat(transaction->checked.txn, transaction->database->tables[JSP_TABLE_TYPES], &stat);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "count the types");
    }
    if (stat.ms_entries >= UINT16_MAX) {
        return jsp_refuse(error, "type", "the database knows %u types already and takes no more",
                          UINT16_MAX);
    }
    *code = (uint16_t)(stat.ms_entries + 1);
    jsp_put_le16(bytes, *code);
    value = (MDB_val){sizeof(bytes), bytes};
    rc = jsp_checked_put(&transaction->checked, JSP_TABLE_TYPES, &key, &value, MDB_NOOVERWRITE);
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "enter a type");
}
