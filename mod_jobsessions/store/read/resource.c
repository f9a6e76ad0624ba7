/* SPDX-License-Identifier: Apache-2.0 */
#include "read/resource.h"

#include <string.h>

#include "base/error.h"
#include "database/index.h"
#include "format/item.h"

bool jsp_resource_is_of(jsp_slice item, js_item_kind kind, const char *resource)
{
    jsp_slice inner;
    jsp_slice id;
    if (kind == JS_LOG) {
        return jsp_json_member(item, "resourceHashId", &id) && jsp_json_says(id, resource);
    }
    return (jsp_json_member(item, "resource", &inner) && jsp_json_member(inner, "id", &id)
            && jsp_json_says(id, resource))
           || (jsp_json_member(item, "id", &id) && jsp_json_says(id, resource));
}

bool jsp_resource_has(js_snapshot *snapshot, uint64_t session, const char *resource)
{
    jsp_cursor *cursor = &snapshot->cursors[JSP_CURSOR_ITEMS];
    for (uint64_t number = 1;; number++) {
        unsigned char bytes[JSP_ITEM_KEY_SIZE];
        MDB_val key = {sizeof(bytes), bytes};
        MDB_val value;
        jsp_item_key_pack(bytes, &(jsp_item_place){session, JS_PROTECTED_ITEMS, number});
        if (jsp_cursor_get(cursor, &key, &value, MDB_SET_KEY) != 0) {
            return false;
        }
        if (jsp_item_damage(bytes, value.mv_data, value.mv_size) == NULL
            && jsp_resource_is_of((jsp_slice){(const char *)value.mv_data + JSP_ITEM_SEAL_SIZE,
                                              value.mv_size - JSP_ITEM_SEAL_SIZE},
                                  JS_PROTECTED_ITEMS, resource)) {
            return true;
        }
    }
}

js_result js_snapshot_find_resource(js_snapshot *snapshot, uint64_t id, const char *resource,
                                    js_error *error)
{
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    return jsp_resource_has(snapshot, id, resource)
               ? JS_OK
               : jsp_fail(error, JS_NOT_FOUND, "%s: the session did not work on \"%s\"",
                          snapshot->database->directory, resource);
}
