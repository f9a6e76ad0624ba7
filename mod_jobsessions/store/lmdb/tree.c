/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/tree.h"

#include "base/bytes.h"

/* Where the root stands; the rest is read and written in one place each. */
#define ROOT 40

void jsp_tree_read(const unsigned char bytes[JSP_TREE_SIZE], jsp_tree *tree)
{
    tree->fixed = jsp_get_le32(bytes);
    tree->flags = jsp_get_le16(bytes + 4);
    tree->depth = jsp_get_le16(bytes + 6);
    tree->branches = jsp_get_le64(bytes + 8);
    tree->leaves = jsp_get_le64(bytes + 16);
    tree->overflows = jsp_get_le64(bytes + 24);
    tree->entries = jsp_get_le64(bytes + 32);
    tree->root = jsp_get_le64(bytes + ROOT);
}

void jsp_tree_write(unsigned char bytes[JSP_TREE_SIZE], const jsp_tree *tree)
{
    jsp_put_le32(bytes, tree->fixed);
    jsp_put_le16(bytes + 4, tree->flags);
    jsp_put_le16(bytes + 6, tree->depth);
    jsp_put_le64(bytes + 8, tree->branches);
    jsp_put_le64(bytes + 16, tree->leaves);
    jsp_put_le64(bytes + 24, tree->overflows);
    jsp_put_le64(bytes + 32, tree->entries);
    jsp_tree_set_root(bytes, tree->root);
}

void jsp_tree_set_root(unsigned char bytes[JSP_TREE_SIZE], uint64_t root)
{
    jsp_put_le64(bytes + ROOT, root);
}
