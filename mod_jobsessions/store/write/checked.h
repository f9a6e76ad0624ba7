/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's calls as a write transaction makes them: each asks first whether the pages that LMDB will meet are sound
 * (lmdb/guard.h). Who moves a cursor of LMDB's asks by jsp_checked_reach(). All functions return 0, MDB_NOTFOUND,
 * MDB_CORRUPTED before anything of it has been done, or another error of LMDB. */
#ifndef JS_STORE_CHECKED_H
#define JS_STORE_CHECKED_H

#include "database/database.h"

/* A write transaction of LMDB's, and what is known of its pages. */
typedef struct jsp_checked {
    js_database *database;
    MDB_txn *txn;
    jsp_guard guard;
    jsp_guard_table tables[JSP_TABLES];
} jsp_checked;

int jsp_checked_get(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value);
int jsp_checked_put(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value,
                    unsigned flags);
int jsp_checked_remove(jsp_checked *checked, jsp_table table, MDB_val *key, MDB_val *value);

/* `doing`: JSP_GUARD_AROUND and so on. */
int jsp_checked_reach(jsp_checked *checked, jsp_table table, const MDB_val *key,
                      const MDB_val *value, unsigned doing);

/* The same, and LMDB is going to write there. */
int jsp_checked_reach_to_write(jsp_checked *checked, jsp_table table, const MDB_val *key,
                               const MDB_val *value, unsigned doing);

#endif
