/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a session, and what is refused on the way, as a program in C: those of the other languages print the same
 * lines, and leave the same bytes in the database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include <jobsessions_read.h>

static js_error error;

static void say(js_result result)
{
    printf("refused %d %s: %s\n", result, error.member, error.message);
}

/* What has to be done: the program ends where it is not. */
static void must(js_result result)
{
    if (result != JS_OK) {
        say(result);
        exit(EXIT_FAILURE);
    }
}

static js_result put(js_database *database, const char *json, uint64_t *id)
{
    return js_put(database, json, strlen(json), id, &error);
}

static js_result update(js_database *database, const char *json)
{
    return js_update(database, json, strlen(json), NULL, &error);
}

static void append(js_transaction *transaction, uint64_t id, js_item_kind kind, const char *json)
{
    must(js_transaction_append(transaction, id, kind, json, strlen(json), &error));
}

static void create(js_database *database)
{
    uint64_t id;
    must(put(database,
             "{\"type\":\"PolicyBackup\",\"status\":\"Running\","
             "\"executionStartTime\":\"2026-11-23T08:00:00Z\","
             "\"backupJobInfo\":{\"policyId\":\"5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40\","
             "\"policyName\":\"Zürich, nightly\",\"protectedInstancesCount\":0,"
             "\"policyRemoved\":false}}",
             &id));
    printf("created %" PRIu64 "\n", id);
}

static void report(js_database *database)
{
    const char *patch = "{\"id\":\"1\",\"backupJobInfo\":{\"protectedInstancesCount\":1}}";
    js_transaction *transaction;
    must(js_transaction_begin(database, &transaction, &error));
    append(transaction, 1, JS_LOG,
           "{\"logTime\":\"2026-11-23T08:00:01Z\",\"status\":\"Success\",\"message\":\"web01 "
           "begins\"}");
    append(transaction, 1, JS_LOG,
           "{\"logTime\":\"2026-11-23T08:16:24Z\",\"status\":\"Success\",\"message\":\"web01 is "
           "safe\"}");
    append(transaction, 1, JS_PROTECTED_ITEMS, "{\"name\":\"web01\"}");
    must(js_transaction_update(transaction, patch, strlen(patch), NULL, &error));
    must(js_transaction_commit(transaction, &error));
}

static void finish(js_database *database)
{
    must(update(database, "{\"id\":\"1\",\"status\":\"Success\","
                          "\"executionStopTime\":\"2026-11-23T08:16:25Z\"}"));
}

static void show_items(js_snapshot *snapshot, js_item_kind kind)
{
    js_items *items = malloc(js_items_size());
    js_session item;
    must(js_items_begin(items, snapshot, 1, kind, NULL, 0, JS_NO_LIMIT, &error));
    while (js_items_next(items, &item) == JS_OK) {
        printf("%s %.*s\n", js_item_list(kind), (int)item.length, item.json);
    }
    free(items);
}

static void read_back(js_database *database)
{
    static char json[JS_SESSION_MAX + 1];
    js_snapshot *snapshot;
    must(js_get(database, 1, json, sizeof(json), NULL, &error));
    printf("session %s\n", json);
    must(js_snapshot_begin(database, &snapshot, &error));
    show_items(snapshot, JS_LOG);
    show_items(snapshot, JS_PROTECTED_ITEMS);
    js_snapshot_end(snapshot);
}

static void remove_another(js_database *database)
{
    must(put(database, "{\"type\":\"Retention\",\"status\":\"Running\"}", NULL));
    say(js_remove(database, 2, JS_REMOVE_FINISHED, &error));
    must(js_remove(database, 2, JS_REMOVE_ANY, &error));
    say(put(database, "{\"id\":\"2\",\"status\":\"Success\"}", NULL));
}

/* A transaction that is given up leaves nothing, and one's own put would wait for it. */
static void give_up(js_database *database)
{
    const char *third = "{\"status\":\"Success\"}";
    js_transaction *transaction;
    char json[8];
    must(js_transaction_begin(database, &transaction, &error));
    must(js_transaction_put(transaction, third, strlen(third), NULL, &error));
    say(put(database, third, NULL));
    js_transaction_abort(transaction);
    say(js_get(database, 3, json, sizeof(json), NULL, &error));
}

static void show_stop(js_result result, const js_stop_request *request)
{
    printf("asked by %s\n", result == JS_OK ? request->user : "nobody");
}

/* A session with an id of the worker's own, who sees that it is to stop. */
static void stop(js_database *database)
{
    static char json[JS_SESSION_MAX + 1];
    char text[JS_ID_TEXT];
    js_stop_request request;
    uint64_t id;
    must(put(database,
             "{\"id\":\"F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6\",\"type\":\"PolicyBackup\","
             "\"status\":\"Running\"}",
             &id));
    js_id_text(database, id, text);
    printf("created %s\n", text);
    must(js_find_id(database, text, strlen(text), &id, &error));
    (void)mkdir("stops", S_IRWXU);
    show_stop(js_stop_requested(database, "stops", id, &request, &error), &request);
    must(js_stop_ask(database, "stops", id, "operator", &error));
    show_stop(js_stop_requested(database, "stops", id, &request, &error), &request);
    show_stop(js_stop_take(database, "stops", id, &request, &error), &request);
    show_stop(js_stop_take(database, "stops", id, &request, &error), &request);
    must(js_get(database, id, json, sizeof(json), NULL, &error));
    printf("session %s\n", json);
    must(js_append(database, id, JS_LOG, "{\"message\":\"stopped\"}", 21, &error));
    must(update(database,
                "{\"id\":\"f81d4fae-7dec-4d0a-a765-00a0c91e6bf6\",\"status\":\"Canceled\"}"));
    say(js_stop_ask(database, "stops", id, "operator", &error));
}

static void list(js_database *database, const char *query)
{
    const char *json;
    size_t length;
    uint64_t count;
    js_sessions *sessions;
    must(js_sessions_count(database, query, &count, &error));
    printf("%" PRIu64 " found\n", count);
    must(js_sessions_begin(database, query, &sessions, &error));
    while (js_sessions_next(sessions, &json, &length, &error) == JS_OK) {
        printf("found %s\n", json);
    }
    js_sessions_end(sessions);
}

static void find(js_database *database)
{
    js_sessions *sessions;
    list(database, "");
    list(database, "filter=Z%C3%BCrich%2C+nightly&status=Success&status=Failed&limit=10");
    list(database, "filter=a%26b%3D%2B%25");
    say(js_sessions_begin(database, "sort=IdAsc", &sessions, &error));
    say(js_sessions_begin(database, "status=", &sessions, &error));
}

/* The first session is this process's, the second nobody's: sweep tells them apart when it has ended. */
static void work_for_others(js_database *database)
{
    must(put(database, "{\"type\":\"Retention\",\"status\":\"Running\"}", NULL));
    must(js_set_worker(database, 0, &error));
    must(put(database, "{\"type\":\"Retention\",\"status\":\"Running\"}", NULL));
    say(js_set_worker(database, 2147483647, &error));
}

static void misuse(js_database *database)
{
    uint64_t id;
    say(js_find_id(database, "00000000-0000-4000-8000-000000000000", 36, &id, &error));
    say(js_find_id(database, "x", 1, &id, &error));
    js_database *second;
    say(update(database, "{\"id\":\"7\",\"status\":\"Success\"}"));
    say(put(database, "{\"status\":\"Ready\"}", NULL));
    say(js_append(database, 1, JS_PROTECTED_ITEMS, "{}", 2, &error));
    say(js_open("db", JS_WRITE, NULL, &second, &error));
}

int main(void)
{
    js_database *database;
    printf("version %s\n", js_version());
    must(js_open("db", JS_WRITE, NULL, &database, &error));
    create(database);
    report(database);
    finish(database);
    read_back(database);
    remove_another(database);
    give_up(database);
    stop(database);
    misuse(database);
    find(database);
    work_for_others(database);
    js_close(database);
    return EXIT_SUCCESS;
}
