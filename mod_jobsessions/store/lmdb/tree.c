/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/tree.h"

#include <string.h>

#include "base/bytes.h"

void jsp_tree_read(const unsigned char bytes[JSP_TREE_SIZE], jsp_tree *tree)
{
    tree->fixed = jsp_get_le32(bytes);
    tree->flags = jsp_get_le16(bytes + 4);
    tree->depth = jsp_get_le16(bytes + 6);
    tree->branches = jsp_get_le64(bytes + 8);
    tree->leaves = jsp_get_le64(bytes + 16);
    tree->overflows = jsp_get_le64(bytes + 24);
    tree->entries = jsp_get_le64(bytes + 32);
    tree->root = jsp_get_le64(bytes + 40);
}

int jsp_tree_compare_keys(const MDB_val *one, const MDB_val *other)
{
    if (one->mv_size == 8 && other->mv_size == 8) { /* nearly all */
        uint64_t number = jsp_get_be64(one->mv_data);
        uint64_t other_number = jsp_get_be64(other->mv_data);
        return (number > other_number) - (number < other_number);
    }
    size_t shorter = one->mv_size < other->mv_size ? one->mv_size : other->mv_size;
    int order = memcmp(one->mv_data, other->mv_data, shorter);
    if (order == 0) {
        order = (one->mv_size > other->mv_size) - (one->mv_size < other->mv_size);
    }
    return order;
}
