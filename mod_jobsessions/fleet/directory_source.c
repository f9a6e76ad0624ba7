/* SPDX-License-Identifier: Apache-2.0 */
#include "directory_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

/* Which file is in the place: false when there is none. */
static bool find_file(const struct source *source, struct stat *file)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/data.mdb", source->where);
    return length > 0 && (size_t)length < sizeof(path) && stat(path, file) == 0;
}

void directory_source_close(struct source *source)
{
    js_close(source->database);
    source->database = NULL;
}

/* Open what is in the place now. A file that is exchanged between the look and the opening is noticed by the next
 * call: it is then not the one that was looked at. */
static enum exit_code open_directory(struct source *source)
{
    js_error error;
    struct stat file = {0};
    bool exists = find_file(source, &file);
    if (source->database != NULL && exists && file.st_dev == source->device
        && file.st_ino == source->inode) {
        return EXIT_DONE;
    }
    directory_source_close(source);
    if (js_open(source->where, JS_READ, NULL, &source->database, &error) != JS_OK) {
        source->database = NULL;
        return source_fail(source, "%s", error.message);
    }
    source->device = file.st_dev;
    source->inode = file.st_ino;
    return EXIT_DONE;
}

/* A session that tells its id itself is not looked up. */
static void find_id(const js_list *list, const js_session *session, char id[JS_ID_TEXT])
{
    if (session->json == NULL || js_session_text(session, "id", id, JS_ID_TEXT) == 0) {
        js_snapshot_id_text(js_list_snapshot(list), session->id, id);
    }
}

static enum exit_code take_rows(struct source *source, js_list *list, struct rows *rows,
                                struct page *page)
{
    char id[JS_ID_TEXT];
    js_session session;
    js_result result = JS_OK;
    const js_list_totals *totals = js_list_get_totals(list);
    while (rows->length < rows->enough && (result = js_list_next(list, &session)) == JS_OK) {
        find_id(list, &session, id);
        page->usn = rows_add(rows, &session, id, page->usn);
    }
    if (result == JS_DAMAGED) {
        return source_fail(source, "the index is damaged; run `jobsessions verify` there");
    }
    if (rows->count == totals->count && totals->count > 0) {
        page->usn = totals->last_usn;
    }
    page->more = rows->count < totals->total;
    return EXIT_DONE;
}

/* Whether the place is one of this history the list knows, and what was never given or is forgotten. */
static enum exit_code take_changes(struct source *source, js_snapshot *snapshot,
                                   const struct place *from, struct rows *rows, struct page *page)
{
    js_error error;
    js_query query;
    js_query_all(&query);
    query.changes = true;
    query.since = from->usn;
    query.limit = SOURCE_PAGE_SESSIONS;
    js_list *list = memory_take(js_list_size(&query));
    if (list == NULL) {
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DONE;
    js_result result = js_list_begin_changes(list, snapshot, &query, from->identity, &error);
    page->foreign = result == JS_AHEAD;
    if (result == JS_OK) {
        code = take_rows(source, list, rows, page);
    } else if (!page->foreign) {
        code = source_fail(source, "%s", error.message);
    }
    free(list);
    return code;
}

static enum exit_code take_page(struct source *source, js_snapshot *snapshot,
                                const struct place *from, struct rows *rows, struct page *page)
{
    js_error error;
    js_totals totals;
    if (!js_snapshot_history(snapshot, page->identity)
        || js_snapshot_totals(snapshot, &totals, &error) != JS_OK) {
        return source_fail(source, "the counters are damaged; run `jobsessions verify` there");
    }
    page->last_usn = totals.usn;
    return take_changes(source, snapshot, from, rows, page);
}

enum exit_code directory_source_read(struct source *source, const struct place *from,
                                     struct rows *rows, struct page *page)
{
    js_error error;
    js_snapshot *snapshot;
    enum exit_code code = open_directory(source);
    if (code != EXIT_DONE) {
        return code;
    }
    if (js_snapshot_begin(source->database, &snapshot, &error) != JS_OK) {
        return source_fail(source, "%s", error.message);
    }
    code = take_page(source, snapshot, from, rows, page);
    js_snapshot_end(snapshot);
    return code;
}
