/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a member that becomes a column: a policy's name of 1024 bytes. */
#define TEXT_SIZE 1032

/* Digits of a second that PostgreSQL keeps. Of the seven there are the last is cut off, not rounded: a time must not
 * come to lie in the next month. */
#define FRACTION 6

void rows_clear(struct rows *rows)
{
    rows->length = 0;
    rows->count = 0;
    rows->removals = 0;
    rows->uuids = 0;
    rows->out_of_memory = false;
    memset(rows->months, 0, sizeof(rows->months));
}

void rows_free(struct rows *rows)
{
    free(rows->text);
    rows->text = NULL;
    rows->room = 0;
}

/* Room for so many bytes more; NULL: there is no memory, and this row is not the last that misses it. */
static char *rows_room(struct rows *rows, size_t size)
{
    if (rows->room - rows->length < size) {
        size_t room = 2 * rows->room + size + 4096;
        char *text = realloc(rows->text, room);
        if (text == NULL) {
            rows->out_of_memory = true;
            return NULL;
        }
        rows->text = text;
        rows->room = room;
    }
    return rows->text + rows->length;
}

static void put_bytes(struct rows *rows, const char *bytes, size_t length)
{
    char *to = rows_room(rows, length);
    if (to != NULL) {
        memcpy(to, bytes, length);
        rows->length += length;
    }
}

static const char *escaped(char byte)
{
    switch (byte) {
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

/* A value, escaped as COPY wants it. */
static void put_value(struct rows *rows, const char *value, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t plain = i;
        while (plain < length && escaped(value[plain]) == NULL) {
            plain++;
        }
        put_bytes(rows, value + i, plain - i);
        if (plain < length) {
            put_bytes(rows, escaped(value[plain]), 2);
            plain++;
        }
        i = plain;
    }
}

/* A value of its own column, and the tab behind it; NULL when there is none. */
static void put_column(struct rows *rows, const char *value, size_t length)
{
    if (length > 0) {
        put_value(rows, value, length);
    } else {
        put_bytes(rows, "\\N", 2);
    }
    put_bytes(rows, "\t", 1);
}

__attribute__((format(printf, 2, 3))) static void put_format(struct rows *rows, const char *format,
                                                             ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put_bytes(rows, text, (size_t)length);
}

/* A member as a text, up to a NUL within it, which PostgreSQL's texts cannot have. */
static void put_member(struct rows *rows, const js_session *session, const char *path)
{
    char text[TEXT_SIZE];
    (void)js_session_text(session, path, text, sizeof(text));
    put_column(rows, text, strlen(text));
}

/* "2026-11-28T09:05:43.1234567Z" to what PostgreSQL reads of it. Returns the length, 0: there is no time. */
static size_t read_time(const js_session *session, const char *path, char text[TEXT_SIZE])
{
    size_t length = js_session_text(session, path, text, TEXT_SIZE);
    char *point = strchr(text, '.');
    if (point != NULL && strspn(point + 1, "0123456789") > FRACTION) {
        length = (size_t)(stpcpy(point + 1 + FRACTION, "Z") - text);
    }
    return length;
}

/* Of a time in canonical form, which begins with four digits of the year and two of the month. */
static void note_month(struct rows *rows, const char *time)
{
    long year = strtol(time, NULL, 10);
    long month = strtol(time + sizeof("2000-") - 1, NULL, 10);
    if (year >= ROWS_FIRST_YEAR && year < ROWS_FIRST_YEAR + ROWS_MONTHS / 12 && month >= 1
        && month <= 12) {
        rows->months[12 * (year - ROWS_FIRST_YEAR) + month - 1] = true;
    }
}

/* When it began, by which the table is partitioned. */
static void put_began(struct rows *rows, const js_session *session)
{
    static const char never[] = "-infinity";
    char text[TEXT_SIZE];
    size_t length = read_time(session, "executionStartTime", text);
    if (length > 0) {
        note_month(rows, text);
        put_column(rows, text, length);
    } else {
        put_column(rows, never, sizeof(never) - 1);
    }
}

static void put_stopped(struct rows *rows, const js_session *session)
{
    char text[TEXT_SIZE];
    put_column(rows, text, read_time(session, "executionStopTime", text));
}

static uint64_t usn_of(const js_session *session, uint64_t otherwise)
{
    char text[32];
    if (session->deleted_usn != 0) {
        return session->deleted_usn;
    }
    return js_session_text(session, "usn", text, sizeof(text)) > 0 ? strtoull(text, NULL, 10)
                                                                   : otherwise;
}

/* What the appliance calls a session that has not its number for its id. */
static void put_uuid(struct rows *rows, const char *id)
{
    uint8_t uuid[16];
    size_t length = strlen(id);
    bool is_uuid = js_uuid_parse(id, length, uuid);
    put_column(rows, id, is_uuid ? length : 0);
    rows->uuids += is_uuid;
}

uint64_t rows_add(struct rows *rows, const js_session *session, const char *id, uint64_t before)
{
    uint64_t usn = usn_of(session, before);
    bool is_readable = session->damage == NULL && session->deleted_usn == 0;
    put_bytes(rows, rows->key, strlen(rows->key));
    put_format(rows, "%" PRIu64 "\t%" PRIu64 "\t", session->id, usn);
    put_began(rows, session);
    put_stopped(rows, session);
    put_member(rows, session, "status");
    put_member(rows, session, "type");
    put_member(rows, session, "backupJobInfo.policyId");
    put_member(rows, session, "backupJobInfo.policyName");
    put_bytes(rows, session->damage != NULL ? "t\t" : "f\t", 2);
    put_uuid(rows, id);
    if (is_readable) {
        put_value(rows, session->json, session->length);
    } else {
        put_bytes(rows, "\\N", 2);
    }
    put_bytes(rows, "\n", 1);
    rows->count++;
    rows->removals += session->deleted_usn != 0;
    return usn;
}

void rows_append(struct rows *rows, const struct rows *other)
{
    put_bytes(rows, other->text, other->length);
    rows->count += other->count;
    rows->removals += other->removals;
    rows->uuids += other->uuids;
    for (int month = 0; month < ROWS_MONTHS; month++) {
        rows->months[month] = rows->months[month] || other->months[month];
    }
}
