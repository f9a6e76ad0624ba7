/* SPDX-License-Identifier: Apache-2.0 */
#include "read/selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/memory.h"
#include "read/moment.h"

#define SEPARATORS ","

/* Is told of each value of an option. */
typedef enum exit_code take_value(struct selection *selection, const char *value);

/* Take the blanks around a value away. */
static char *trim(char *value)
{
    value += strspn(value, " \t");
    size_t length = strlen(value);
    while (length > 0 && strchr(" \t", value[length - 1]) != NULL) {
        value[--length] = '\0';
    }
    return value;
}

/* Values are repeated options or stand with commas between; `copy` has room for them and is written to. */
static enum exit_code take_values(struct selection *selection, const struct texts *texts,
                                  char *copy, take_value *take)
{
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < texts->count; i++) {
        char *rest;
        size_t size = strlen(texts->list[i]) + 1;
        memcpy(copy, texts->list[i], size);
        for (char *value = strtok_r(copy, SEPARATORS, &rest); value != NULL && code == EXIT_DONE;
             value = strtok_r(NULL, SEPARATORS, &rest)) {
            value = trim(value);
            code = *value != '\0' ? take(selection, value) : code;
        }
        copy += size;
    }
    return code;
}

static enum exit_code take_status(struct selection *selection, const char *value)
{
    uint32_t bit = js_status_bit(value);
    if (bit == 0) {
        complain("--status %s: there are Canceled, Canceling, Error, Failed, NeverExecuted, "
                 "Pending, Running, RunningWithError, RunningWithWarning, Success, Unknown and "
                 "Warning",
                 value);
        return EXIT_USAGE;
    }
    selection->query.filter.statuses |= bit;
    return EXIT_DONE;
}

static enum exit_code take_type(struct selection *selection, const char *value)
{
    size_t *count = &selection->query.filter.type_count;
    if (*count == SELECTION_TYPES_MAX) {
        complain("--type names more than %d types", SELECTION_TYPES_MAX);
        return EXIT_USAGE;
    }
    selection->types[(*count)++] = value;
    return EXIT_DONE;
}

static size_t room_for(const struct texts *texts)
{
    size_t room = 0;
    for (size_t i = 0; i < texts->count; i++) {
        room += strlen(texts->list[i]) + 1;
    }
    return room;
}

static enum exit_code read_lists(struct selection *selection, const struct options *options)
{
    size_t of_types = room_for(&options->types);
    selection->names = memory_take(of_types + room_for(&options->statuses) + 1);
    if (selection->names == NULL) {
        return EXIT_DATABASE;
    }
    enum exit_code code = take_values(selection, &options->types, selection->names, take_type);
    if (code == EXIT_DONE) {
        code = take_values(selection, &options->statuses, selection->names + of_types, take_status);
    }
    js_types_order(selection->types, selection->query.filter.type_count);
    if (selection->query.filter.type_count > 0) {
        selection->query.filter.types = selection->types;
    }
    return code;
}

static enum exit_code read_policy(struct selection *selection, const char *text)
{
    if (text == NULL || *text == '\0') {
        return EXIT_DONE;
    }
    if (js_uuid_parse(text, strlen(text), selection->policy)) {
        selection->query.filter.policy = selection->policy;
        return EXIT_DONE;
    }
    selection->pattern = memory_take(JS_PATTERN_SIZE(strlen(text)));
    if (selection->pattern == NULL) {
        return EXIT_DATABASE;
    }
    js_pattern_make(selection->pattern, text, strlen(text));
    selection->query.filter.policy_name = selection->pattern;
    return EXIT_DONE;
}

static enum exit_code read_limit(const char *text, uint64_t *limit)
{
    if (text != NULL && !js_id_parse(text, strlen(text), limit)) {
        complain("--limit %s: write how many sessions, a whole number", text);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static enum exit_code read_times(js_filter *filter, const struct options *options)
{
    enum exit_code code = EXIT_DONE;
    if (options->since != NULL) {
        code = moment_parse("since", options->since, &filter->from);
    }
    if (code == EXIT_DONE && options->until != NULL) {
        code = moment_parse("until", options->until, &filter->to);
    }
    if (code == EXIT_DONE && options->older_than != NULL) {
        code = moment_parse_age("older-than", options->older_than, &filter->to);
    }
    return code;
}

enum exit_code selection_make(struct selection *selection, const struct options *options)
{
    memset(selection, 0, sizeof(*selection));
    js_query_all(&selection->query);
    enum exit_code code = read_lists(selection, options);
    code = code == EXIT_DONE ? read_policy(selection, options->policy) : code;
    code = code == EXIT_DONE ? read_times(&selection->query.filter, options) : code;
    return code == EXIT_DONE ? read_limit(options->limit, &selection->query.limit) : code;
}

void selection_free(struct selection *selection)
{
    free(selection->pattern);
    free(selection->names);
}
