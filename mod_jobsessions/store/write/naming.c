/* SPDX-License-Identifier: Apache-2.0 */
#include "write/naming.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "jobsessions_read.h"
#include "write/index_write.h"

static int get(js_transaction *transaction, jsp_table table, MDB_val key, void *bytes, size_t size)
{
    MDB_val value;
    if (transaction->database->format < JSP_FORMAT_2) {
        return MDB_NOTFOUND;
    }
    int rc = jsp_checked_get(&transaction->checked, table, &key, &value);
    if (rc == 0 && value.mv_size != size) {
        return MDB_CORRUPTED;
    }
    if (rc == 0) {
        memcpy(bytes, value.mv_data, size);
    }
    return rc;
}

int jsp_naming_number(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t *id)
{
    unsigned char bytes[8];
    int rc = get(transaction, JSP_TABLE_UUIDS, (MDB_val){JSP_UUID_SIZE, (void *)uuid}, bytes,
                 sizeof(bytes));
    *id = rc == 0 ? jsp_get_be64(bytes) : 0;
    return rc;
}

int jsp_naming_uuid(js_transaction *transaction, uint64_t id, uint8_t uuid[JSP_UUID_SIZE])
{
    unsigned char bytes[8];
    jsp_put_be64(bytes, id);
    return get(transaction, JSP_TABLE_NAMES, (MDB_val){sizeof(bytes), bytes}, uuid, JSP_UUID_SIZE);
}

int jsp_naming_put(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t id)
{
    unsigned char bytes[8];
    MDB_val number = {sizeof(bytes), bytes};
    MDB_val name = {JSP_UUID_SIZE, (void *)uuid};
    jsp_put_be64(bytes, id);
    int rc = jsp_checked_put(&transaction->checked, JSP_TABLE_UUIDS, &name, &number, 0);
    return rc != 0 ? rc
                   : jsp_checked_put(&transaction->checked, JSP_TABLE_NAMES, &number, &name, 0);
}

int jsp_naming_remove(js_transaction *transaction, uint64_t id)
{
    unsigned char bytes[8];
    uint8_t uuid[JSP_UUID_SIZE];
    MDB_val number = {sizeof(bytes), bytes};
    MDB_val name = {JSP_UUID_SIZE, uuid};
    jsp_put_be64(bytes, id);
    int rc = jsp_naming_uuid(transaction, id, uuid);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_UUIDS, &name, NULL);
    return rc != 0 ? rc : jsp_checked_remove(&transaction->checked, JSP_TABLE_NAMES, &number, NULL);
}

int jsp_naming_move(js_transaction *transaction, const uint8_t uuid[JSP_UUID_SIZE], uint64_t from,
                    uint64_t to)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_put_be64(bytes, from);
    int rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_NAMES, &key, NULL);
    return rc != 0 ? rc : jsp_naming_put(transaction, uuid, to);
}

static int text_of(js_transaction *transaction, uint64_t id, char text[JS_ID_TEXT])
{
    uint8_t uuid[JSP_UUID_SIZE];
    int rc = jsp_naming_uuid(transaction, id, uuid);
    unsigned length = JSP_UUID_TEXT;
    if (rc == 0) {
        jsp_uuid_format(uuid, text);
    } else {
        length = jsp_id_format(id, text);
    }
    text[length] = '\0';
    return rc == MDB_NOTFOUND ? 0 : rc;
}

jsp_name jsp_naming_of(js_transaction *transaction, uint64_t id)
{
    jsp_name name;
    (void)text_of(transaction, id, name.text);
    return name;
}

js_result jsp_naming_find(js_transaction *transaction, uint64_t id, jsp_entry *entry,
                          js_error *error)
{
    int rc = jsp_index_write_find(&transaction->checked, transaction->index, id, entry);
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%s\"",
                        transaction->database->directory, jsp_naming_of(transaction, id).text);
    }
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "look a session up");
}

js_result js_transaction_id_text(js_transaction *transaction, uint64_t id, char text[JS_ID_TEXT],
                                 js_error *error)
{
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = text_of(transaction, id, text);
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "look a name up");
}

js_result js_transaction_find_id(js_transaction *transaction, const char *text, size_t length,
                                 uint64_t *id, js_error *error)
{
    uint8_t uuid[JSP_UUID_SIZE];
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    bool is_uuid = js_uuid_parse(text, length, uuid);
    if (!is_uuid && !js_id_parse(text, length, id)) {
        return jsp_fail(error, JS_INVALID, "\"%.*s\" is no id", (int)(length < 64 ? length : 64),
                        text);
    }
    int rc = is_uuid ? jsp_naming_number(transaction, uuid, id)
                     : jsp_naming_uuid(transaction, *id, uuid);
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return jsp_transaction_break(transaction, error, rc, "look an id up");
    }
    return (rc == 0) == is_uuid ? JS_OK
                                : jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%.*s\"",
                                           transaction->database->directory, (int)length, text);
}
