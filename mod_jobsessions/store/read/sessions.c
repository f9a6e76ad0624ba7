/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for who reads now and then: the sessions are copied, page by page of a snapshot each, so that none lasts while
 * the caller does something else, or forgets to go on. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "database/database.h"
#include "database/names.h"
#include "read/conditions.h"

/* Sessions on the first page, which is waited for; bytes after which any of them ends. */
#define PAGE_FIRST 100
#define PAGE_BYTES ((size_t)4 << 20)

struct js_sessions {
    js_database *database;
    jsp_conditions wanted; /* and no session above the place it has come to */
    uint64_t left;         /* to be handed out, at most */
    uint64_t page_most;    /* on the next page */
    bool ended;            /* nothing lies behind the page */
    js_list *list;
    jsp_text page; /* JSON of sessions, each ended by NUL */
    size_t at;     /* of them what was handed out */
};

static js_result fail_memory(js_error *error)
{
    return jsp_fail(error, JS_SYSTEM, "there is too little memory for a list of sessions");
}

/* What an export has in its place. */
static void copy_damaged(jsp_text *page, const js_snapshot *snapshot, uint64_t id)
{
    static const char before[] = "{\"id\":\"";
    static const char behind[] = "\",\"damaged\":true}";
    jsp_name name = jsp_names_of(snapshot, id);
    jsp_text_bytes(page, before, sizeof(before) - 1);
    jsp_text_bytes(page, name.text, strlen(name.text));
    jsp_text_bytes(page, behind, sizeof(behind) - 1);
}

/* False: there is no memory for it, and it is still to be handed out. */
static bool copy(js_sessions *sessions, const js_snapshot *snapshot, const js_session *session)
{
    jsp_text *page = &sessions->page;
    size_t before = page->length;
    if (session->damage == NULL) {
        jsp_text_bytes(page, session->json, session->length);
    } else {
        copy_damaged(page, snapshot, session->id);
    }
    jsp_text_bytes(page, "", 1);
    if (page->failed) {
        page->failed = false;
        page->length = before;
        return false;
    }
    sessions->left--;
    sessions->ended = session->id == 0;
    sessions->wanted.query.filter.highest_id = session->id - 1;
    return true;
}

static js_result copy_next(js_sessions *sessions, const js_snapshot *snapshot)
{
    js_session session;
    js_result result = js_list_next(sessions->list, &session);
    return result == JS_OK && !copy(sessions, snapshot, &session) ? JS_SYSTEM : result;
}

static js_result fail_page(const js_sessions *sessions, js_result result, js_error *error)
{
    return result == JS_SYSTEM
               ? fail_memory(error)
               : jsp_fail(error, result, "%s: the index is damaged; run jobsessions verify",
                          sessions->database->directory);
}

/* What was copied before a failure is handed out first. */
static js_result copy_page(js_sessions *sessions, const js_snapshot *snapshot, js_error *error)
{
    js_result result = JS_OK;
    uint64_t most = sessions->page_most;
    while (result == JS_OK && most-- > 0 && sessions->left > 0 && !sessions->ended
           && sessions->page.length < PAGE_BYTES) {
        result = copy_next(sessions, snapshot);
    }
    sessions->ended |= result == JS_END || sessions->left == 0;
    sessions->page_most = UINT64_MAX;
    return result == JS_OK || result == JS_END || sessions->page.length > 0
               ? JS_OK
               : fail_page(sessions, result, error);
}

static js_result take_page(js_sessions *sessions, js_error *error)
{
    js_snapshot *snapshot;
    const jsp_conditions *wanted = &sessions->wanted;
    jsp_text_clear(&sessions->page);
    sessions->at = 0;
    js_result result = js_snapshot_begin(sessions->database, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_list_begin_of(sessions->list, snapshot, &wanted->query, wanted->resource, error);
    result = result == JS_OK ? copy_page(sessions, snapshot, error) : result;
    js_snapshot_end(snapshot);
    return result;
}

js_result js_sessions_begin(js_database *database, const char *query, js_sessions **sessions,
                            js_error *error)
{
    js_sessions *made = calloc(1, sizeof(*made));
    *sessions = NULL;
    if (made == NULL) {
        return fail_memory(error);
    }
    made->database = database;
    made->page_most = PAGE_FIRST;
    js_result result = jsp_conditions_read(&made->wanted, query, error);
    made->left = made->wanted.query.limit;
    made->wanted.query.limit =
        JS_NO_LIMIT; /* in the order of the index, of which a page costs what is left */
    made->list = result == JS_OK ? malloc(js_list_size(&made->wanted.query)) : NULL;
    if (result == JS_OK) {
        result = made->list != NULL ? take_page(made, error) : fail_memory(error);
    }
    if (result != JS_OK) {
        js_sessions_end(made);
        return result;
    }
    *sessions = made;
    return JS_OK;
}

js_result js_sessions_next(js_sessions *sessions, const char **json, size_t *length,
                           js_error *error)
{
    if (sessions->at == sessions->page.length && !sessions->ended) {
        js_result result = take_page(sessions, error);
        if (result != JS_OK) {
            return result;
        }
    }
    if (sessions->at == sessions->page.length) {
        return JS_END;
    }
    *json = sessions->page.data + sessions->at;
    *length = strlen(*json);
    sessions->at += *length + 1;
    return JS_OK;
}

void js_sessions_end(js_sessions *sessions)
{
    if (sessions != NULL) {
        jsp_conditions_free(&sessions->wanted);
        jsp_text_free(&sessions->page);
        free(sessions->list);
        free(sessions);
    }
}

/* Of the sessions that match as many as the limit lets through. */
static js_result count_in(js_snapshot *snapshot, jsp_conditions *wanted, uint64_t *count,
                          js_error *error)
{
    uint64_t limit = wanted->query.limit;
    wanted->query.limit = 0;
    js_list *list = malloc(js_list_size(&wanted->query));
    if (list == NULL) {
        return fail_memory(error);
    }
    js_result result = js_list_begin_of(list, snapshot, &wanted->query, wanted->resource, error);
    if (result == JS_OK) {
        uint64_t total = js_list_get_totals(list)->total;
        *count = total < limit ? total : limit;
    }
    free(list);
    return result;
}

js_result js_sessions_count(js_database *database, const char *query, uint64_t *count,
                            js_error *error)
{
    js_snapshot *snapshot;
    jsp_conditions wanted;
    *count = 0;
    js_result result = jsp_conditions_read(&wanted, query, error);
    result = result == JS_OK ? js_snapshot_begin(database, &snapshot, error) : result;
    if (result == JS_OK) {
        result = count_in(snapshot, &wanted, count, error);
        js_snapshot_end(snapshot);
    }
    jsp_conditions_free(&wanted);
    return result;
}
