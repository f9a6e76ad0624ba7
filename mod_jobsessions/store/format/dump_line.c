/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dump_line.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "jobsessions_read.h"

/* What a member's value is: an integer; one in quotes, as ids are; a text; an object. */
enum value {
    NUMBER,
    ID,
    ID_OR_NOTHING, /* the member may be missing, as which it is 0 */
    TEXT,
    TEXT_OR_NOTHING, /* or empty */
    OBJECT
};

/* A member, and where in a jsp_dump_line its value stands: a number, or a slice. */
struct field {
    const char *name;
    enum value value;
    size_t at;
};

/* The members of a line in their order; the name of the first tells the kind. */
struct shape {
    const struct field *fields;
    size_t count;
};

#define FIELD(name, value, member)                                                                 \
    {                                                                                              \
        name, value, offsetof(jsp_dump_line, member)                                               \
    }
#define COUNTS                                                                                     \
    FIELD("types", NUMBER, counts.types), FIELD("sessions", NUMBER, counts.sessions),              \
        FIELD("items", NUMBER, counts.items), FIELD("removed", NUMBER, counts.removed)
#define SHAPE(fields)                                                                              \
    {                                                                                              \
        fields, sizeof(fields) / sizeof((fields)[0])                                               \
    }

static const struct field header[] = {
    FIELD("jobsessionsDump", NUMBER, version),
    FIELD("format", NUMBER, format),
    FIELD("database", TEXT, identity),
    FIELD("lastId", ID, last_id),
    FIELD("lastUsn", NUMBER, last_usn),
    FIELD("revision", NUMBER, revision),
    COUNTS,
};
static const struct field type[] = {FIELD("type", TEXT, text)};
static const struct field session[] = {FIELD("session", OBJECT, json),
                                       FIELD("number", ID_OR_NOTHING, number)};
static const struct field item[] = {FIELD("item", OBJECT, json), FIELD("of", ID, id),
                                    FIELD("list", TEXT, text)};
static const struct field removal[] = {FIELD("removed", ID, id), FIELD("usn", NUMBER, usn),
                                       FIELD("time", TEXT_OR_NOTHING, time),
                                       FIELD("uuid", TEXT_OR_NOTHING, uuid)};
static const struct field end[] = {FIELD("end", NUMBER, lines), COUNTS,
                                   FIELD("damaged", NUMBER, damaged), FIELD("crc32c", TEXT, crc)};

static const struct shape shapes[JSP_DUMP_KINDS] = {
    [JSP_DUMP_HEADER] = SHAPE(header),   [JSP_DUMP_TYPE] = SHAPE(type),
    [JSP_DUMP_SESSION] = SHAPE(session), [JSP_DUMP_ITEM] = SHAPE(item),
    [JSP_DUMP_REMOVAL] = SHAPE(removal), [JSP_DUMP_END] = SHAPE(end),
};

static void put(jsp_text *text, const char *bytes)
{
    jsp_text_bytes(text, bytes, strlen(bytes));
}

static bool is_quoted(const struct field *field)
{
    return field->value != NUMBER && field->value != OBJECT;
}

static bool is_number(const struct field *field)
{
    return field->value == NUMBER || field->value == ID || field->value == ID_OR_NOTHING;
}

static void put_value(jsp_text *text, const struct field *field, const void *value)
{
    const uint64_t *number = value;
    const jsp_slice *slice = value;
    char digits[JSP_ID_DIGITS_MAX];
    const char *quote = is_quoted(field) ? "\"" : "";
    put(text, quote);
    if (is_number(field)) {
        size_t length = jsp_id_format(*number, digits);
        jsp_text_bytes(text, digits, length);
    } else {
        jsp_text_bytes(text, slice->text, slice->length);
    }
    put(text, quote);
}

static bool is_missing(const struct field *field, const void *value)
{
    return (field->value == TEXT_OR_NOTHING && ((const jsp_slice *)value)->length == 0)
           || (field->value == ID_OR_NOTHING && *(const uint64_t *)value == 0);
}

void jsp_dump_line_write(jsp_text *text, const jsp_dump_line *line)
{
    const struct shape *shape = &shapes[line->kind];
    jsp_text_clear(text);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        const void *value = (const char *)line + field->at;
        if (is_missing(field, value)) {
            continue;
        }
        put(text, i == 0 ? "{\"" : ",\"");
        put(text, field->name);
        put(text, "\":");
        put_value(text, field, value);
    }
    put(text, "}");
}

static bool is_called(const struct field *field, jsp_slice name)
{
    return strlen(field->name) == name.length && memcmp(field->name, name.text, name.length) == 0;
}

static bool is_string(jsp_slice value)
{
    size_t at = 1;
    while (at < value.length && value.text[at] != '"') {
        at += value.text[at] == '\\' ? 2 : 1;
    }
    return value.length >= 2 && value.text[0] == '"' && at == value.length - 1;
}

static bool take_value(const struct field *field, jsp_slice value, void *to)
{
    if (is_quoted(field)) {
        if (!is_string(value)) {
            return false;
        }
        value = (jsp_slice){value.text + 1, value.length - 2};
    }
    if (is_number(field)) {
        return js_id_parse(value.text, value.length, to);
    }
    *(jsp_slice *)to = value;
    return is_quoted(field) || (value.length >= 2 && value.text[0] == '{');
}

/* The kind whose first member has a name, or JSP_DUMP_KINDS. */
static jsp_dump_kind kind_of(jsp_slice name)
{
    jsp_dump_kind kind = 0;
    while (kind < JSP_DUMP_KINDS && !is_called(&shapes[kind].fields[0], name)) {
        kind++;
    }
    return kind;
}

/* How many members from one on may be missing, and are where another one stands. */
static size_t passed_over(const struct shape *shape, size_t at, jsp_slice name)
{
    size_t next = at;
    while (next < shape->count && !is_called(&shape->fields[next], name)
           && (shape->fields[next].value == TEXT_OR_NOTHING
               || shape->fields[next].value == ID_OR_NOTHING)) {
        next++;
    }
    return next - at;
}

const char *jsp_dump_line_read(jsp_dump_line *line, const char *bytes, size_t length)
{
    jsp_json_iterator walk;
    jsp_slice name;
    jsp_slice value;
    memset(line, 0, sizeof(*line));
    line->kind = JSP_DUMP_KINDS;
    if (length < 2 || bytes[0] != '{') {
        return "it is no JSON object";
    }
    jsp_json_begin(&walk, (jsp_slice){bytes, length});
    for (size_t i = 0; jsp_json_next_member(&walk, &name, &value); i++) {
        line->kind = i == 0 ? kind_of(name) : line->kind;
        if (line->kind == JSP_DUMP_KINDS) {
            return "it is no record that this version knows";
        }
        const struct shape *shape = &shapes[line->kind];
        i += passed_over(shape, i, name);
        if (i >= shape->count || !is_called(&shape->fields[i], name)
            || !take_value(&shape->fields[i], value, (char *)line + shape->fields[i].at)) {
            return "a member is not what it should be";
        }
    }
    if (line->kind == JSP_DUMP_KINDS) {
        return "it is no JSON object";
    }
    return walk.at + 1 == bytes + length && *walk.at == '}'
               ? NULL
               : "it does not end where its object does";
}

jsp_slice jsp_dump_line_crc(uint32_t crc, char digits[JSP_DUMP_CRC_TEXT])
{
    (void)snprintf(digits, JSP_DUMP_CRC_TEXT, "%08x", crc);
    return (jsp_slice){digits, JSP_DUMP_CRC_TEXT - 1};
}
