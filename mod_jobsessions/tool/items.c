/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs on a session's log and lists of items. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "memory.h"
#include "tool.h"
#include "write.h"

/* A list of a session's items. */
struct list {
    uint64_t session;
    js_item_kind kind;
};

static int print(const struct options *options, uint64_t session, js_items *items)
{
    js_session item;
    js_result result;
    int code = EXIT_DONE;
    while ((result = js_items_next(items, &item)) == JS_OK) {
        if (item.damage != NULL) {
            complain("%s: item %" PRIu64 " of session %" PRIu64 " is damaged: %s",
                     options->directory, item.id, session, item.damage);
            code = EXIT_DATABASE;
        } else {
            (void)fwrite(item.json, 1, item.length, stdout);
            (void)putchar('\n');
        }
    }
    return result == JS_END ? code : EXIT_DATABASE;
}

static int print_list(const struct options *options, js_snapshot *snapshot, void *baton)
{
    const struct list *list = baton;
    js_error error;
    js_items *items = memory_take(js_items_size());
    if (items == NULL) {
        return EXIT_DATABASE;
    }
    js_result result =
        js_items_begin(items, snapshot, list->session, list->kind, NULL, 0, JS_NO_LIMIT, &error);
    int code;
    if (result == JS_OK) {
        code = print(options, list->session, items);
    } else {
        complain("%s", error.message);
        code = exit_code_of(result);
    }
    free(items);
    return code;
}

static js_result append(const struct batch *batch, const char *json, size_t length, uint64_t *id,
                        js_error *error)
{
    *id = batch->writing->session;
    return js_transaction_append(batch->transaction, batch->writing->session, batch->writing->kind,
                                 json, length, error);
}

static int run(const struct options *options, js_item_kind kind)
{
    const char *argument = options->arguments[0];
    struct list list = {.kind = kind};
    if (!js_id_parse(argument, strlen(argument), &list.session)) {
        complain("%s: there is no session \"%s\"", options->directory, argument);
        return EXIT_REFUSED;
    }
    if (!options->add) {
        return read_database(options, print_list, &list);
    }
    const struct writing writing = {
        .write = append, .most = LINES_PER_COMMIT, .session = list.session, .kind = kind};
    return write_input(options, &writing, write_lines);
}

int verb_log(const struct options *options)
{
    return run(options, JS_LOG);
}

int verb_items(const struct options *options)
{
    static const struct {
        const char *name;
        js_item_kind kind;
    } kinds[] = {
        {"protectedItems", JS_PROTECTED_ITEMS},
        {"deletedItems", JS_DELETED_ITEMS},
        {"restoredItems", JS_RESTORED_ITEMS},
        {"fileLevelRestoredItems", JS_FILE_LEVEL_RESTORED_ITEMS},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, options->arguments[1]) == 0) {
            return run(options, kinds[i].kind);
        }
    }
    complain("items: \"%s\" is no kind of items; there are protectedItems, deletedItems, "
             "restoredItems and fileLevelRestoredItems",
             options->arguments[1]);
    return EXIT_USAGE;
}
