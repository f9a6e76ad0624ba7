/* SPDX-License-Identifier: Apache-2.0 */
#include "follow/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of text after which a page ends early. */
#define TEXT_MAX ((off_t)8 << 20)

static js_result no_memory(js_error *error)
{
    (void)snprintf(error->message, sizeof(error->message), "out of memory");
    return JS_SYSTEM;
}

/* Copy what a session says, or what is wrong with it, and its usn. */
static void copy(struct changes *changes, FILE *text, const js_snapshot *snapshot,
                 const js_session *session)
{
    char usn[32] = "0";
    struct change *change = &changes->list[changes->count++];
    change->session = *session;
    change->at = (size_t)ftello(text);
    if (session->json == NULL) {
        js_snapshot_id_text(snapshot, session->id, change->id);
    }
    if (session->deleted_usn != 0) {
        change->usn = session->deleted_usn;
        (void)fprintf(text, "{\"id\":\"%s\",\"usn\":%" PRIu64 ",\"deleted\":true}", change->id,
                      session->deleted_usn);
    } else if (session->damage != NULL) {
        change->usn = 0;
        (void)fputs(session->damage, text);
    } else {
        (void)js_session_text(session, "usn", usn, sizeof(usn));
        change->usn = strtoull(usn, NULL, 10);
        (void)fwrite(session->json, 1, session->length, text);
    }
    change->session.length = (size_t)ftello(text) - change->at;
    (void)fputc('\0', text);
    changes->last_usn = change->usn != 0 ? change->usn : changes->last_usn;
}

static js_result copy_page(struct changes *changes, FILE *text, js_list *list)
{
    js_session session;
    js_result result = JS_OK;
    const js_list_totals *totals = js_list_get_totals(list);
    while (ftello(text) < TEXT_MAX && (result = js_list_next(list, &session)) == JS_OK) {
        copy(changes, text, js_list_snapshot(list), &session);
    }
    changes->more = result == JS_OK || totals->total > changes->count;
    if (result == JS_END && changes->count > 0) {
        changes->last_usn = totals->last_usn;
    }
    return result == JS_END ? JS_OK : result;
}

static js_result copy_snapshot(struct changes *changes, FILE *text, js_database *database,
                               js_error *error)
{
    js_query query;
    js_snapshot *snapshot;
    js_query_all(&query);
    query.changes = true;
    query.since = changes->last_usn;
    query.limit = CHANGES_MAX;
    js_list *list = calloc(1, js_list_size(&query));
    if (list == NULL) {
        return no_memory(error);
    }
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result == JS_OK) {
        changes->forgotten = query.since < js_snapshot_forgotten(snapshot);
        if (query.since == 0 && !js_snapshot_history(snapshot, changes->history)) {
            changes->history[0] = '\0';
        }
        result = js_list_begin_changes(list, snapshot, &query, changes->history, error);
        if (result == JS_OK && (result = copy_page(changes, text, list)) != JS_OK) {
            (void)snprintf(error->message, sizeof(error->message),
                           "the changes are damaged; run `jobsessions verify`");
        }
        js_snapshot_end(snapshot);
    }
    free(list);
    return result;
}

/* The text moves while it grows. */
static void point_into_text(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct change *change = &changes->list[i];
        const char *at = changes->text + change->at;
        change->session.json = change->session.damage == NULL ? at : NULL;
        change->session.damage = change->session.damage != NULL ? at : NULL;
    }
}

js_result changes_take(struct changes *changes, js_database *database, uint64_t since,
                       js_error *error)
{
    changes->count = 0;
    changes->last_usn = since;
    changes->more = false;
    changes->text = NULL;
    FILE *text = open_memstream(&changes->text, &changes->length);
    if (text == NULL) {
        return no_memory(error);
    }
    js_result result = copy_snapshot(changes, text, database, error);
    if (fclose(text) != 0) {
        return no_memory(error);
    }
    point_into_text(changes);
    return result;
}

void changes_free(struct changes *changes)
{
    free(changes->text);
    changes->text = NULL;
}
