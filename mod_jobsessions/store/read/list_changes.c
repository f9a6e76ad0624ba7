/* SPDX-License-Identifier: Apache-2.0 */
#include "read/list_changes.h"

#include <string.h>

#include "base/bytes.h"
#include "base/id.h"
#include "database/index.h"
#include "format/change.h"

/* The next change; 0, MDB_NOTFOUND or another error. */
static int next_change(js_list *list, jsp_change *change)
{
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    jsp_put_be64(usn, list->usn + 1);
    jsp_cursor *cursor = &list->snapshot->cursors[JSP_CURSOR_CHANGES];
    int rc = jsp_cursor_get(cursor, &key, &value, list->handed++ == 0 ? MDB_SET_RANGE : MDB_NEXT);
    if (rc == 0 && value.mv_size == JSP_CHANGE_SIZE && jsp_change_is_mark(value.mv_data)) {
        rc = jsp_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (rc != 0) {
        return rc;
    }
    if (key.mv_size != 8 || value.mv_size != JSP_CHANGE_SIZE) {
        return MDB_CORRUPTED;
    }
    list->usn = jsp_get_be64(key.mv_data);
    jsp_change_unpack(value.mv_data, change);
    return 0;
}

void jsp_list_changes_begin(js_list *list)
{
    list->usn = list->query.since;
    list->handed = 0;
}

/* Of those whose id does not tell it a list of changes tells the place. */
static void count_place(js_list *list, const jsp_entry *entry)
{
    if (entry->has_uuid) {
        list->places++;
        list->place_digits += jsp_id_digits(entry->id);
    }
}

/* Count a change into the page; not MDB_NOTFOUND, which is the end of the changes. */
static int add(js_list *list, const jsp_change *change)
{
    jsp_entry entry;
    list->totals.last_usn = list->usn;
    if (change->deleted) {
        list->totals.tombstones++;
        list->totals.tombstone_digits +=
            change->has_uuid ? JSP_UUID_TEXT : jsp_id_digits(change->id);
        list->totals.tombstone_digits += jsp_id_digits(list->usn);
        return 0;
    }
    int rc = jsp_index_find(&list->snapshot->cursors[JSP_CURSOR_INDEX], change->id, &entry);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    }
    jsp_plan_count(list, &entry);
    count_place(list, &entry);
    return 0;
}

/* What follows the page, for the total: the first change of it is found, those behind that are counted by the leaves
 * they stand on. */
static int count_rest(js_list *list)
{
    js_snapshot *snapshot = list->snapshot;
    jsp_change change;
    uint64_t behind = 0;
    int rc = next_change(list, &change);
    if (rc == 0) {
        rc = jsp_cursor_behind(&snapshot->cursors[JSP_CURSOR_CHANGES],
                               snapshot->trees[JSP_TABLE_CHANGES].entries, &behind);
        behind -= behind > 0 && snapshot->forgotten > list->usn; /* the mark is none */
        list->totals.total += 1 + behind;
    }
    return rc;
}

int jsp_list_changes_count(js_list *list)
{
    jsp_change change;
    int rc = 0;
    jsp_list_changes_begin(list);
    while (rc == 0 && list->totals.total < list->query.limit) {
        rc = next_change(list, &change);
        if (rc == 0) {
            list->totals.total++;
            rc = add(list, &change);
        }
    }
    rc = rc == 0 ? count_rest(list) : rc;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_result jsp_list_changes_next(js_list *list, js_session *session)
{
    jsp_change change;
    if (list->handed >= list->totals.count + list->totals.tombstones) {
        return JS_END;
    }
    if (next_change(list, &change) != 0) {
        return JS_DAMAGED;
    }
    if (!change.deleted) {
        return js_snapshot_get(list->snapshot, change.id, session);
    }
    memset(session, 0, sizeof(*session));
    session->id = change.id;
    session->deleted_usn = list->usn;
    return JS_OK;
}
