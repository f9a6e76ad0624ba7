/* SPDX-License-Identifier: Apache-2.0 */
#include "export_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "tool.h"

/* Where `results` must have begun; in a document of ours it does after some 50 bytes. */
#define LOOK_AHEAD ((size_t)64 << 10)

/* Enough of a member's name or number to know it. */
#define WORD_MAX 32

/* Text that is being collected; beyond `most` only its length is counted. */
struct text {
    char *data;
    size_t length;
    size_t room;
    size_t most;
};

struct reader {
    struct batch *batch;
    struct input *input;
    struct text session;
    struct text name; /* of a member of the document */
    struct text value;
    uint64_t sessions; /* read so far */
    int64_t announced; /* totalCount, or -1 */
};

static void collect(struct text *text, int byte)
{
    if (text->length < text->most && text->length == text->room) {
        size_t room = 2 * text->room + 4096;
        char *data = realloc(text->data, room);
        if (data == NULL) {
            text->most = text->length; /* it will be refused as too long */
        } else {
            text->data = data;
            text->room = room;
        }
    }
    if (text->length < text->most) {
        text->data[text->length] = (char)byte;
    }
    text->length++;
}

static int skip_space(struct input *input)
{
    int byte = input_peek(input);
    while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') {
        (void)input_byte(input);
        byte = input_peek(input);
    }
    return byte;
}

/* A string, its opening quote being next. */
static bool read_string(struct input *input, struct text *text)
{
    bool escaped = false;
    collect(text, input_byte(input));
    for (;;) {
        int byte = input_byte(input);
        if (byte < 0) {
            return false;
        }
        collect(text, byte);
        if (byte == '"' && !escaped) {
            return true;
        }
        escaped = byte == '\\' && !escaped;
    }
}

/* Any value: only its extent matters here, jansson judges the rest. */
static bool read_value(struct input *input, struct text *text)
{
    unsigned depth = 0;
    for (;;) {
        int byte = input_peek(input);
        if (byte < 0) {
            return depth == 0 && text->length > 0;
        }
        if (depth == 0 && text->length > 0 && strchr(",]} \t\r\n", byte) != NULL) {
            return true;
        }
        if (byte == '"') {
            if (!read_string(input, text)) {
                return false;
            }
        } else {
            depth += byte == '{' || byte == '[';
            depth -= (byte == '}' || byte == ']') && depth > 0;
            collect(text, input_byte(input));
        }
        if (depth == 0 && strchr("\"]}", byte) != NULL) {
            return true;
        }
    }
}

static int malformed(const struct reader *reader, const char *expected)
{
    complain("the document is not well formed: %s after session %" PRIu64
             "; the sessions before that were imported",
             expected, reader->sessions);
    return EXIT_REFUSED;
}

static int read_session(struct reader *reader)
{
    char place[40];
    struct text *text = &reader->session;
    text->length = 0;
    text->most = INPUT_UNIT_MAX;
    if (!read_value(reader->input, text)) {
        return malformed(reader, "it ends in the session");
    }
    reader->sessions++;
    (void)snprintf(place, sizeof(place), "session %" PRIu64 " of the document", reader->sessions);
    if (text->length > text->most) {
        batch_refuse(reader->batch, place, "longer than 8388608 bytes");
        return EXIT_DONE;
    }
    return batch_add(reader->batch, text->data, text->length, place);
}

/* The array of sessions, its bracket being next. */
static int read_results(struct reader *reader)
{
    (void)input_byte(reader->input);
    int byte = skip_space(reader->input);
    while (byte != ']') {
        if (byte < 0) {
            return malformed(reader, "it ends");
        }
        int code = read_session(reader);
        if (code != EXIT_DONE) {
            return code;
        }
        byte = skip_space(reader->input);
        if (byte == ',') {
            (void)input_byte(reader->input);
            byte = skip_space(reader->input);
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

/* Make a text empty, for a string to compare or a number to read. */
static void begin_word(struct text *text)
{
    text->length = 0;
    text->most = WORD_MAX;
}

static bool is_word(const struct text *text, const char *word)
{
    return text->length == strlen(word) && memcmp(text->data, word, text->length) == 0;
}

/* One member of the document, its name being next. */
static int read_member(struct reader *reader)
{
    begin_word(&reader->name);
    begin_word(&reader->value);
    if (skip_space(reader->input) != '"' || !read_string(reader->input, &reader->name)
        || skip_space(reader->input) != ':') {
        return malformed(reader, "a member's name is missing");
    }
    (void)input_byte(reader->input);
    int first = skip_space(reader->input);
    if (is_word(&reader->name, "\"results\"")) {
        return first == '[' ? read_results(reader) : malformed(reader, "results is no array");
    }
    if (!read_value(reader->input, &reader->value)) {
        return malformed(reader, "it ends in a member");
    }
    if (is_word(&reader->name, "\"totalCount\"") && reader->value.length < WORD_MAX) {
        collect(&reader->value, '\0');
        reader->announced = strtoll(reader->value.data, NULL, 10);
    }
    return EXIT_DONE;
}

static int read_document(struct reader *reader)
{
    int code = EXIT_DONE;
    (void)skip_space(reader->input);
    (void)input_byte(reader->input); /* the brace */
    do {
        code = read_member(reader);
        if (code != EXIT_DONE) {
            return code;
        }
    } while (skip_space(reader->input) == ',' && input_byte(reader->input) == ',');
    if (input_byte(reader->input) != '}') {
        return malformed(reader, "a comma or brace is missing");
    }
    if (skip_space(reader->input) >= 0) {
        return malformed(reader, "something follows its end");
    }
    if (reader->announced >= 0 && (uint64_t)reader->announced != reader->sessions) {
        complain("note: the document announces %" PRId64 " sessions and holds %" PRIu64,
                 reader->announced, reader->sessions);
    }
    return EXIT_DONE;
}

int write_export_document(struct batch *batch, struct input *input)
{
    struct reader reader = {.batch = batch, .input = input, .announced = -1};
    int code = read_document(&reader);
    int flushed = code == EXIT_DATABASE ? code : batch_flush(batch);
    free(reader.session.data);
    free(reader.name.data);
    free(reader.value.data);
    if (flushed != EXIT_DONE) {
        return flushed;
    }
    int readable = check_input(input);
    return readable != EXIT_DONE ? readable : code;
}

/* What the buffered beginning says. */
enum look {
    LOOK_DOCUMENT,
    LOOK_LINES,
    LOOK_FURTHER
};

/* The end of the string whose quote is at `at`, or `end`. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\';
    }
    return at < end ? at : end;
}

/* A member that sessions have and documents do not. */
static bool is_session_member(const char *name, size_t length)
{
    static const char *const names[] = {
        "id",
        "type",
        "localizedType",
        "executionStartTime",
        "executionStopTime",
        "executionDuration",
        "status",
        "usn",
        "backupJobInfo",
        "restoreJobInfo",
        "fileLevelRestoreJobInfo",
        "repositoryJobInfo",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What a string of the outermost object says, its closing quote being at `quote`. */
static enum look look_at_string(const char *name, const char *quote, const char *end)
{
    size_t length = (size_t)(quote - name);
    const char *next = quote + 1;
    next += strspn(next, " \t\r\n");
    if (next < end && *next == ':' && length == 7 && memcmp(name, "results", length) == 0) {
        return LOOK_DOCUMENT;
    }
    return next < end && *next == ':' && is_session_member(name, length) ? LOOK_LINES
                                                                         : LOOK_FURTHER;
}

static enum look look(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        if (*at == '"') {
            const char *name = at + 1;
            at = string_end(at, end);
            if (at == end) {
                return LOOK_FURTHER;
            }
            enum look seen = depth == 1 ? look_at_string(name, at, end) : LOOK_FURTHER;
            if (seen != LOOK_FURTHER) {
                return seen;
            }
        } else if (depth == 0 && *at != '{' && strchr(" \t\r\n", *at) == NULL) {
            return LOOK_LINES;
        } else {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            if (depth == 0 && *at == '}') {
                return LOOK_LINES;
            }
        }
    }
    return LOOK_FURTHER;
}

bool is_export_document(struct input *input)
{
    do {
        if (input->end > input->start) {
            /* input_fill() keeps room for the NUL that strspn stops at */
            input->data[input->end] = '\0';
            enum look seen = look(input->data + input->start, input->data + input->end);
            if (seen != LOOK_FURTHER) {
                return seen == LOOK_DOCUMENT;
            }
        }
    } while (input->end - input->start < LOOK_AHEAD && input_fill(input));
    return false;
}
