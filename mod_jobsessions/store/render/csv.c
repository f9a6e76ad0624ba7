/* SPDX-License-Identifier: Apache-2.0 */
#include "render/csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "format/members.h"
#include "render/run.h"

/* What makes a spreadsheet take a text for a formula when it comes first. */
static const bool formula_starts[256] = {
    ['='] = true, ['+'] = true, ['-'] = true, ['@'] = true, ['\t'] = true, ['\r'] = true};

/* Most bytes that one of JSON becomes: a quote, in a formula; and what stands around all of them, commas and a formula's
 * quotes in every column, with what copies may be written beyond their end. */
#define EXPANSION 4
#define AROUND 512

/* U+FFFD, in the place of a character that spreadsheets drop, or end the text at. */
#define REPLACEMENT "\xef\xbf\xbd"

/* The longest text in a formula, and the most digits of a number that a spreadsheet keeps. */
#define LITERAL_MAX 255
#define DIGITS_MAX 15

static void append(jsp_text *text, const char *string)
{
    jsp_text_bytes(text, string, strlen(string));
}

/* The names of members with the path that leads to them. */
static void put_names(jsp_text *text, const jsp_members *members, /* NOLINT(misc-no-recursion) */
                      const char *path, const char **separator)
{
    char inner[128];
    for (size_t i = 0; i < members->count; i++) {
        const jsp_member *member = &members->list[i];
        if (member->members.count > 0) {
            (void)snprintf(inner, sizeof(inner), "%s%s.", path, member->name);
            put_names(text, &member->members, inner, separator);
        } else {
            append(text, *separator);
            *separator = ",";
            append(text, path);
            append(text, member->name);
        }
    }
}

void jsp_csv_header(jsp_text *text)
{
    const char *separator = "";
    put_names(text, &jsp_members_of_session, "", &separator);
    append(text, "\r\n");
}

static inline char *put(char *to, const char *string)
{
    return jsp_run_put(to, string, strlen(string));
}

/* What ends a string, or keeps it from being its own cell. */
static inline jsp_run_marks marks_of_cell(jsp_run_bytes bytes)
{
    return (bytes == '"') | (bytes == '\\') | (bytes == ',');
}

/* What does not stand for itself between quotes. */
static inline jsp_run_marks marks_of_text(jsp_run_bytes bytes)
{
    return (bytes == '"') | (bytes == '\\');
}

/* Whether a cell has to be quoted for what stands in it, escapes being looked through. */
static bool needs_quotes(jsp_slice string)
{
    const char *at = string.text;
    const char *end = at + string.length;
    while (at < end) {
        if (memchr("\",\r\n", jsp_json_unescape_next(&at, end), 4) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_formula(jsp_slice string)
{
    const char *at = string.text;
    return string.length > 0
           && formula_starts[(unsigned char)jsp_json_unescape_next(&at, at + string.length)];
}

/* A character that had to be escaped in JSON. */
static char *put_special(char *to, char one, const char *quote)
{
    if (one == '"') {
        return put(to, quote);
    }
    if ((unsigned char)one < 0x20 && one != '\t' && one != '\n' && one != '\r') {
        return put(to, REPLACEMENT);
    }
    *to = one;
    return to + 1;
}

/* The text behind a string, with `quote` for the quotes in it. */
static char *put_text(char *to, jsp_slice string, const char *quote)
{
    const char *at = string.text;
    const char *end = at + string.length;
    to = jsp_run_copy(to, &at, end, marks_of_text);
    while (at < end) {
        to = put_special(to, jsp_json_unescape_next(&at, end), quote);
        to = jsp_run_copy(to, &at, end, marks_of_text);
    }
    return to;
}

static char *put_string(char *to, jsp_slice string)
{
    const char *quote =
        memchr(string.text, ',', string.length) != NULL || needs_quotes(string) ? "\"" : "";
    to = put(to, quote);
    to = put(to, is_formula(string) ? "'" : "");
    return put(put_text(to, string, "\"\""), quote);
}

/* A list, or an object, as the JSON it is: its quotes are no escapes of a string. */
static char *put_list(char *to, jsp_slice list)
{
    const char *at = list.text;
    const char *end = at + list.length;
    to = put(to, "\"");
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        size_t plain = quote != NULL ? (size_t)(quote - at) + 1 : (size_t)(end - at);
        to = jsp_run_put(to, at, plain);
        to = put(to, quote != NULL ? "\"" : "");
        at += plain;
    }
    return put(to, "\"");
}

static char *put_value(char *to, jsp_slice value)
{
    if (value.length > 0 && value.text[0] == '"') {
        return put_string(to, (jsp_slice){value.text + 1, value.length - 2});
    }
    bool is_list = value.length > 0 && (value.text[0] == '[' || value.text[0] == '{');
    return is_list ? put_list(to, value) : jsp_run_put(to, value.text, value.length);
}

/* Any other value than a plain string or a word. */
static char *put_next(char *to, jsp_json_iterator *walk)
{
    jsp_slice value;
    return jsp_json_next_element(walk, &value) ? put_value(to, value) : to;
}

/* Most strings have no escapes and no commas: those are copied as they stand, in one go with looking for their end.
 * Others begin anew. */
static char *put_plain_string(char *to, jsp_json_iterator *walk)
{
    const char *at = walk->at + 1;
    bool formula = at < walk->end && formula_starts[(unsigned char)*at];
    *to = '\'';
    char *end = jsp_run_copy(to + formula, &at, walk->end, marks_of_cell);
    if (at == walk->end || *at != '"') {
        return put_next(to, walk);
    }
    walk->at = at + 1;
    return end;
}

static char *put_cell(char *to, jsp_json_iterator *walk)
{
    switch (walk->at < walk->end ? *walk->at : '\0') {
    case '"':
        return put_plain_string(to, walk);
    case '[':
    case '{':
        return put_next(to, walk);
    default:
        return jsp_run_copy(to, &walk->at, walk->end, jsp_run_ends_of_word);
    }
}

/* A text that no spreadsheet takes for a number, a date or a formula: ="text", each of the two languages with its
 * quotes. */
static char *put_literal(char *to, jsp_slice string)
{
    to = put(to, "\"=\"\"");
    to = put_text(to, string, "\"\"\"\"");
    return put(to, "\"\"\"");
}

static bool is_long_number(jsp_slice value)
{
    return value.length > DIGITS_MAX && memchr("-0123456789", value.text[0], 11) != NULL;
}

/* Of more than one line, which no formula is, and no number. */
static bool has_lines(jsp_slice string)
{
    const char *at = string.text;
    const char *end = at + string.length;
    while (at < end) {
        char one = jsp_json_unescape_next(&at, end);
        if (one == '\n' || one == '\r') {
            return true;
        }
    }
    return false;
}

static char *put_sheet_cell(char *to, jsp_json_iterator *walk)
{
    jsp_slice value;
    if (!jsp_json_next_element(walk, &value)) {
        return to;
    }
    if (value.length > 2 && value.length <= LITERAL_MAX && value.text[0] == '"'
        && !has_lines(value)) {
        return put_literal(to, (jsp_slice){value.text + 1, value.length - 2});
    }
    return is_long_number(value) ? put_literal(to, value) : put_value(to, value);
}

/* Columns of members that are absent. Every column has a comma behind it. */
static char *put_empty(char *to, const jsp_member *at,
                       const jsp_member *end) /* NOLINT(misc-no-recursion) */
{
    for (; at < end; at++) {
        size_t inner = at->members.count;
        if (inner > 0) {
            to = put_empty(to, at->members.list, at->members.list + inner);
        } else {
            *to++ = ',';
        }
    }
    return to;
}

typedef char *cell_writer(char *to, jsp_json_iterator *walk);

static char *put_columns(char *to, jsp_json_iterator *walk, const jsp_members *members,
                         cell_writer *put_one);

static char *put_member(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                        const jsp_member *member, cell_writer *put_one)
{
    jsp_slice value;
    walk->at += jsp_member_key_length(member);
    if (member->members.count == 0) {
        to = put_one(to, walk);
        *to = ',';
        return to + 1;
    }
    if (walk->at < walk->end && *walk->at == '{') {
        return put_columns(to, walk, &member->members, put_one);
    }
    (void)jsp_json_next_element(walk, &value);
    return put_empty(to, member, member + 1);
}

/* The columns of an object. Its members stand in the order of the table, those that no table has behind them. */
static char *put_columns(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                         const jsp_members *members, cell_writer *put_one)
{
    const jsp_member *list = members->list;
    jsp_slice name;
    jsp_slice value;
    size_t next = 0;
    for (walk->at++; walk->at < walk->end && *walk->at == '"';) {
        size_t at = jsp_members_match(members, next, walk->at, (size_t)(walk->end - walk->at));
        if (at < members->count) {
            to = put_empty(to, list + next, list + at);
            to = put_member(to, walk, list + at, put_one);
            next = at + 1;
        } else if (!jsp_json_next_member(walk, &name, &value)) {
            break;
        }
        walk->at += walk->at < walk->end && *walk->at == ',';
    }
    walk->at += walk->at < walk->end; /* the closing brace */
    return put_empty(to, list + next, list + members->count);
}

size_t jsp_csv_most(size_t length)
{
    return AROUND + EXPANSION * length;
}

static void put_row(jsp_text *text, jsp_slice session, cell_writer *put_one)
{
    jsp_json_iterator walk = {session.text, session.text + session.length};
    char *to = jsp_text_reserve(text, jsp_csv_most(session.length));
    if (to == NULL) {
        return;
    }
    to = put_columns(to, &walk, &jsp_members_of_session, put_one);
    to = put(to - 1, "\r\n"); /* in the place of the last comma */
    text->length = (size_t)(to - text->data);
}

void jsp_csv_row(jsp_text *text, jsp_slice session)
{
    put_row(text, session, put_cell);
}

void jsp_sheet_header(jsp_text *text)
{
    append(text, "\xef\xbb\xbf");
    jsp_csv_header(text);
}

void jsp_sheet_row(jsp_text *text, jsp_slice session)
{
    put_row(text, session, put_sheet_cell);
}
