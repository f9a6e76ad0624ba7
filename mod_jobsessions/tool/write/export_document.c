/* SPDX-License-Identifier: Apache-2.0 */
#include "write/export_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "input/json_text.h"

/* Enough of a member's name or number to know it. */
#define WORD_MAX 31

struct reader {
    struct batch *batch;
    struct input *input;
    struct json_text session;
    struct json_text name; /* of a member of the document */
    struct json_text value;
    uint64_t sessions; /* read so far */
    int64_t announced; /* totalCount, or -1 */
};

static enum exit_code malformed(const struct reader *reader, const char *expected)
{
    complain("the document is not well formed: %s after session %" PRIu64
             "; the sessions before that were imported",
             expected, reader->sessions);
    return EXIT_REFUSED;
}

static enum exit_code read_session(struct reader *reader)
{
    char place[40];
    struct json_text *text = &reader->session;
    json_text_begin(text, INPUT_UNIT_MAX);
    if (!json_text_read(text, reader->input)) {
        return malformed(reader, "it ends in the session");
    }
    reader->sessions++;
    (void)snprintf(place, sizeof(place), "session %" PRIu64 " of the document", reader->sessions);
    if (!json_text_whole(text)) {
        batch_refuse(reader->batch, place, INPUT_UNIT_TOO_LONG);
        return EXIT_DONE;
    }
    return batch_add(reader->batch, text->data, text->length, place);
}

/* The array of sessions, its bracket being next. */
static enum exit_code read_results(struct reader *reader)
{
    (void)input_byte(reader->input);
    int byte = json_text_skip_space(reader->input);
    while (byte != ']') {
        if (byte < 0) {
            return malformed(reader, "it ends");
        }
        enum exit_code code = read_session(reader);
        if (code != EXIT_DONE) {
            return code;
        }
        byte = json_text_skip_space(reader->input);
        if (byte == ',') {
            (void)input_byte(reader->input);
            byte = json_text_skip_space(reader->input);
            if (byte == ']') {
                return malformed(reader, "nothing follows the comma");
            }
        } else if (byte != ']') {
            return malformed(reader, "a comma or bracket is missing");
        }
    }
    (void)input_byte(reader->input);
    return EXIT_DONE;
}

static int64_t to_number(const struct json_text *text)
{
    char digits[WORD_MAX + 1];
    (void)snprintf(digits, sizeof(digits), "%.*s", (int)text->length, text->data);
    return strtoll(digits, NULL, 10);
}

/* One member of the document, its name being next. */
static enum exit_code read_member(struct reader *reader)
{
    json_text_begin(&reader->name, WORD_MAX);
    json_text_begin(&reader->value, WORD_MAX);
    if (json_text_skip_space(reader->input) != '"'
        || !json_text_read_string(&reader->name, reader->input)
        || json_text_skip_space(reader->input) != ':') {
        return malformed(reader, "a member's name is missing");
    }
    (void)input_byte(reader->input);
    int first = json_text_skip_space(reader->input);
    if (json_text_equals(&reader->name, "\"results\"")) {
        return first == '[' ? read_results(reader) : malformed(reader, "results is no array");
    }
    if (!json_text_read(&reader->value, reader->input)) {
        return malformed(reader, "it ends in a member");
    }
    if (json_text_equals(&reader->name, "\"totalCount\"") && json_text_whole(&reader->value)) {
        reader->announced = to_number(&reader->value);
    }
    return EXIT_DONE;
}

static enum exit_code read_document(struct reader *reader)
{
    enum exit_code code = EXIT_DONE;
    (void)json_text_skip_space(reader->input);
    (void)input_byte(reader->input); /* the brace */
    do {
        code = read_member(reader);
        if (code != EXIT_DONE) {
            return code;
        }
    } while (json_text_skip_space(reader->input) == ',' && input_byte(reader->input) == ',');
    if (input_byte(reader->input) != '}') {
        return malformed(reader, "a comma or brace is missing");
    }
    if (json_text_skip_space(reader->input) >= 0) {
        return malformed(reader, "something follows its end");
    }
    if (reader->announced >= 0 && (uint64_t)reader->announced != reader->sessions) {
        complain("note: the document announces %" PRId64 " sessions and holds %" PRIu64,
                 reader->announced, reader->sessions);
    }
    return EXIT_DONE;
}

enum exit_code export_document_write(struct batch *batch, struct input *input)
{
    struct reader reader = {.batch = batch, .input = input, .announced = -1};
    enum exit_code code = read_document(&reader);
    enum exit_code flushed = code == EXIT_DATABASE ? code : batch_flush(batch);
    json_text_free(&reader.session);
    json_text_free(&reader.name);
    json_text_free(&reader.value);
    if (flushed != EXIT_DONE) {
        return flushed;
    }
    enum exit_code readable = input_check(input);
    return readable != EXIT_DONE ? readable : code;
}
