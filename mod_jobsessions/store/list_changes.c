/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for followers: through the index of usns, oldest change first. */
#include <string.h>

#include "index.h"
#include "list.h"

/* A change as its index has it. */
struct change {
    uint64_t id;
    bool deleted;
};

/* The next change; 0, MDB_NOTFOUND or another error. */
static int next_change(js_list *list, struct change *change)
{
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    js_put_be64(usn, list->usn + 1);
    int rc = js_cursor_get(&list->snapshot->cursors[JS_CURSOR_CHANGES], &key, &value,
                           list->handed++ == 0 ? MDB_SET_RANGE : MDB_NEXT);
    if (rc != 0) {
        return rc;
    }
    if (key.mv_size != 8 || value.mv_size != JS_CHANGE_SIZE) {
        return MDB_CORRUPTED;
    }
    list->usn = js_get_be64(key.mv_data);
    change->id = js_change_id(value.mv_data);
    change->deleted = js_change_is_deletion(value.mv_data);
    return 0;
}

void js_list_begin_changes(js_list *list)
{
    list->usn = list->query.since;
    list->handed = 0;
}

/* Count a change into the page. */
static int add(js_list *list, const struct change *change)
{
    js_entry entry;
    list->page.last_usn = list->usn;
    if (change->deleted) {
        list->page.tombstones++;
        list->page.tombstone_digits += js_id_digits(change->id) + js_id_digits(list->usn);
        return 0;
    }
    int rc = js_index_find(&list->snapshot->cursors[JS_CURSOR_INDEX], change->id, &entry);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc; /* not the end of the changes */
    }
    js_list_add(list, &entry);
    return 0;
}

int js_list_count_changes(js_list *list)
{
    struct change change;
    int rc;
    js_list_begin_changes(list);
    while ((rc = next_change(list, &change)) == 0) {
        if (list->page.total++ < list->query.limit) {
            rc = add(list, &change);
            if (rc != 0) {
                return rc;
            }
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_status js_list_change(js_list *list, js_session *session)
{
    struct change change;
    if (list->handed >= list->page.count + list->page.tombstones) {
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
