/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tables.h"

#include <string.h>

static const struct {
    const char *name;
    bool is_sorted;
} tables[JSP_TABLES] = {
    [JSP_TABLE_META] = {"meta", false},       [JSP_TABLE_SESSIONS] = {"sessions", false},
    [JSP_TABLE_CHANGES] = {"changes", false}, [JSP_TABLE_INDEX] = {"index", true},
    [JSP_TABLE_STARTS] = {"starts", true},    [JSP_TABLE_TYPES] = {"types", false},
    [JSP_TABLE_ITEMS] = {"items", false},     [JSP_TABLE_REMOVED] = {"removed", false},
};

const char *jsp_table_name(jsp_table table)
{
    return tables[table].name;
}

bool jsp_table_is_sorted(jsp_table table)
{
    return tables[table].is_sorted;
}

jsp_table jsp_table_named(const char *name, size_t length)
{
    jsp_table table = 0;
    while (table < JSP_TABLES
           && (strlen(tables[table].name) != length
               || memcmp(tables[table].name, name, length) != 0)) {
        table++;
    }
    return table;
}
