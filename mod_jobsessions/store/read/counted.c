/* SPDX-License-Identifier: Apache-2.0 */
#include "read/counted.h"

#include <string.h>

#include "base/error.h"
#include "base/id.h"
#include "format/day.h"
#include "format/status.h"

js_result jsp_counted_check(const js_snapshot *snapshot, js_error *error)
{
    const js_database *database = snapshot->database;
    uint64_t bucket;
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        return result;
    }
    if ((database->writers & JSP_WRITERS_COUNT) == 0) {
        return jsp_fail(error, JS_NOT_COUNTED,
                        "%s: sessions are not counted in this database yet; run `jobsessions "
                        "upgrade`",
                        database->directory);
    }
    if (jsp_snapshot_unsealed(snapshot, &bucket) != 0) {
        return jsp_counted_damaged(snapshot, error, "meta");
    }
    return bucket == UINT64_MAX
               ? JS_OK
               : jsp_fail(error, JS_BUSY,
                          "%s: an upgrade that counts the sessions is under way, or was ended "
                          "before it was done; run `jobsessions upgrade`",
                          database->directory);
}

int jsp_counted_unstated(const js_snapshot *snapshot, uint64_t *count)
{
    unsigned char from[JSP_DAY_KEY_SIZE];
    MDB_val key = {sizeof(from), from};
    MDB_val value;
    jsp_cursor cursor;
    jsp_day day = {.day = JSP_DAY_ALL, .status = JSP_STATUS_NONE};
    *count = 0;
    if (jsp_counted_check(snapshot, NULL) != JS_OK) {
        return MDB_NOTFOUND;
    }
    jsp_day_pack(from, &day);
    int rc = jsp_snapshot_cursor(snapshot, JSP_TABLE_DAYS, &cursor);
    rc = rc != 0 ? rc : jsp_cursor_get(&cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0; rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) {
        if (key.mv_size != JSP_DAY_KEY_SIZE || value.mv_size != JSP_DAY_VALUE_SIZE) {
            return MDB_CORRUPTED;
        }
        jsp_day_unpack(key.mv_data, &day);
        if (day.status != JSP_STATUS_NONE) {
            return 0;
        }
        *count += jsp_get_le64(value.mv_data);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_result jsp_counted_damaged(const js_snapshot *snapshot, js_error *error, const char *table)
{
    return jsp_fail(error, JS_DAMAGED,
                    "%s: the table %s is damaged, or at odds with the sessions; `jobsessions "
                    "verify --repair` makes it anew",
                    snapshot->database->directory, table);
}

js_result jsp_counted_hand(jsp_text *text, js_result result, js_text_taker *take, void *baton,
                           js_error *error)
{
    if (result == JS_OK && (text->failed || !take(baton, text->data, text->length))) {
        result = jsp_fail(error, JS_SYSTEM, "out of memory");
    }
    jsp_text_free(text);
    return result;
}

void jsp_counted_put(jsp_text *text, const char *words)
{
    jsp_text_bytes(text, words, strlen(words));
}

void jsp_counted_number(jsp_text *text, uint64_t number)
{
    char digits[JSP_ID_DIGITS_MAX];
    jsp_text_bytes(text, digits, jsp_id_format(number, digits));
}
