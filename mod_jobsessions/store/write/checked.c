/* SPDX-License-Identifier: Apache-2.0 */
#include "write/checked.h"

int jsp_checked_reach(jsp_checked *checked, jsp_table table, const MDB_val *key,
                      const MDB_val *value, unsigned doing)
{
    return jsp_guard_key(&checked->guard, &checked->tables[table], key, value, doing);
}

int jsp_checked_reach_to_write(jsp_checked *checked, jsp_table table, const MDB_val *key,
                               const MDB_val *value, unsigned doing)
{
    size_t length = key->mv_size + (value != NULL ? value->mv_size : 0);
    int rc = jsp_checked_reach(checked, table, key, value, doing);
    return rc != 0 ? rc : jsp_guard_write(&checked->guard, &checked->tables[table], length);
}

int jsp_checked_get(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value)
{
    int rc = jsp_checked_reach(checked, table, key, NULL, 0);
    return rc != 0 ? rc : mdb_get(checked->txn, checked->database->tables[table], key, value);
}

int jsp_checked_put(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value,
                    unsigned flags)
{
    unsigned doing = (flags & (MDB_APPEND | MDB_APPENDDUP)) != 0 ? JSP_GUARD_LAST : 0;
    int rc = jsp_checked_reach_to_write(checked, table, key, value, doing);
    return rc != 0 ? rc
                   : mdb_put(checked->txn, checked->database->tables[table], key, value, flags);
}

int jsp_checked_remove(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value)
{
    int rc = jsp_checked_reach_to_write(checked, table, key, value, JSP_GUARD_REMOVE);
    return rc != 0 ? rc : mdb_del(checked->txn, checked->database->tables[table], key, value);
}
