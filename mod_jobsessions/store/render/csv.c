/* SPDX-License-Identifier: Apache-2.0 */
#include "render/csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "format/members.h"

/* More than there are columns. */
#define COLUMNS_MAX 64

/* What makes a spreadsheet take a text for a formula when it comes first. */
#define FORMULA_STARTS "=+-@\t\r"

/* U+FFFD, in the place of a character that spreadsheets drop, or end the text at. */
#define REPLACEMENT "\xef\xbf\xbd"

/* The longest text in a formula, and the most digits of a number that a spreadsheet keeps. */
#define LITERAL_MAX 255
#define DIGITS_MAX 15

/* How many columns a member takes: one, or those of its members. */
static size_t columns_of(const jsp_member *member) /* NOLINT(misc-no-recursion) */
{
    size_t count = 0;
    if (member->members.count == 0) {
        return 1;
    }
    for (size_t i = 0; i < member->members.count; i++) {
        count += columns_of(&member->members.list[i]);
    }
    return count;
}

static void put(jsp_text *text, const char *string)
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
            put(text, *separator);
            *separator = ",";
            put(text, path);
            put(text, member->name);
        }
    }
}

void jsp_csv_header(jsp_text *text)
{
    const char *separator = "";
    put_names(text, &jsp_members_of_session, "", &separator);
    put(text, "\r\n");
}

/* Find the values of a row, by column. An object's members stand in the order of the table, those that no
 * table has behind them. */
static void collect(jsp_slice *row, jsp_slice object, /* NOLINT(misc-no-recursion) */
                    const jsp_members *members)
{
    jsp_json_iterator iterator;
    jsp_slice name;
    jsp_slice value;
    size_t next = 0;
    jsp_json_begin(&iterator, object);
    while (jsp_json_next_member(&iterator, &name, &value)) {
        size_t at = jsp_members_find(members, next, name.text, name.length);
        if (at == members->count) {
            continue;
        }
        for (; next < at; next++) {
            row += columns_of(&members->list[next]);
        }
        if (members->list[at].members.count == 0) {
            *row = value;
        } else if (value.text[0] == '{') {
            collect(row, value, &members->list[at].members);
        }
    }
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
           && memchr(FORMULA_STARTS, jsp_json_unescape_next(&at, at + string.length),
                     sizeof(FORMULA_STARTS) - 1)
                  != NULL;
}

/* A character that had to be escaped in JSON. */
static void put_special(jsp_text *text, char one, const char *quote)
{
    if (one == '"') {
        put(text, quote);
    } else if ((unsigned char)one < 0x20 && one != '\t' && one != '\n' && one != '\r') {
        put(text, REPLACEMENT);
    } else {
        jsp_text_bytes(text, &one, 1);
    }
}

/* The text behind a string, with `quote` for the quotes in it. */
static void put_text(jsp_text *text, jsp_slice string, const char *quote)
{
    const char *at = string.text;
    const char *end = at + string.length;
    while (at < end) {
        const char *plain = at;
        while (at < end && *at != '\\' && *at != '"') {
            at++;
        }
        jsp_text_bytes(text, plain, (size_t)(at - plain));
        if (at < end) {
            put_special(text, jsp_json_unescape_next(&at, end), quote);
        }
    }
}

/* Most strings have no escapes, and so no quotes and no ends of lines: those are copied as they stand. */
static void put_string(jsp_text *text, jsp_slice string)
{
    bool escaped = memchr(string.text, '\\', string.length) != NULL;
    bool quoted =
        memchr(string.text, ',', string.length) != NULL || (escaped && needs_quotes(string));
    jsp_text_bytes(text, "\"", quoted);
    jsp_text_bytes(text, "'", is_formula(string));
    if (escaped) {
        put_text(text, string, "\"\"");
    } else {
        jsp_text_bytes(text, string.text, string.length);
    }
    jsp_text_bytes(text, "\"", quoted);
}

/* A list, as the JSON it is: its quotes are no escapes of a string. */
static void put_list(jsp_text *text, jsp_slice list)
{
    const char *at = list.text;
    const char *end = at + list.length;
    put(text, "\"");
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        size_t plain = quote != NULL ? (size_t)(quote - at) + 1 : (size_t)(end - at);
        jsp_text_bytes(text, at, plain);
        jsp_text_bytes(text, "\"", quote != NULL);
        at += plain;
    }
    put(text, "\"");
}

static void put_cell(jsp_text *text, jsp_slice value)
{
    if (value.length == 0) {
        return;
    }
    if (value.text[0] == '"') {
        put_string(text, (jsp_slice){value.text + 1, value.length - 2});
    } else if (value.text[0] == '[') {
        put_list(text, value);
    } else {
        jsp_text_bytes(text, value.text, value.length);
    }
}

/* A text that no spreadsheet takes for a number, a date or a formula: ="text", each of the two languages with its
 * quotes. */
static void put_literal(jsp_text *text, jsp_slice string)
{
    put(text, "\"=\"\"");
    put_text(text, string, "\"\"\"\"");
    put(text, "\"\"\"");
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

static void put_sheet_cell(jsp_text *text, jsp_slice value)
{
    if (value.length > 2 && value.length <= LITERAL_MAX && value.text[0] == '"'
        && !has_lines(value)) {
        put_literal(text, (jsp_slice){value.text + 1, value.length - 2});
    } else if (is_long_number(value)) {
        put_literal(text, value);
    } else {
        put_cell(text, value);
    }
}

static void put_row(jsp_text *text, jsp_slice session,
                    void (*put_value)(jsp_text *text, jsp_slice value))
{
    jsp_slice row[COLUMNS_MAX] = {{NULL, 0}};
    size_t columns = 0;
    for (size_t i = 0; i < jsp_members_of_session.count; i++) {
        columns += columns_of(&jsp_members_of_session.list[i]);
    }
    collect(row, session, &jsp_members_of_session);
    for (size_t i = 0; i < columns; i++) {
        jsp_text_bytes(text, ",", i > 0);
        put_value(text, row[i]);
    }
    put(text, "\r\n");
}

void jsp_csv_row(jsp_text *text, jsp_slice session)
{
    put_row(text, session, put_cell);
}

void jsp_sheet_header(jsp_text *text)
{
    put(text, "\xef\xbb\xbf");
    jsp_csv_header(text);
}

void jsp_sheet_row(jsp_text *text, jsp_slice session)
{
    put_row(text, session, put_sheet_cell);
}
