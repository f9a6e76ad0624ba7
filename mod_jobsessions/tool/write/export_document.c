/* SPDX-License-Identifier: Apache-2.0 */
#include "write/export_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "input/json_text.h"
#include "write/reversal.h"

/* Enough of a member's name or number to know it. */
#define WORD_MAX 31

struct reader {
    struct batch *batch;
    struct reversal reversal; /* the sessions, until the document has come to its end */
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
    struct json_text *text = &reader->session;
    json_text_begin(text, INPUT_UNIT_MAX);
    if (!json_text_read(text, reader->input)) {
        return malformed(reader, "it ends in the session");
    }
    reader->sessions++;
    /* of one that is too long its place alone is kept: it is refused in its turn */
    return reversal_add(&reader->reversal, text->data, json_text_whole(text) ? text->length : 0);
}

static enum exit_code write_session(void *batch, const char *text, size_t length, uint64_t number)
{
    char place[40];
    (void)snprintf(place, sizeof(place), "session %" PRIu64 " of the document", number);
    if (length == 0) {
        batch_refuse(batch, place, INPUT_UNIT_TOO_LONG);
        return EXIT_DONE;
    }
    return batch_add(batch, text, length, place);
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

static enum exit_code read_object(struct reader *reader)
{
    enum exit_code code = EXIT_DONE;
    (void)input_byte(reader->input); /* the brace */
    do {
        code = read_member(reader);
        if (code != EXIT_DONE) {
            return code;
        }
    } while (json_text_skip_space(reader->input) == ',' && input_byte(reader->input) == ',');
    return input_byte(reader->input) == '}' ? EXIT_DONE
                                            : malformed(reader, "a comma or brace is missing");
}

static enum exit_code read_document(struct reader *reader)
{
    enum exit_code code =
        json_text_skip_space(reader->input) == '[' ? read_results(reader) : read_object(reader);
    if (code != EXIT_DONE) {
        return code;
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
    enum exit_code code = reversal_begin(&reader.reversal);
    code = code == EXIT_DONE ? read_document(&reader) : code;
    if (code != EXIT_DATABASE) { /* of one that is cut off the sessions that are whole */
        enum exit_code taken = reversal_take(&reader.reversal, write_session, batch);
        taken = taken == EXIT_DONE ? batch_flush(batch) : taken;
        code = exit_code_worse(exit_code_worse(code, taken), input_check(input));
    }
    reversal_end(&reader.reversal);
    json_text_free(&reader.session);
    json_text_free(&reader.name);
    json_text_free(&reader.value);
    return code;
}
