/* SPDX-License-Identifier: Apache-2.0 */
#include "format/item.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "jobsessions.h"

void jsp_item_key_pack(unsigned char key[JSP_ITEM_KEY_SIZE], const jsp_item_place *place)
{
    jsp_put_be64(key, place->session);
    key[8] = (unsigned char)place->kind;
    jsp_put_be64(key + 9, place->number);
}

void jsp_item_key_read(const unsigned char key[JSP_ITEM_KEY_SIZE], jsp_item_place *place)
{
    place->session = jsp_get_be64(key);
    place->kind = key[8];
    place->number = jsp_get_be64(key + 9);
}

static const char *const lists[JS_ITEM_KINDS] = {
    [JS_LOG] = "log",
    [JS_PROTECTED_ITEMS] = "protectedItems",
    [JS_DELETED_ITEMS] = "deletedItems",
    [JS_RESTORED_ITEMS] = "restoredItems",
    [JS_FILE_LEVEL_RESTORED_ITEMS] = "fileLevelRestoredItems",
    [JS_CHECKED_ITEMS] = "checkedItems",
    [JS_RESTORED_DATABASES] = "restoredDatabases",
    [JS_FILE_LEVEL_RESTORED_FILE_SHARE_ITEMS] = "fileLevelRestoredFileShareItems",
    [JS_VNET_RESTORED_ITEMS] = "vnetRestoredItems",
    [JS_RESTORED_COSMOS_DB_ACCOUNTS] = "restoredCosmosDbAccounts",
};

const char *js_item_list(js_item_kind kind)
{
    return (unsigned)kind < JS_ITEM_KINDS ? lists[kind] : NULL;
}

unsigned jsp_item_list_named(const char *name, size_t length)
{
    unsigned kind = 0;
    while (kind < JS_ITEM_KINDS
           && (strlen(lists[kind]) != length || memcmp(lists[kind], name, length) != 0)) {
        kind++;
    }
    return kind;
}

uint64_t jsp_item_last_number(const void *key, size_t size,
                              const unsigned char end[JSP_ITEM_KEY_SIZE])
{
    bool is_of_list = size == JSP_ITEM_KEY_SIZE && memcmp(key, end, JSP_ITEM_KEY_SIZE - 8) == 0;
    return is_of_list ? jsp_get_be64((const unsigned char *)key + JSP_ITEM_KEY_SIZE - 8) : 0;
}

/* A checksum of the key and of the JSON's checksum: an item under a wrong key is damaged, too. */
static uint32_t item_checksum(const unsigned char key[JSP_ITEM_KEY_SIZE], const void *json,
                              size_t length)
{
    unsigned char parts[JSP_ITEM_KEY_SIZE + 4];
    memcpy(parts, key, JSP_ITEM_KEY_SIZE);
    jsp_put_le32(parts + JSP_ITEM_KEY_SIZE, jsp_crc32c(json, length));
    return jsp_crc32c(parts, sizeof(parts));
}

void jsp_item_seal(unsigned char *value, const unsigned char key[JSP_ITEM_KEY_SIZE],
                   const char *json, size_t length)
{
    jsp_put_le32(value, item_checksum(key, json, length));
    memcpy(value + JSP_ITEM_SEAL_SIZE, json, length);
}

const char *jsp_item_damage(const unsigned char key[JSP_ITEM_KEY_SIZE], const unsigned char *value,
                            size_t size)
{
    if (size < JSP_ITEM_SEAL_SIZE + 2 || size > JSP_ITEM_SEAL_SIZE + (size_t)JS_SESSION_MAX) {
        return "its length cannot be";
    }
    return jsp_get_le32(value)
                   == item_checksum(key, value + JSP_ITEM_SEAL_SIZE, size - JSP_ITEM_SEAL_SIZE)
               ? NULL
               : "its checksum does not match";
}
