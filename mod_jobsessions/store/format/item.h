/* SPDX-License-Identifier: Apache-2.0 */
/* An item of a session's log or lists: its key, and its seal before its JSON. */
#ifndef JS_STORE_ITEM_H
#define JS_STORE_ITEM_H

#include <stddef.h>
#include <stdint.h>

#define JSP_ITEM_KEY_SIZE 17
#define JSP_ITEM_SEAL_SIZE 4

/* Where an item stands. */
typedef struct jsp_item_place {
    uint64_t session;
    unsigned kind;
    uint64_t number; /* in its list, from 1 */
} jsp_item_place;

void jsp_item_key_pack(unsigned char key[JSP_ITEM_KEY_SIZE], const jsp_item_place *place);
void jsp_item_key_read(const unsigned char key[JSP_ITEM_KEY_SIZE], jsp_item_place *place);

/* The kind of the list that is called so by js_item_list(), or JS_ITEM_KINDS. */
unsigned jsp_item_list_named(const char *name, size_t length);

/* The number of a list's last item, 0 when it has none: `key` stands in front of `end`, the key that is behind
 * all the list can have. */
uint64_t jsp_item_last_number(const void *key, size_t size,
                              const unsigned char end[JSP_ITEM_KEY_SIZE]);

/* Write an item, its seal and `length` bytes of JSON, to `value`. */
void jsp_item_seal(unsigned char *value, const unsigned char key[JSP_ITEM_KEY_SIZE],
                   const char *json, size_t length);

/* What is wrong with the value stored for an item, or NULL when it is whole. */
const char *jsp_item_damage(const unsigned char key[JSP_ITEM_KEY_SIZE], const unsigned char *value,
                            size_t size);

#endif
