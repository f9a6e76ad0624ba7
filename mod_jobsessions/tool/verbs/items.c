/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs log and items: what a session has a list of, printed or appended to. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/session_id.h"
#include "follow/log.h"
#include "verbs/verbs.h"
#include "write/lines.h"
#include "write/write_input.h"

/* A list of a session's. */
struct list {
    const char *session;
    js_item_kind kind;
};

static enum exit_code print(const struct options *options, const char *session, js_items *items)
{
    js_session item;
    js_result result;
    enum exit_code code = EXIT_DONE;
    while ((result = js_items_next(items, &item)) == JS_OK) {
        if (item.damage != NULL) {
            complain("%s: item %" PRIu64 " of session %s is damaged: %s", options->directory,
                     item.id, session, item.damage);
            code = EXIT_DATABASE;
        } else {
            output_line(item.json, item.length);
        }
    }
    return result == JS_END ? code : EXIT_DATABASE;
}

static enum exit_code print_list(const struct options *options, js_snapshot *snapshot, void *baton)
{
    const struct list *list = baton;
    js_error error;
    uint64_t id;
    enum exit_code code = session_id_find(options, snapshot, list->session, &id);
    if (code != EXIT_DONE) {
        return code;
    }
    js_items *items = memory_take(js_items_size());
    if (items == NULL) {
        return EXIT_DATABASE;
    }
    js_result result =
        js_items_begin(items, snapshot, id, list->kind, NULL, 0, JS_NO_LIMIT, &error);
    if (result == JS_OK) {
        code = print(options, list->session, items);
    } else {
        complain("%s", error.message);
        code = exit_code_of(result);
    }
    free(items);
    return code;
}

static js_result append(js_transaction *transaction, const struct writing *writing,
                        const char *json, size_t length, uint64_t *id, js_error *error)
{
    js_result result =
        js_transaction_find_id(transaction, writing->session, strlen(writing->session), id, error);
    return result == JS_OK
               ? js_transaction_append(transaction, *id, writing->kind, json, length, error)
               : result;
}

static enum exit_code print_or_append(const struct options *options, js_item_kind kind)
{
    struct list list = {options->arguments[0], kind};
    if (!js_id_is_valid(list.session, strlen(list.session))) {
        return session_id_unknown(options, list.session);
    }
    if (!options->add) {
        return database_read(options, print_list, &list);
    }
    const struct writing writing = {
        .write = append, .most = LINES_PER_COMMIT, .session = list.session, .kind = kind};
    return write_input(options, &writing, lines_write);
}

/* What is wrong with the options of a log, or NULL. */
static const char *wrong_with(const struct options *options)
{
    if (!options->follow && (options->since != NULL || options->exec != NULL)) {
        return "--since and --exec go with --follow alone";
    }
    return options->follow && options->add ? "--follow and --add: one or the other" : NULL;
}

enum exit_code verb_log(const struct options *options)
{
    const char *session = options->arguments[0];
    const char *wrong = wrong_with(options);
    if (wrong != NULL) {
        complain("log: %s", wrong);
        return EXIT_USAGE;
    }
    if (!options->follow) {
        return print_or_append(options, JS_LOG);
    }
    return js_id_is_valid(session, strlen(session)) ? follow_log(options, session)
                                                    : session_id_unknown(options, session);
}

/* Bytes for the names of all kinds in a row. */
#define ITEM_NAMES 256

enum exit_code verb_items(const struct options *options)
{
    char names[ITEM_NAMES] = "";
    for (js_item_kind kind = JS_LOG + 1; kind < JS_ITEM_KINDS; kind++) {
        const char *name = js_item_list(kind);
        if (strcmp(name, options->arguments[1]) == 0) {
            return print_or_append(options, kind);
        }
        size_t length = strlen(names);
        (void)snprintf(names + length, sizeof(names) - length, "%s%s", length > 0 ? ", " : "",
                       name);
    }
    complain("items: \"%s\" is no kind of items; there are %s", options->arguments[1], names);
    return EXIT_USAGE;
}
