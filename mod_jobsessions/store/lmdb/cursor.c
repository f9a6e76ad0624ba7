/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/cursor.h"

#include <errno.h>

bool jsp_cursor_open(jsp_cursor *cursor, const jsp_pages *pages, const jsp_tree *tree, bool sorted)
{
    cursor->sorted = sorted;
    cursor->has_duplicates = false;
    return jsp_path_begin(&cursor->keys, pages, tree, JSP_PAGE_LEAF);
}

/* Nothing is known of where the cursor stands. */
static int lost(jsp_cursor *cursor, int rc)
{
    cursor->keys.stands = false;
    return rc;
}

/* Look at what the key at hand has: one value, a few beside it, or a tree of many. */
static int open_duplicates(jsp_cursor *cursor)
{
    MDB_val key;
    MDB_val value;
    jsp_tree tree;
    unsigned kind;
    cursor->has_duplicates = false;
    if (!jsp_path_entry(&cursor->keys, &key, &value, &kind)) {
        return lost(cursor, MDB_CORRUPTED);
    }
    if (kind == 0) {
        cursor->single = value;
        return 0;
    }
    if (kind == JSP_NODE_DUPLICATES) {
        cursor->has_duplicates = jsp_path_begin_part(&cursor->duplicates, &value);
    } else if (kind == (JSP_NODE_DUPLICATES | JSP_NODE_TREE) && value.mv_size == JSP_TREE_SIZE) {
        jsp_tree_read(value.mv_data, &tree);
        cursor->count = tree.entries;
        cursor->has_duplicates =
            tree.root != JSP_NO_PAGE
            && jsp_path_begin(&cursor->duplicates, cursor->keys.pages, &tree, JSP_PAGE_FIXED);
    }
    return cursor->has_duplicates ? 0 : lost(cursor, MDB_CORRUPTED);
}

/* The cursor has come to another key, in a sorted table to its first or last value. */
static int arrive(jsp_cursor *cursor, bool at_last)
{
    if (!cursor->sorted) {
        return 0;
    }
    int rc = open_duplicates(cursor);
    if (rc != 0 || !cursor->has_duplicates) {
        return rc;
    }
    rc = at_last ? jsp_path_last(&cursor->duplicates) : jsp_path_first(&cursor->duplicates);
    return rc == 0 ? 0 : lost(cursor, MDB_CORRUPTED);
}

/* To the next or previous value of the key at hand. */
static int step_duplicates(jsp_cursor *cursor, bool forward)
{
    if (!cursor->sorted || !cursor->has_duplicates) {
        return MDB_NOTFOUND;
    }
    int rc = forward ? jsp_path_next(&cursor->duplicates) : jsp_path_previous(&cursor->duplicates);
    return rc == MDB_CORRUPTED ? lost(cursor, rc) : rc;
}

static int step_keys(jsp_cursor *cursor, bool forward)
{
    int rc = forward ? jsp_path_next(&cursor->keys) : jsp_path_previous(&cursor->keys);
    return rc == 0 ? arrive(cursor, !forward) : rc;
}

static int step(jsp_cursor *cursor, bool forward, bool over_duplicates)
{
    if (!cursor->keys.stands) {
        int rc = forward ? jsp_path_first(&cursor->keys) : jsp_path_last(&cursor->keys);
        return rc == 0 ? arrive(cursor, !forward) : rc;
    }
    int rc = over_duplicates ? MDB_NOTFOUND : step_duplicates(cursor, forward);
    return rc == MDB_NOTFOUND ? step_keys(cursor, forward) : rc;
}

static int first(jsp_cursor *cursor)
{
    cursor->keys.stands = false;
    return step(cursor, true, true);
}

static int last(jsp_cursor *cursor)
{
    cursor->keys.stands = false;
    return step(cursor, false, true);
}

static int seek(jsp_cursor *cursor, const MDB_val *key, bool exactly)
{
    MDB_val found;
    int rc = jsp_path_seek(&cursor->keys, key);
    if (rc != 0) {
        return rc;
    }
    if (!jsp_path_key(&cursor->keys, &found)) {
        return lost(cursor, MDB_CORRUPTED);
    }
    if (exactly && jsp_tree_compare_keys(&found, key) != 0) {
        return lost(cursor, MDB_NOTFOUND);
    }
    return arrive(cursor, false);
}

/* The first value of a key that is not below the given one, or that value only. */
static int seek_both(jsp_cursor *cursor, const MDB_val *key, const MDB_val *value, bool exactly)
{
    MDB_val found;
    /* the duplicates of the key at hand are open already */
    bool is_here = cursor->keys.stands && jsp_path_key(&cursor->keys, &found)
                   && jsp_tree_compare_keys(&found, key) == 0;
    int rc = is_here ? 0 : seek(cursor, key, true);
    if (rc != 0) {
        return rc;
    }
    found = cursor->single;
    if (cursor->has_duplicates) {
        rc = jsp_path_seek(&cursor->duplicates, value);
        if (rc != 0) {
            return lost(cursor, rc);
        }
        (void)jsp_path_key(&cursor->duplicates, &found);
    }
    int order = jsp_tree_compare_keys(&found, value);
    return order < 0 || (exactly && order > 0) ? lost(cursor, MDB_NOTFOUND) : 0;
}

/* To another leaf of the duplicates; MDB_NOTFOUND when there is none, or they are on no leaf. */
static int step_leaf(jsp_cursor *cursor, bool forward)
{
    if (!cursor->keys.stands || !cursor->has_duplicates) {
        return MDB_NOTFOUND;
    }
    int rc = forward ? jsp_path_next_leaf(&cursor->duplicates)
                     : jsp_path_previous_leaf(&cursor->duplicates);
    return rc == MDB_CORRUPTED ? lost(cursor, rc) : rc;
}

static int move(jsp_cursor *cursor, const MDB_val *key, const MDB_val *value, MDB_cursor_op op)
{
    switch (op) {
    case MDB_FIRST:
        return first(cursor);
    case MDB_LAST:
        return last(cursor);
    case MDB_NEXT:
    case MDB_NEXT_NODUP:
        return step(cursor, true, op == MDB_NEXT_NODUP);
    case MDB_PREV:
    case MDB_PREV_NODUP:
        return step(cursor, false, op == MDB_PREV_NODUP);
    case MDB_SET_KEY:
    case MDB_SET_RANGE:
        return seek(cursor, key, op == MDB_SET_KEY);
    case MDB_GET_BOTH:
    case MDB_GET_BOTH_RANGE:
        return seek_both(cursor, key, value, op == MDB_GET_BOTH);
    case MDB_GET_CURRENT:
    case MDB_GET_MULTIPLE:
        return cursor->keys.stands ? 0 : MDB_NOTFOUND;
    case MDB_FIRST_DUP:
    case MDB_LAST_DUP:
        return cursor->keys.stands ? arrive(cursor, op == MDB_LAST_DUP) : MDB_NOTFOUND;
    case MDB_NEXT_MULTIPLE:
    case MDB_PREV_MULTIPLE:
        return step_leaf(cursor, op == MDB_NEXT_MULTIPLE);
    default:
        return EINVAL;
    }
}

/* All values of the leaf at hand: they stand one behind the other. */
static void leaf_of_values(const jsp_cursor *cursor, MDB_val *values)
{
    const jsp_tree_page *leaf = jsp_path_leaf(&cursor->duplicates);
    (void)jsp_page_key(leaf, 0, values);
    values->mv_size *= leaf->count;
}

/* The values at hand, in a sorted table. */
static void values_at(const jsp_cursor *cursor, MDB_val *value, MDB_cursor_op op)
{
    if (!cursor->has_duplicates) {
        *value = cursor->single;
    } else if (op == MDB_GET_MULTIPLE || op == MDB_NEXT_MULTIPLE || op == MDB_PREV_MULTIPLE) {
        leaf_of_values(cursor, value);
    } else {
        (void)jsp_path_key(&cursor->duplicates, value);
    }
}

int jsp_cursor_get(jsp_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op)
{
    unsigned kind;
    int rc = move(cursor, key, value, op);
    if (rc != 0) {
        return rc;
    }
    if (!cursor->sorted && value != NULL) {
        /* a value that is damaged leaves the cursor where it is: its neighbours are not */
        return jsp_path_entry(&cursor->keys, key, value, &kind) && kind == 0 ? 0 : MDB_CORRUPTED;
    }
    if (!jsp_path_key(&cursor->keys, key)) {
        return lost(cursor, MDB_CORRUPTED);
    }
    if (value != NULL) {
        values_at(cursor, value, op);
    }
    return 0;
}

int jsp_cursor_before(jsp_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op back)
{
    int rc = jsp_cursor_get(cursor, key, NULL, MDB_SET_RANGE);
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return rc;
    }
    return jsp_cursor_get(cursor, key, value, rc == 0 ? back : MDB_LAST);
}

int jsp_cursor_count(const jsp_cursor *cursor, size_t *count)
{
    if (!cursor->keys.stands) {
        return EINVAL;
    }
    *count = !cursor->sorted || !cursor->has_duplicates ? 1
             : cursor->duplicates.root == JSP_NO_PAGE   ? jsp_path_leaf(&cursor->duplicates)->count
                                                        : cursor->count;
    return 0;
}

int jsp_cursor_behind(jsp_cursor *cursor, uint64_t entries, uint64_t *count)
{
    if (!cursor->keys.stands) {
        return MDB_CORRUPTED;
    }
    bool forward = jsp_path_is_past_middle(&cursor->keys);
    int rc = jsp_path_count(&cursor->keys, forward, count);
    if (rc == 0 && !forward) {
        rc = *count < entries ? 0 : MDB_CORRUPTED;
        *count = entries - *count - 1;
    }
    return lost(cursor, rc);
}
