/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file addon.c
 * The library for index.js, by Node-API, whose binary interface every version of Node keeps.
 *
 * Whatever may wait is a work item, run by a thread of libuv's pool: a list of changes is a transaction that is begun
 * and ended within one, as it belongs to its thread. index.js is the only caller, and hands over what is of the types
 * told here. What the library refuses is thrown, or rejected with, as {result, member, message}.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAPI_VERSION 8
#include <node_api.h>

#include <jobsessions_read.h>

/* An open database; counted is touched by JavaScript's thread alone. */
struct handle {
    js_database *database; /* NULL: it was closed */
    unsigned items_of_work;
};

/* Sessions that are found by a query, a batch at a time. */
struct found {
    char *query;
    js_sessions *sessions; /* NULL: not begun */
};

/* What one change does; index.js has the same numbers. */
enum verb {
    PUT,
    UPDATE,
    APPEND,
    REMOVE
};

/* Bytes of an id, and of one more: what is longer is none when it is cut off, either. */
#define NAME (JS_ID_TEXT + 1)

/* A change. Its session's id is given, or that which an earlier change in the list has got. */
struct change {
    enum verb verb;
    char name[NAME]; /* the id; what put and update have changed in the end */
    uint64_t id;     /* the number behind it */
    int64_t same_as; /* place of that change, or -1 */
    int detail;      /* js_item_kind or js_removal */
    char *json;
    size_t length;
};

/* A work item: it changes sessions, reads one, or the items of one, or has to do with a request to stop one. */
struct work {
    napi_async_work async;
    napi_deferred deferred;
    napi_ref keeps; /* the handle */
    struct handle *handle;
    void (*run)(struct work *work);
    struct change *changes;
    uint32_t count;
    char name[NAME]; /* the session's id */
    uint64_t id;     /* the number behind it */
    int kind;
    napi_ref keeps_found; /* that, or NULL */
    struct found *found;
    char *query;     /* of sessions to count */
    long process;    /* that writes */
    char *directory; /* of requests */
    char *user;      /* who asks */
    char *text;      /* what was read */
    size_t length;
    js_result result;
    js_error error;
};

/* ---- Values ---------------------------------------------------------------------------------- */

static napi_value element(napi_env env, napi_value array, uint32_t index)
{
    napi_value value = NULL;
    (void)napi_get_element(env, array, index, &value);
    return value;
}

static int64_t number_of(napi_env env, napi_value value)
{
    int64_t number = 0;
    (void)napi_get_value_int64(env, value, &number);
    return number;
}

/* A text, which is to be freed; NULL where it is none. */
static char *text_of(napi_env env, napi_value value, size_t *length)
{
    *length = 0;
    if (napi_get_value_string_utf8(env, value, NULL, 0, length) != napi_ok) {
        return NULL;
    }
    char *text = malloc(*length + 1);
    if (text != NULL) {
        (void)napi_get_value_string_utf8(env, value, text, *length + 1, length);
    }
    return text;
}

static void read_id(napi_env env, napi_value value, char name[NAME])
{
    size_t length = 0;
    (void)napi_get_value_string_utf8(env, value, name, NAME, &length);
}

static napi_value new_text(napi_env env, const char *text, size_t length)
{
    napi_value value = NULL;
    (void)napi_create_string_utf8(env, text, length, &value);
    return value;
}

static napi_value new_refusal(napi_env env, js_result result, const js_error *error)
{
    napi_value refusal;
    napi_value number;
    (void)napi_create_object(env, &refusal);
    (void)napi_create_int32(env, (int32_t)result, &number);
    (void)napi_set_named_property(env, refusal, "result", number);
    (void)napi_set_named_property(env, refusal, "member",
                                  new_text(env, error->member, NAPI_AUTO_LENGTH));
    (void)napi_set_named_property(env, refusal, "message",
                                  new_text(env, error->message, NAPI_AUTO_LENGTH));
    return refusal;
}

static struct handle *handle_of(napi_env env, napi_value value)
{
    void *handle = NULL;
    (void)napi_get_value_external(env, value, &handle);
    return handle;
}

/* ---- What a work item does, in its thread ---------------------------------------------------- */

static void fail(struct work *work, js_result result, const char *message)
{
    work->result = result;
    (void)snprintf(work->error.message, sizeof(work->error.message), "%s", message);
}

/* The number of the session that is appended to or removed. */
static js_result find_session(struct work *work, js_transaction *transaction, struct change *change)
{
    if (change->verb == PUT || change->verb == UPDATE) {
        return JS_OK;
    }
    if (change->same_as >= 0) {
        (void)memcpy(change->name, work->changes[change->same_as].name, sizeof(change->name));
    }
    return js_transaction_find_id(transaction, change->name, strlen(change->name), &change->id,
                                  &work->error);
}

static js_result make_change(struct work *work, js_transaction *transaction, struct change *change)
{
    switch (change->verb) {
    case PUT:
        return js_transaction_put(transaction, change->json, change->length, &change->id,
                                  &work->error);
    case UPDATE:
        return js_transaction_update(transaction, change->json, change->length, &change->id,
                                     &work->error);
    case APPEND:
        return js_transaction_append(transaction, change->id, (js_item_kind)change->detail,
                                     change->json, change->length, &work->error);
    default:
        return js_transaction_remove(transaction, change->id, (js_removal)change->detail,
                                     &work->error);
    }
}

static js_result change_session(struct work *work, js_transaction *transaction,
                                struct change *change)
{
    js_result result = find_session(work, transaction, change);
    result = result == JS_OK ? make_change(work, transaction, change) : result;
    return result == JS_OK && (change->verb == PUT || change->verb == UPDATE)
               ? js_transaction_id_text(transaction, change->id, change->name, &work->error)
               : result;
}

static void write_changes(struct work *work)
{
    js_transaction *transaction;
    work->result = js_transaction_begin(work->handle->database, &transaction, &work->error);
    if (work->result != JS_OK) {
        return;
    }
    for (uint32_t i = 0; work->result == JS_OK && i < work->count; i++) {
        work->result = change_session(work, transaction, &work->changes[i]);
    }
    if (work->result == JS_OK) {
        work->result = js_transaction_commit(transaction, &work->error);
    } else {
        js_transaction_abort(transaction);
    }
}

static bool find_number(struct work *work)
{
    work->result =
        js_find_id(work->handle->database, work->name, strlen(work->name), &work->id, &work->error);
    return work->result == JS_OK;
}

static void read_session(struct work *work)
{
    if (!find_number(work)) {
        return;
    }
    work->text = malloc(JS_SESSION_MAX + 1);
    if (work->text == NULL) {
        fail(work, JS_SYSTEM, "there is too little memory for a session");
        return;
    }
    work->result = js_get(work->handle->database, work->id, work->text, JS_SESSION_MAX + 1,
                          &work->length, &work->error);
}

/* False: it is not whole, which has been said. */
static bool end_array(struct work *work, FILE *text, bool is_empty)
{
    (void)fputs(is_empty ? "[]" : "]", text);
    bool is_whole = ferror(text) == 0;
    if (fclose(text) != 0 || !is_whole) {
        fail(work, JS_SYSTEM, "there is too little memory for what was found");
        return false;
    }
    return true;
}

/* All items as one array. */
static void write_items(struct work *work, js_items *items)
{
    js_session item;
    js_result result = JS_OK;
    const char *before = "[";
    FILE *text = open_memstream(&work->text, &work->length);
    if (text == NULL) {
        fail(work, JS_SYSTEM, "there is too little memory for the items");
        return;
    }
    while ((result = js_items_next(items, &item)) == JS_OK && item.json != NULL) {
        (void)fputs(before, text);
        (void)fwrite(item.json, 1, item.length, text);
        before = ",";
    }
    if (end_array(work, text, *before == '[') && result != JS_END) {
        fail(work, JS_DAMAGED, "an item of the session is damaged");
    }
}

static void read_items(struct work *work)
{
    js_snapshot *snapshot;
    if (!find_number(work)) {
        return;
    }
    js_items *items = malloc(js_items_size());
    if (items == NULL) {
        fail(work, JS_SYSTEM, "there is too little memory for the items");
        return;
    }
    work->result = js_snapshot_begin(work->handle->database, &snapshot, &work->error);
    if (work->result == JS_OK) {
        work->result = js_items_begin(items, snapshot, work->id, (js_item_kind)work->kind, NULL, 0,
                                      JS_NO_LIMIT, &work->error);
        if (work->result == JS_OK) {
            write_items(work, items);
        }
        js_snapshot_end(snapshot);
    }
    free(items);
}

/* Sessions that are read at a time. */
#define BATCH 100

/* An array of a batch; empty where there are no more. */
static void write_batch(struct work *work)
{
    const char *json;
    size_t length;
    const char *before = "[";
    js_result result = JS_OK;
    FILE *text = open_memstream(&work->text, &work->length);
    if (text == NULL) {
        fail(work, JS_SYSTEM, "there is too little memory for the sessions");
        return;
    }
    for (unsigned i = 0;
         i < BATCH
         && (result = js_sessions_next(work->found->sessions, &json, &length, &work->error))
                == JS_OK;
         i++) {
        (void)fputs(before, text);
        (void)fwrite(json, 1, length, text);
        before = ",";
    }
    if (end_array(work, text, *before == '[') && result != JS_OK && result != JS_END) {
        work->result = result;
    }
}

static void read_batch(struct work *work)
{
    struct found *found = work->found;
    if (found->sessions == NULL) {
        work->result =
            js_sessions_begin(work->handle->database, found->query, &found->sessions, &work->error);
    }
    if (work->result == JS_OK) {
        write_batch(work);
    }
}

static void count_sessions_of(struct work *work)
{
    uint64_t count;
    work->result = js_sessions_count(work->handle->database, work->query, &count, &work->error);
    if (work->result == JS_OK) {
        int length = asprintf(&work->text, "%" PRIu64, count);
        work->length = length > 0 ? (size_t)length : 0;
    }
}

static void change_worker(struct work *work)
{
    work->result = js_set_worker(work->handle->database, work->process, &work->error);
}

static void ask_to_stop(struct work *work)
{
    if (find_number(work)) {
        work->result = js_stop_ask(work->handle->database, work->directory, work->id, work->user,
                                   &work->error);
    }
}

/* When somebody asks, and behind a blank who; nothing where nobody does. */
static void look(struct work *work,
                 js_result (*call)(js_database *database, const char *directory, uint64_t id,
                                   js_stop_request *request, js_error *error))
{
    js_stop_request request;
    if (!find_number(work)) {
        return;
    }
    work->result = call(work->handle->database, work->directory, work->id, &request, &work->error);
    if (work->result == JS_NOT_FOUND) {
        work->result = JS_OK;
    } else if (work->result == JS_OK) {
        int length = asprintf(&work->text, "%s %s", request.time, request.user);
        work->length = length > 0 ? (size_t)length : 0;
    }
}

static void see_request(struct work *work)
{
    look(work, js_stop_requested);
}

static void take_request(struct work *work)
{
    look(work, js_stop_take);
}

static void run(napi_env env, void *data)
{
    struct work *work = data;
    (void)env;
    work->run(work);
}

/* ---- Its begin and its end, in JavaScript's -------------------------------------------------- */

static void free_work(struct work *work)
{
    for (uint32_t i = 0; i < work->count; i++) {
        free(work->changes[i].json);
    }
    free(work->changes);
    free(work->query);
    free(work->directory);
    free(work->user);
    free(work->text);
    free(work);
}

static napi_value ids_of(napi_env env, const struct work *work)
{
    napi_value ids;
    (void)napi_create_array_with_length(env, work->count, &ids);
    for (uint32_t i = 0; i < work->count; i++) {
        const char *name = work->changes[i].name;
        (void)napi_set_element(env, ids, i, new_text(env, name, NAPI_AUTO_LENGTH));
    }
    return ids;
}

static void complete(napi_env env, napi_status status, void *data)
{
    struct work *work = data;
    work->handle->items_of_work--;
    if (status == napi_cancelled) {
        fail(work, JS_INTERRUPTED, "Node has ended before the call began");
    }
    if (work->result != JS_OK) {
        (void)napi_reject_deferred(env, work->deferred,
                                   new_refusal(env, work->result, &work->error));
    } else {
        (void)napi_resolve_deferred(
            env, work->deferred,
            work->run == write_changes
                ? ids_of(env, work)
                : new_text(env, work->text != NULL ? work->text : "", work->length));
    }
    (void)napi_delete_async_work(env, work->async);
    (void)napi_delete_reference(env, work->keeps);
    if (work->keeps_found != NULL) {
        (void)napi_delete_reference(env, work->keeps_found);
    }
    free_work(work);
}

/* @return the promise of what it comes to; NULL, with an exception, where there is too little memory */
static napi_value queue(napi_env env, napi_value external, struct work *work)
{
    napi_value promise = NULL;
    napi_value name = new_text(env, "jobsessions", NAPI_AUTO_LENGTH);
    work->handle = handle_of(env, external);
    if (napi_create_promise(env, &work->deferred, &promise) != napi_ok
        || napi_create_reference(env, external, 1, &work->keeps) != napi_ok
        || napi_create_async_work(env, NULL, name, run, complete, work, &work->async) != napi_ok
        || napi_queue_async_work(env, work->async) != napi_ok) {
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        free_work(work);
        return NULL;
    }
    work->handle->items_of_work++;
    return promise;
}

/* ---- What index.js calls --------------------------------------------------------------------- */

enum {
    ARGUMENTS = 4
};

static void get_arguments(napi_env env, napi_callback_info info, napi_value arguments[ARGUMENTS])
{
    size_t count = ARGUMENTS;
    (void)napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
}

static void close_handle(struct handle *handle)
{
    js_close(handle->database);
    handle->database = NULL;
}

static void collect_handle(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    close_handle(data);
    free(data);
}

/* (directory, whether to read only, bytes of the map): the handle */
static napi_value open_database(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    napi_value external = NULL;
    js_error error = {.message = "there is too little memory for a database"};
    js_result result = JS_SYSTEM;
    size_t length;
    bool read_only = false;
    get_arguments(env, info, arguments);
    (void)napi_get_value_bool(env, arguments[1], &read_only);
    const js_options options = {.map_size = (size_t)number_of(env, arguments[2])};
    struct handle *handle = calloc(1, sizeof(*handle));
    char *directory = text_of(env, arguments[0], &length);
    if (handle != NULL && directory != NULL) {
        result =
            js_open(directory, read_only ? JS_READ : JS_WRITE, &options, &handle->database, &error);
    }
    free(directory);
    if (result != JS_OK) {
        free(handle);
        (void)napi_throw(env, new_refusal(env, result, &error));
        return NULL;
    }
    (void)napi_create_external(env, handle, collect_handle, NULL, &external);
    return external;
}

/* (handle), when no work of it is under way */
static napi_value close_database(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    get_arguments(env, info, arguments);
    struct handle *handle = handle_of(env, arguments[0]);
    if (handle->items_of_work == 0) {
        close_handle(handle);
    }
    return NULL;
}

/* (handle, milliseconds) */
static napi_value set_wait_limit(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    get_arguments(env, info, arguments);
    js_set_wait_limit(handle_of(env, arguments[0])->database,
                      (unsigned)number_of(env, arguments[1]));
    return NULL;
}

/* (handle) */
static napi_value interrupt(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    get_arguments(env, info, arguments);
    js_interrupt(handle_of(env, arguments[0])->database);
    return NULL;
}

static void read_change(napi_env env, napi_value from, struct change *change)
{
    change->verb = (enum verb)number_of(env, element(env, from, 0));
    read_id(env, element(env, from, 1), change->name);
    change->same_as = number_of(env, element(env, from, 2));
    change->detail = (int)number_of(env, element(env, from, 3));
    change->json = text_of(env, element(env, from, 4), &change->length);
}

/* (handle, [[verb, id, place of the change whose session it is, or -1, detail, JSON], …]): promise of the ids */
static napi_value change_sessions(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    uint32_t count = 0;
    get_arguments(env, info, arguments);
    (void)napi_get_array_length(env, arguments[1], &count);
    struct work *work = calloc(1, sizeof(*work));
    struct change *changes = calloc(count + 1, sizeof(*changes));
    if (work == NULL || changes == NULL) {
        free(work);
        free(changes);
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        return NULL;
    }
    *work = (struct work){.run = write_changes, .changes = changes, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        read_change(env, element(env, arguments[1], i), &changes[i]);
    }
    return queue(env, arguments[0], work);
}

/* Work on the session whose id is the second argument; NULL, with an exception, where there is too little memory. */
static struct work *new_work(napi_env env, napi_value arguments[ARGUMENTS],
                             void (*run)(struct work *))
{
    struct work *work = calloc(1, sizeof(*work));
    if (work == NULL) {
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        return NULL;
    }
    work->run = run;
    read_id(env, arguments[1], work->name);
    return work;
}

static napi_value queue_reading(napi_env env, napi_callback_info info, void (*run)(struct work *))
{
    napi_value arguments[ARGUMENTS];
    get_arguments(env, info, arguments);
    struct work *work = new_work(env, arguments, run);
    if (work == NULL) {
        return NULL;
    }
    work->kind = (int)number_of(env, arguments[2]);
    return queue(env, arguments[0], work);
}

static void collect_found(napi_env env, void *data, void *hint)
{
    struct found *found = data;
    (void)env;
    (void)hint;
    js_sessions_end(found->sessions);
    free(found->query);
    free(found);
}

/* (query): what nextSessions() goes through */
static napi_value find_sessions(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    napi_value external = NULL;
    size_t length;
    get_arguments(env, info, arguments);
    struct found *found = calloc(1, sizeof(*found));
    char *query = text_of(env, arguments[0], &length);
    if (found == NULL || query == NULL) {
        free(found);
        free(query);
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        return NULL;
    }
    found->query = query;
    (void)napi_create_external(env, found, collect_found, NULL, &external);
    return external;
}

/* (handle, sessions): promise of a JSON array of the next ones, one call after the other */
static napi_value next_sessions(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    void *found = NULL;
    get_arguments(env, info, arguments);
    struct work *work = new_work(env, arguments, read_batch);
    if (work == NULL) {
        return NULL;
    }
    (void)napi_get_value_external(env, arguments[1], &found);
    (void)napi_create_reference(env, arguments[1], 1, &work->keeps_found);
    work->found = found;
    return queue(env, arguments[0], work);
}

/* (handle, query): promise of how many */
static napi_value count_sessions(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    size_t length;
    get_arguments(env, info, arguments);
    struct work *work = new_work(env, arguments, count_sessions_of);
    if (work == NULL) {
        return NULL;
    }
    work->query = text_of(env, arguments[1], &length);
    if (work->query == NULL) {
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        free_work(work);
        return NULL;
    }
    return queue(env, arguments[0], work);
}

/* (handle, process): promise of nothing */
static napi_value set_worker(napi_env env, napi_callback_info info)
{
    napi_value arguments[ARGUMENTS];
    get_arguments(env, info, arguments);
    struct work *work = new_work(env, arguments, change_worker);
    if (work == NULL) {
        return NULL;
    }
    work->process = (long)number_of(env, arguments[1]);
    return queue(env, arguments[0], work);
}

static napi_value queue_stop(napi_env env, napi_callback_info info, void (*run)(struct work *))
{
    napi_value arguments[ARGUMENTS];
    size_t length;
    get_arguments(env, info, arguments);
    struct work *work = new_work(env, arguments, run);
    if (work == NULL) {
        return NULL;
    }
    work->directory = text_of(env, arguments[2], &length);
    work->user = run == ask_to_stop ? text_of(env, arguments[3], &length) : NULL;
    if (work->directory == NULL || (run == ask_to_stop && work->user == NULL)) {
        (void)napi_throw_error(env, NULL, "there is too little memory for a call");
        free_work(work);
        return NULL;
    }
    return queue(env, arguments[0], work);
}

/* (handle, id, directory, user): promise of nothing */
static napi_value stop_ask(napi_env env, napi_callback_info info)
{
    return queue_stop(env, info, ask_to_stop);
}

/* (handle, id, directory): promise of when and who, or an empty text */
static napi_value stop_requested(napi_env env, napi_callback_info info)
{
    return queue_stop(env, info, see_request);
}

/* (handle, id, directory): the same */
static napi_value stop_take(napi_env env, napi_callback_info info)
{
    return queue_stop(env, info, take_request);
}

/* (handle, id): promise of its JSON */
static napi_value get_session(napi_env env, napi_callback_info info)
{
    return queue_reading(env, info, read_session);
}

/* (handle, id, kind): promise of a JSON array */
static napi_value get_items(napi_env env, napi_callback_info info)
{
    return queue_reading(env, info, read_items);
}

static napi_value lists(napi_env env)
{
    napi_value names;
    (void)napi_create_array(env, &names);
    for (int kind = 0; js_item_list((js_item_kind)kind) != NULL; kind++) {
        const char *name = js_item_list((js_item_kind)kind);
        (void)napi_set_element(env, names, (uint32_t)kind, new_text(env, name, NAPI_AUTO_LENGTH));
    }
    return names;
}

NAPI_MODULE_INIT()
{
    static const struct {
        const char *name;
        napi_callback call;
    } functions[] = {
        {"open", open_database},
        {"close", close_database},
        {"setWaitLimit", set_wait_limit},
        {"interrupt", interrupt},
        {"change", change_sessions},
        {"get", get_session},
        {"items", get_items},
        {"stopAsk", stop_ask},
        {"stopRequested", stop_requested},
        {"stopTake", stop_take},
        {"setWorker", set_worker},
        {"sessions", find_sessions},
        {"nextSessions", next_sessions},
        {"countSessions", count_sessions},
    };
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        napi_value function;
        (void)napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call,
                                   NULL, &function);
        (void)napi_set_named_property(env, exports, functions[i].name, function);
    }
    (void)napi_set_named_property(env, exports, "version",
                                  new_text(env, js_version(), NAPI_AUTO_LENGTH));
    (void)napi_set_named_property(env, exports, "lists", lists(env));
    return exports;
}
