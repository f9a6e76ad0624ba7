/* SPDX-License-Identifier: Apache-2.0 */
/* What LMDB knows of a tree, and the order of its keys. */
#ifndef JS_STORE_TREE_H
#define JS_STORE_TREE_H

#include <stdint.h>
#include <string.h>

#include <lmdb.h>

#include "base/bytes.h"

/* LMDB's file has the byte order and the word size of the machine that made it. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
#error                                                                                             \
    "libjobsessions reads LMDB's pages itself and knows those of 64-bit little-endian machines only"
#endif

/* What LMDB knows of a tree: a table, or the duplicates of a key. */
typedef struct jsp_tree {
    uint64_t root; /* JSP_NO_PAGE: the tree is empty */
    uint64_t branches, leaves, overflows, entries;
    uint32_t fixed; /* bytes of each duplicate */
    uint16_t flags;
    uint16_t depth;
} jsp_tree;

#define JSP_NO_PAGE UINT64_MAX
#define JSP_TREE_SIZE 48

void jsp_tree_read(const unsigned char bytes[JSP_TREE_SIZE], jsp_tree *tree);
void jsp_tree_write(unsigned char bytes[JSP_TREE_SIZE], const jsp_tree *tree);

/* Change the root alone. */
void jsp_tree_set_root(unsigned char bytes[JSP_TREE_SIZE], uint64_t root);

/* Of keys of one size, 8 bytes or more, word by word; the last word may have some that were equal. */
static inline int jsp_tree_compare_words(const unsigned char *one, const unsigned char *other,
                                         size_t size)
{
    for (size_t at = 0;; at += 8) {
        at = at + 8 > size ? size - 8 : at;
        uint64_t word = jsp_get_be64(one + at);
        uint64_t other_word = jsp_get_be64(other + at);
        if (word != other_word || at + 8 == size) {
            return (word > other_word) - (word < other_word);
        }
    }
}

/* The order of keys: negative when `one` comes first. */
static inline int jsp_tree_compare_keys(const MDB_val *one, const MDB_val *other)
{
    if (one->mv_size == other->mv_size && one->mv_size >= 8) { /* as nearly all have */
        return jsp_tree_compare_words(one->mv_data, other->mv_data, one->mv_size);
    }
    size_t shorter = one->mv_size < other->mv_size ? one->mv_size : other->mv_size;
    int order = memcmp(one->mv_data, other->mv_data, shorter);
    if (order == 0) {
        order = (one->mv_size > other->mv_size) - (one->mv_size < other->mv_size);
    }
    return order;
}

#endif
