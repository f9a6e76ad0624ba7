/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tables.h"

#include <string.h>

#include "format/entry.h"
#include "format/run.h"
#include "format/start.h"

static const struct {
    const char *name;
    size_t value_size; /* where a key has many */
} tables[JSP_TABLES] = {
    [JSP_TABLE_META] = {"meta", 0},
    [JSP_TABLE_SESSIONS] = {"sessions", 0},
    [JSP_TABLE_CHANGES] = {"changes", 0},
    [JSP_TABLE_INDEX] = {"index", JSP_ENTRY_SIZE},
    [JSP_TABLE_STARTS] = {"starts", JSP_START_SIZE},
    [JSP_TABLE_TYPES] = {"types", 0},
    [JSP_TABLE_ITEMS] = {"items", 0},
    [JSP_TABLE_REMOVED] = {"removed", 0},
    [JSP_TABLE_UUIDS] = {"uuids", 0},
    [JSP_TABLE_NAMES] = {"names", 0},
    [JSP_TABLE_DAYS] = {"days", 0},
    [JSP_TABLE_RUNS] = {"runs", JSP_RUN_BYTES},
    [JSP_TABLE_WORKERS] = {"workers", 0},
};

jsp_table jsp_tables_of(unsigned format, unsigned writers)
{
    return format < JSP_FORMAT_2                ? JSP_TABLE_UUIDS
           : (writers & JSP_WRITERS_COUNT) == 0 ? JSP_TABLE_DAYS
                                                : JSP_TABLE_WORKERS;
}

const char *jsp_table_name(jsp_table table)
{
    return tables[table].name;
}

bool jsp_table_is_sorted(jsp_table table)
{
    return tables[table].value_size > 0;
}

size_t jsp_table_value_size(jsp_table table)
{
    return tables[table].value_size;
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
