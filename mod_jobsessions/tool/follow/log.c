/* SPDX-License-Identifier: Apache-2.0 */
#include "follow/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/memory.h"
#include "base/output.h"
#include "follow/command.h"
#include "follow/follow.h"

/* Lines that are taken of one snapshot, at most. */
#define PAGE 1000

struct line {
    char *json; /* NULL: it is damaged */
    size_t length;
};

struct logging {
    const struct options *options;
    struct follow follow;
    const char *session; /* id */
    uint64_t seen;       /* lines of the log */
    struct line page[PAGE];
    size_t count;
    js_items *items;
    enum exit_code code;
};

static bool keep(struct logging *logging, const js_session *item)
{
    struct line *line = &logging->page[logging->count];
    *line = (struct line){.length = item->length};
    if (item->damage != NULL) {
        complain("%s: item %" PRIu64 " of session %s is damaged: %s", logging->options->directory,
                 item->id, logging->session, item->damage);
        logging->code = exit_code_worse(logging->code, EXIT_DATABASE);
    } else if ((line->json = malloc(item->length + 1)) == NULL) {
        return false;
    } else {
        memcpy(line->json, item->json, item->length);
    }
    logging->count++;
    return true;
}

/* In a database that was restored a uuid may have another number. */
static js_result find_session(const struct logging *logging, const js_snapshot *snapshot,
                              uint64_t *id, js_error *error)
{
    const char *text = logging->session;
    js_result result = js_snapshot_find_id(snapshot, text, strlen(text), id);
    if (result != JS_OK) {
        (void)snprintf(error->message, sizeof(error->message),
                       result == JS_NOT_FOUND
                           ? "%s: there is no session \"%s\""
                           : "%s: session %s: the tables of uuids are damaged; run `jobsessions "
                             "verify`",
                       logging->options->directory, text);
    }
    return result;
}

/* A log of fewer lines than were seen is another one. */
static js_result find_page(struct logging *logging, js_snapshot *snapshot, js_error *error)
{
    uint64_t id;
    js_result result = find_session(logging, snapshot, &id, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_items_begin(logging->items, snapshot, id, JS_LOG, NULL, logging->seen, PAGE, error);
    if (result != JS_OK || js_items_get_totals(logging->items)->total >= logging->seen) {
        return result;
    }
    complain("note: the log of session %s was begun anew; what follows is all of it",
             logging->session);
    logging->seen = 0;
    return js_items_begin(logging->items, snapshot, id, JS_LOG, NULL, 0, PAGE, error);
}

static js_result take_page(struct logging *logging, js_error *error)
{
    js_session item;
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(logging->follow.database, &snapshot, error);
    logging->count = 0;
    if (result != JS_OK) {
        return result;
    }
    result = find_page(logging, snapshot, error);
    while (result == JS_OK && (result = js_items_next(logging->items, &item)) == JS_OK) {
        if (!keep(logging, &item)) {
            (void)snprintf(error->message, sizeof(error->message), "out of memory");
            result = JS_SYSTEM;
        }
    }
    if (result == JS_DAMAGED) {
        (void)snprintf(error->message, sizeof(error->message),
                       "the log is damaged; run `jobsessions verify`");
    }
    js_snapshot_end(snapshot);
    return result == JS_END ? JS_OK : result;
}

static void tell(struct logging *logging, const struct line *line)
{
    const char *command = logging->options->exec;
    logging->seen++;
    if (line->json == NULL) {
        return;
    }
    if (command == NULL) {
        output_line(line->json, line->length);
    } else if (!command_run(command, "line", logging->seen, line->json, line->length)) {
        logging->code = exit_code_worse(logging->code, EXIT_REFUSED);
    }
}

static void tell_page(struct logging *logging)
{
    bool goes_on = true;
    for (size_t i = 0; i < logging->count; i++) {
        goes_on = goes_on && !follow_is_over();
        if (goes_on) {
            tell(logging, &logging->page[i]);
            goes_on = follow_flush(&logging->code);
        }
        free(logging->page[i].json);
    }
}

/* False: there will be no more. */
static bool take_news(struct logging *logging)
{
    js_error error = {0};
    js_result result = JS_OK;
    do {
        result = take_page(logging, &error);
        tell_page(logging);
    } while (result == JS_OK && logging->count == PAGE && !follow_is_over());
    if (result == JS_OK) {
        return true;
    }
    complain("%s", error.message);
    logging->code = exit_code_worse(logging->code, exit_code_of(result));
    return false;
}

static void follow_it(struct logging *logging)
{
    enum follow_event event;
    bool goes_on = true;
    while (goes_on && (event = follow_wait(&logging->follow)) != FOLLOW_END) {
        if (event == FOLLOW_RESTORED) {
            complain("note: %s: it was restored, or made anew; what follows is all of the log",
                     logging->options->directory);
            logging->seen = 0;
        }
        goes_on = take_news(logging);
    }
    if (goes_on && follow_was_asked()) {
        complain("note: stopped behind line %" PRIu64 "; go on with --since %" PRIu64,
                 logging->seen, logging->seen);
    }
}

static enum exit_code begin(struct logging *logging, const struct options *options)
{
    const char *since = options->since;
    logging->options = options;
    if (since != NULL && !js_id_parse(since, strlen(since), &logging->seen)) {
        complain("--since %s: write behind which line of the log to go on, a whole number", since);
        return EXIT_USAGE;
    }
    return follow_begin(&logging->follow, options);
}

enum exit_code follow_log(const struct options *options, const char *session)
{
    struct logging *logging = memory_take(sizeof(*logging));
    if (logging == NULL) {
        return EXIT_DATABASE;
    }
    memset(logging, 0, sizeof(*logging));
    logging->session = session;
    logging->items = memory_take(js_items_size());
    enum exit_code code = logging->items != NULL ? begin(logging, options) : EXIT_DATABASE;
    if (code == EXIT_DONE) {
        follow_it(logging);
        follow_end(&logging->follow);
        code = logging->code;
    }
    free(logging->items);
    free(logging);
    return code;
}
