/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/free_list.h"

int jsp_free_list_begin(jsp_free_list *list, jsp_path_checks *checks, const jsp_meta *meta)
{
    *list = (jsp_free_list){.checks = checks,
                            .tree = {meta->free, {.is_free = true}, JSP_OWNER_META_FREE},
                            .newest = meta->transaction,
                            .last = meta->last_page};
    return jsp_path_begin(&list->path, &checks->pages, &meta->free, JSP_PAGE_LEAF)
                   && jsp_page_check_tree(&checks->pages, &meta->free)
               ? 0
               : MDB_CORRUPTED;
}

/* The transaction of a record must be one that was. */
static bool read_transaction(const jsp_free_list *list, const jsp_path *path, uint64_t *transaction)
{
    MDB_val key;
    if (!jsp_path_key(path, &key)) {
        return false;
    }
    *transaction = jsp_get_le64(key.mv_data);
    return *transaction > 0 && *transaction <= list->newest;
}

/* How many pages there are, then their numbers from high to low. */
static int check_record(jsp_free_list *list, const MDB_val *value)
{
    const unsigned char *bytes = value->mv_data;
    uint64_t count = jsp_get_le64(bytes);
    uint64_t before = list->last + 1;
    bool is_new;
    if (count >= value->mv_size / sizeof(count)) {
        return MDB_CORRUPTED;
    }
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = jsp_get_le64(bytes + i * sizeof(page));
        if (page < 2 || page >= before
            || jsp_page_owners_enter(&list->checks->owners, page, JSP_OWNER_NOBODY, &is_new) != 0) {
            return MDB_CORRUPTED;
        }
        before = page;
    }
    list->pages += count;
    return 0;
}

/* LMDB takes the record out, so its leaf may be merged with the one beside. */
static int check_place(jsp_free_list *list)
{
    int rc = jsp_path_check(list->checks, &list->tree, &list->path);
    if (rc == 0 && jsp_path_at(&list->path) == 0) {
        rc = jsp_path_check_around(list->checks, &list->tree, &list->path);
    }
    return rc != 0 ? rc : jsp_path_check_value(list->checks, &list->path);
}

static int check_next(jsp_free_list *list)
{
    MDB_val key;
    MDB_val value;
    unsigned kind;
    uint64_t transaction;
    int rc = list->path.stands ? jsp_path_next(&list->path) : jsp_path_first(&list->path);
    if (rc != 0) {
        list->ended = rc == MDB_NOTFOUND;
        return list->ended ? 0 : rc;
    }
    rc = check_place(list);
    if (rc != 0) {
        return rc;
    }
    if (!read_transaction(list, &list->path, &transaction)
        || !jsp_path_entry(&list->path, &key, &value, &kind)) {
        return MDB_CORRUPTED;
    }
    list->first = list->records == 0 ? transaction : list->first;
    list->records++;
    return check_record(list, &value);
}

int jsp_free_list_reach(jsp_free_list *list, uint64_t records, uint64_t pages)
{
    int rc = 0;
    while (rc == 0 && !list->ended && (list->records < records || list->pages <= pages)) {
        rc = check_next(list);
    }
    return rc;
}

int jsp_free_list_check_end(jsp_free_list *list)
{
    uint64_t transaction;
    jsp_path path = list->path;
    int rc = jsp_path_last(&path);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = jsp_path_check(list->checks, &list->tree, &path);
    rc = rc != 0 ? rc : jsp_path_check_around(list->checks, &list->tree, &path);
    return rc != 0 || read_transaction(list, &path, &transaction) ? rc : MDB_CORRUPTED;
}
