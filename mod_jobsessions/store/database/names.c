/* SPDX-License-Identifier: Apache-2.0 */
#include "database/names.h"

#include <string.h>

#include "base/bytes.h"

int jsp_names_uuid(const js_snapshot *snapshot, uint64_t id, uint8_t uuid[JSP_UUID_SIZE])
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, id);
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_NAMES, &key, &value);
    if (rc == 0 && value.mv_size != JSP_UUID_SIZE) {
        return MDB_CORRUPTED;
    }
    if (rc == 0) {
        memcpy(uuid, value.mv_data, JSP_UUID_SIZE);
    }
    return rc;
}

unsigned jsp_names_text(const js_snapshot *snapshot, uint64_t id, char text[JSP_UUID_TEXT])
{
    uint8_t uuid[JSP_UUID_SIZE];
    if (jsp_names_uuid(snapshot, id, uuid) != 0) {
        return jsp_id_format(id, text);
    }
    jsp_uuid_format(uuid, text);
    return JSP_UUID_TEXT;
}

void js_snapshot_id_text(const js_snapshot *snapshot, uint64_t id, char text[JS_ID_TEXT])
{
    text[jsp_names_text(snapshot, id, text)] = '\0';
}

jsp_name jsp_names_of(const js_snapshot *snapshot, uint64_t id)
{
    jsp_name name;
    js_snapshot_id_text(snapshot, id, name.text);
    return name;
}

bool js_snapshot_has_uuids(const js_snapshot *snapshot)
{
    return snapshot->trees[JSP_TABLE_UUIDS].entries > 0;
}

static js_result find_uuid(const js_snapshot *snapshot, const uint8_t uuid[JSP_UUID_SIZE],
                           uint64_t *id)
{
    MDB_val key = {JSP_UUID_SIZE, (void *)uuid};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_UUIDS, &key, &value);
    if (rc != 0 || value.mv_size != sizeof(*id)) {
        return rc == MDB_NOTFOUND ? JS_NOT_FOUND : JS_DAMAGED;
    }
    *id = jsp_get_be64(value.mv_data);
    return JS_OK;
}

js_result js_snapshot_find_id(const js_snapshot *snapshot, const char *text, size_t length,
                              uint64_t *id)
{
    uint8_t uuid[JSP_UUID_SIZE];
    if (js_uuid_parse(text, length, uuid)) {
        return find_uuid(snapshot, uuid, id);
    }
    if (!js_id_parse(text, length, id)) {
        return JS_INVALID;
    }
    int rc = jsp_names_uuid(snapshot, *id, uuid);
    return rc == MDB_NOTFOUND ? JS_OK : rc == 0 ? JS_NOT_FOUND : JS_DAMAGED;
}
