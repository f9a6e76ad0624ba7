/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/tree.h"

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
