/* SPDX-License-Identifier: Apache-2.0 */
#include "write/mark.h"

#include <string.h>

static MDB_val mark_key(void)
{
    return (MDB_val){sizeof(JSP_KEY_TOGETHER) - 1, JSP_KEY_TOGETHER};
}

/* That of the last transaction that had one; false where there is none. */
static int read_mark(jsp_checked *checked, unsigned char mark[JSP_QUEUE_MARK], bool *is_there)
{
    MDB_val key = mark_key();
    MDB_val value;
    int rc = jsp_checked_get(checked, JSP_TABLE_META, &key, &value);
    *is_there = rc == 0 && value.mv_size == JSP_QUEUE_MARK;
    if (*is_there) {
        memcpy(mark, value.mv_data, JSP_QUEUE_MARK);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Where there is one, somebody may have died in it; who has had to wait for a turn has others to write with. */
static void look_for_queue(js_database *database)
{
    bool make = atomic_load(&database->turn.was_others);
    if (atomic_load(&database->queue) != NULL
        || (make ? database->has_made_queue : database->has_looked_for_queue)) {
        return;
    }
    database->has_looked_for_queue = true;
    database->has_made_queue = make;
    (void)jsp_database_worker(database); /* which who fills a slot needs, without a turn */
    atomic_store(&database->queue, jsp_queue_open(database->path, &database->opened.files, make));
}

/* What has become of a slot that is taken, by the last mark. */
static jsp_queue_state outcome_of(const jsp_queue *queue, unsigned slot, bool is_there,
                                  const unsigned char mark[JSP_QUEUE_MARK])
{
    return is_there && jsp_queue_is_marked(queue, slot, mark) ? JSP_QUEUE_DONE : JSP_QUEUE_FILLED;
}

int jsp_mark_settle(jsp_checked *checked, bool is_in_place)
{
    unsigned char mark[JSP_QUEUE_MARK];
    bool is_read = false;
    bool is_there = false;
    look_for_queue(checked->database);
    jsp_queue *queue = atomic_load(&checked->database->queue);
    if (queue == NULL || (is_in_place && !jsp_queue_is_in_place(queue))) {
        return 0; /* others may leave their marks by another queue */
    }
    for (unsigned slot = 0; slot < JSP_QUEUE_SLOTS; slot++) {
        jsp_queue_sight sight = jsp_queue_look(queue, slot);
        if (sight.state != JSP_QUEUE_TAKEN) {
            continue;
        }
        int rc = is_read ? 0 : read_mark(checked, mark, &is_there);
        if (rc != 0) {
            return rc;
        }
        is_read = true;
        jsp_queue_state state = outcome_of(queue, slot, is_there, mark);
        if (state == JSP_QUEUE_FILLED || is_in_place) {
            jsp_queue_tell(queue, &sight, state);
        }
    }
    return 0;
}

int jsp_mark_write(const jsp_marked *marked, jsp_checked *checked)
{
    MDB_val key = mark_key();
    MDB_val value = {JSP_QUEUE_MARK, (void *)marked->mark};
    return jsp_checked_put(checked, JSP_TABLE_META, &key, &value, 0);
}

void jsp_mark_tell(const jsp_marked *marked, jsp_queue_state state)
{
    for (unsigned n = 0; n < marked->count; n++) {
        jsp_queue_tell(marked->queue, &marked->taken[n], state);
    }
}
