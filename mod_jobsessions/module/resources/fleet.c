/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/fleet.h"

#include "apr_strings.h"

#include "request/request_links.h"
#include "server/config.h"

/* What each session's document begins with, before its id. */
#define ID_MEMBER "{\"id\":\""

/* Room for what stands for a session that its appliance cannot read. */
#define PLACEHOLDER_SIZE 160

/* Where the sessions of an appliance are. */
struct place {
    const char *front;
    const char *mount;
    char below[JS_LINK_MAX]; /* the mount and the appliance at hand; "": none yet */
    js_links links;          /* of it */
};

/* The rows of a cursor, as sessions. Any thread may read them: nothing of the request's pool is used any more. */
struct rows {
    struct reading *reading;
    const struct statement *page;
    apr_uint64_t count;
    int is_behind;  /* the first one */
    int must_begin; /* with it again, before the next one */
    struct place place;
    char placeholder[PLACEHOLDER_SIZE];
    js_document *document;
};

/* ---- Links ----------------------------------------------------------------------------------- */

static void begin_place(struct place *place, const struct answer *answer)
{
    place->front = request_links_front(answer->r);
    place->mount = config_of_request(answer->r)->mount;
    place->below[0] = '\0';
}

static js_result go_to(struct place *place, const char *appliance, js_error *error)
{
    int length = apr_snprintf(place->below, sizeof(place->below), "%s/%s", place->mount, appliance);
    if (length >= (int)sizeof(place->below) - 1) {
        error->result = JS_INVALID;
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "the name of an appliance is too long for a link");
        return JS_INVALID;
    }
    return js_links_make(&place->links, place->front, place->below, error);
}

js_result fleet_links(const struct answer *answer, const char *appliance, js_links *links,
                      js_error *error)
{
    struct place place;
    begin_place(&place, answer);
    js_result result = go_to(&place, appliance, error);
    if (result == JS_OK) {
        *links = place.links;
    }
    return result;
}

const char *fleet_parameter(apr_pool_t *pool, const char *appliance)
{
    return appliance != NULL
               ? apr_pstrcat(pool, "&appliance=", ap_escape_urlencoded(pool, appliance), NULL)
               : "";
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Links are the same until there is a session of another appliance. */
static js_result change_links(struct rows *rows, const char *appliance, js_error *error)
{
    struct place *place = &rows->place;
    const char *before = place->below[0] != '\0' ? place->below + strlen(place->mount) + 1 : NULL;
    if (before != NULL && strcmp(before, appliance) == 0) {
        return JS_OK;
    }
    js_result result = go_to(place, appliance, error);
    if (result == JS_OK) {
        js_document_set_links(rows->document, &place->links);
    }
    return result;
}

/* The number of a session, with which its document begins; 0 where a UUID stands there. */
static uint64_t number_of(const char *document)
{
    uint64_t number = 0;
    if (strncmp(document, ID_MEMBER, sizeof(ID_MEMBER) - 1) == 0) {
        const char *id = document + sizeof(ID_MEMBER) - 1;
        number = js_id_parse(id, strcspn(id, "\""), &number) ? number : 0;
    }
    return number;
}

/* The row at hand. One whose session could not be read has not got its damage, but what is shown in its place. */
static void take_session(struct rows *rows, js_session *session)
{
    const struct transaction *transaction = rows->reading->transaction;
    *session = (js_session){.json = transaction_column(transaction, QUERY_DOCUMENT)};
    if (*session->json == '\0') {
        (void)apr_snprintf(rows->placeholder, sizeof(rows->placeholder),
                           ID_MEMBER "%s\",\"type\":\"Unknown\",\"localizedType\":\"Damaged "
                                     "Record\",\"status\":\"Unknown\",\"damaged\":true}",
                           transaction_column(transaction, QUERY_NAME));
        session->json = rows->placeholder;
    }
    session->id = number_of(session->json);
    session->length = strlen(session->json);
}

static js_result read_next(struct rows *rows, js_session *session, js_error *error)
{
    struct transaction *transaction = rows->reading->transaction;
    js_result result = transaction_next(transaction, error);
    if (result == JS_OK) {
        result = change_links(rows, transaction_column(transaction, QUERY_APPLIANCE), error);
    }
    if (result == JS_OK) {
        take_session(rows, session);
    }
    return result;
}

/* ---- A document of them ---------------------------------------------------------------------- */

/* From the first one: a cursor does not go back, but another one of the same transaction sees the same. */
static js_result declare(struct rows *rows, js_error *error)
{
    rows->is_behind = 0;
    return transaction_declare(rows->reading->transaction, rows->page, rows->count, error);
}

static js_result next_session(void *rows_, js_session *session)
{
    struct rows *rows = rows_;
    js_error *error = &rows->reading->failure;
    js_result result = rows->must_begin ? declare(rows, error) : JS_OK;
    rows->must_begin = 0;
    if (result == JS_OK) {
        rows->is_behind = 1;
        result = read_next(rows, session, error);
    }
    return result;
}

static void rewind_sessions(void *rows_)
{
    struct rows *rows = rows_;
    rows->must_begin = rows->is_behind;
}

js_result fleet_count(struct answer *answer, const struct query_terms *terms, js_error *error)
{
    const js_query *query = terms->query;
    struct transaction *transaction = answer->reading.transaction;
    js_result result =
        transaction_select_first(transaction, query_count(answer->r->pool, terms), error);
    if (result != JS_OK) {
        return JS_SYSTEM;
    }
    answer->matching = (apr_uint64_t)apr_atoi64(transaction_column(transaction, 0));
    apr_uint64_t left = answer->matching > query->offset ? answer->matching - query->offset : 0;
    answer->shown = left < query->limit ? left : query->limit;
    return JS_OK;
}

js_result fleet_begin(struct answer *answer, const struct query_terms *terms, js_error *error)
{
    apr_pool_t *pool = answer->r->pool;
    struct rows *rows = apr_pcalloc(pool, sizeof(*rows));
    rows->reading = &answer->reading;
    rows->document = answer->document;
    rows->page = query_page(pool, terms);
    rows->count = answer->shown;
    begin_place(&rows->place, answer);
    const js_source source = {next_session, rewind_sessions, rows, answer->shown};
    js_result result = declare(rows, error);
    if (result == JS_OK) {
        answer->frame.links = &answer->links; /* until there is a session */
        js_document_begin_source(answer->document, &source, &answer->frame, reading_report_damage,
                                 &answer->reading);
    }
    return result;
}

/* ---- One of them ----------------------------------------------------------------------------- */

js_result fleet_find_session(struct answer *answer, js_error *error)
{
    apr_pool_t *pool = answer->r->pool;
    const struct target *target = answer->target;
    struct transaction *transaction = answer->reading.transaction;
    js_result result = transaction_select_first(
        transaction, query_session(pool, target->appliance, target->session), error);
    return result == JS_END ? JS_NOT_FOUND : result;
}

js_result fleet_begin_session(struct answer *answer, js_error *error)
{
    struct rows *rows = apr_pcalloc(answer->r->pool, sizeof(*rows));
    js_session session;
    rows->reading = &answer->reading;
    begin_place(&rows->place, answer);
    js_result result = go_to(&rows->place, answer->target->appliance, error);
    if (result == JS_OK) {
        take_session(rows, &session); /* its row holds as long as the reading */
        answer->matching = answer->shown = 1;
        answer->frame.links = &rows->place.links;
        js_document_begin_session(answer->document, &session, &answer->frame, reading_report_damage,
                                  &answer->reading);
    }
    return result;
}

const char *fleet_lacks_resource(struct answer *answer)
{
    return answer->of_resource != NULL
               ? "A fleet has no protected items, by which its sessions could be told apart: ask "
                 "the appliance."
               : NULL;
}
