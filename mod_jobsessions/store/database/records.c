/* SPDX-License-Identifier: Apache-2.0 */
/* Looking sessions up, and the walk over all of them that no damaged record can break off. */
#include "database/records.h"

#include <string.h>

#include "base/bytes.h"
#include "database/index.h"

/* Bytes of a page, and of a processor's cache line: where they are others, reading ahead does less. */
#define PAGE 4096
#define CACHE_LINE 64

static void fill(js_session *session, uint64_t id, const MDB_val *value, const char *damage)
{
    session->id = id;
    session->deleted_usn = 0;
    session->damage = damage;
    session->json = damage == NULL ? (const char *)value->mv_data + JSP_RECORD_HEADER : NULL;
    session->length = damage == NULL ? value->mv_size - JSP_RECORD_HEADER : 0;
}

const char *jsp_records_get(js_snapshot *snapshot, uint64_t id, jsp_facts *facts)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, id);
    int rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_RECORDS], &key, &value, MDB_SET_KEY);
    if (rc != 0 || jsp_record_damage(id, value.mv_data, value.mv_size) != NULL) {
        return NULL;
    }
    jsp_record_facts(value.mv_data, facts);
    return (const char *)value.mv_data + JSP_RECORD_HEADER;
}

/* Read the record of an id that is known to exist, by the index or by its key. */
static void read_by_id(js_snapshot *snapshot, uint64_t id, js_session *session)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {0, NULL};
    jsp_put_be64(bytes, id);
    int rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &key, &value, MDB_SET_KEY);
    snapshot->lost = rc != 0;
    fill(session, id, &value,
         rc == MDB_NOTFOUND ? "it is missing"
         : rc != 0          ? mdb_strerror(rc)
                            : jsp_record_damage(id, value.mv_data, value.mv_size));
}

js_result js_snapshot_get(js_snapshot *snapshot, uint64_t id, js_session *session)
{
    jsp_entry entry;
    js_result result = jsp_snapshot_check(snapshot, NULL);
    if (result != JS_OK) {
        return result;
    }
    read_by_id(snapshot, id, session);
    bool missing = snapshot->lost;
    snapshot->lost = true; /* a walk that is under way must find its place again */
    if (session->damage == NULL) {
        return JS_OK;
    }
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry);
    if (rc == 0) {
        session->length = entry.length;
        return JS_OK;
    }
    return rc == MDB_NOTFOUND && missing ? JS_NOT_FOUND : JS_DAMAGED;
}

void js_snapshot_rewind(js_snapshot *snapshot)
{
    snapshot->handed = 0;
    snapshot->lost = false;
}

void js_snapshot_pass(js_snapshot *snapshot, uint64_t count, uint64_t last)
{
    snapshot->last = last;
    snapshot->handed += count;
    snapshot->lost = true;
}

uint64_t js_snapshot_last(const js_snapshot *snapshot)
{
    return snapshot->last;
}

/* Where the walk has come to. */
struct position {
    int rc; /* of LMDB: whether there is a record */
    MDB_val key;
    MDB_val value;
};

static bool stands_at(const struct position *at, uint64_t id)
{
    return at->rc == 0 && at->key.mv_size == sizeof(id) && jsp_get_be64(at->key.mv_data) == id;
}

/* One step of the cursor towards older sessions, from wherever it must start. */
static void step(js_snapshot *snapshot, struct position *at)
{
    unsigned char last[8];
    MDB_cursor_op towards = snapshot->handed == 0 ? MDB_LAST : MDB_PREV;
    if (snapshot->handed > 0 && snapshot->lost) {
        jsp_put_be64(last, snapshot->last);
        at->key = (MDB_val){sizeof(last), last};
        /* without the value: it may be what cannot be read */
        at->rc =
            jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &at->key, NULL, MDB_SET_RANGE);
        if (at->rc == MDB_NOTFOUND) {
            towards = MDB_LAST;
        } else if (at->rc != 0) {
            return;
        }
    }
    at->rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &at->key, &at->value, towards);
    snapshot->lost = at->rc != 0;
}

/* The session after `last` as the index knows it, for when the records do not lead on. */
static js_result next_by_index(js_snapshot *snapshot, const struct position *at,
                               js_session *session)
{
    jsp_entry entry;
    int rc = jsp_index_before(&snapshot->cursors[JSP_CURSOR_INDEX], snapshot->handed > 0,
                              snapshot->last, &entry);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
    }
    const char *damage = at->rc != 0
                             ? mdb_strerror(at->rc)
                             : jsp_record_damage(entry.id, at->value.mv_data, at->value.mv_size);
    if (stands_at(at, entry.id) || (at->rc != 0 && at->rc != MDB_NOTFOUND)) {
        fill(session, entry.id, &at->value, damage);
    } else if (damage == NULL) {
        /* a search would be led astray by the key; the cursor stands where it should */
        fill(session, entry.id, &at->value, "it is stored under the key of another session");
    } else {
        read_by_id(snapshot, entry.id, session);
    }
    if (session->damage != NULL) {
        session->length = entry.length;
    }
    return JS_OK;
}

static bool complete(const js_snapshot *snapshot)
{
    return snapshot->counters_damage == NULL && snapshot->handed >= snapshot->counters.count;
}

/* The walk goes towards lower addresses, page by page, which processors do not foresee. What stands one
 * page before this record will be read a page later; but a prefetch is dropped where its page's
 * translation is not at hand, so the page after the next is touched for that. There is one: a record lies
 * behind the two first pages of the file. A guess that is wrong costs little. */
static void read_ahead(const MDB_val *value)
{
    const char *record = value->mv_data;
    const char *page = record - (uintptr_t)record % PAGE;
    (void)*(volatile const char *)(page - 2 * PAGE);
    for (size_t at = 0; at < value->mv_size && at < PAGE; at += CACHE_LINE) {
        __builtin_prefetch(record - PAGE + at);
    }
}

js_result js_snapshot_next(js_snapshot *snapshot, js_session *session)
{
    struct position at = {0};
    js_result result = JS_OK;
    if (complete(snapshot)) {
        return JS_END;
    }
    step(snapshot, &at);
    uint64_t id = at.rc == 0 && at.key.mv_size == 8 ? jsp_get_be64(at.key.mv_data) : 0;
    if (stands_at(&at, id) && (snapshot->handed == 0 || id < snapshot->last)
        && jsp_record_damage(id, at.value.mv_data, at.value.mv_size) == NULL) {
        read_ahead(&at.value);
        fill(session, id, &at.value, NULL);
    } else {
        result = next_by_index(snapshot, &at, session);
    }
    if (result == JS_OK) {
        snapshot->last = session->id;
        snapshot->handed++;
    }
    return result;
}
