/* SPDX-License-Identifier: Apache-2.0 */
#include "write/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/ticks.h"
#include "format/status.h"
#include "jobsessions_read.h"
#include "write/canonical.h"
#include "write/refused.h"

size_t jsp_writer_enter(jsp_writer *writer, const char *name)
{
    size_t before = writer->path_length;
    int length = snprintf(writer->path + before, sizeof(writer->path) - before, "%s%s",
                          before > 0 ? "." : "", name);
    writer->path_length = before + (size_t)length < sizeof(writer->path) ? before + (size_t)length
                                                                         : sizeof(writer->path) - 1;
    return before;
}

void jsp_writer_leave(jsp_writer *writer, size_t before)
{
    writer->path_length = before;
    writer->path[before] = '\0';
}

static js_result write_text(jsp_writer *writer, const json_t *value, size_t most)
{
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string", value);
    }
    size_t length = json_string_length(value);
    if (length > most) {
        return jsp_refuse(writer->error, writer->path, "%zu bytes long, at most %zu are allowed",
                          length, most);
    }
    jsp_text_string(writer->text, json_string_value(value), length);
    return JS_OK;
}

static js_result write_type(jsp_writer *writer, const json_t *value, size_t most)
{
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string", value);
    }
    size_t length = json_string_length(value);
    if (length == 0 || strlen(json_string_value(value)) != length) {
        return jsp_refuse(writer->error, writer->path, "%s",
                          length == 0 ? "is empty; leave it out or name the type"
                                      : "holds a NUL character");
    }
    writer->type = json_string_value(value);
    return write_text(writer, value, most);
}

static js_result write_date(jsp_writer *writer, const json_t *value, int64_t *ticks)
{
    char text[JSP_TICKS_TEXT];
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string with a date and time", value);
    }
    const char *wrong = jsp_date_parse(json_string_value(value), json_string_length(value), ticks);
    if (wrong != NULL) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" %s", jsp_excerpt_of(value).text,
                          wrong);
    }
    jsp_text_string(writer->text, text, jsp_date_format(*ticks, text));
    return JS_OK;
}

static js_result write_duration(jsp_writer *writer, const json_t *value)
{
    char text[JSP_TICKS_TEXT];
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string with a time-span", value);
    }
    const char *wrong = jsp_span_parse(json_string_value(value), json_string_length(value),
                                       &writer->facts->duration);
    if (wrong != NULL) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" %s", jsp_excerpt_of(value).text,
                          wrong);
    }
    jsp_text_string(writer->text, text, jsp_span_format(writer->facts->duration, text));
    return JS_OK;
}

static js_result write_status(jsp_writer *writer, const json_t *value)
{
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string", value);
    }
    const char *name = json_string_value(value);
    unsigned code =
        strlen(name) == json_string_length(value) ? jsp_status_code(name) : JSP_STATUS_NONE;
    if (code == JSP_STATUS_NONE) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" is not a status; allowed: %s",
                          jsp_excerpt_of(value).text, JSP_STATUS_NAMES);
    }
    writer->facts->status = (uint8_t)code;
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_uuid(jsp_writer *writer, const json_t *value)
{
    uint8_t uuid[JSP_UUID_SIZE];
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string with a uuid", value);
    }
    if (!js_uuid_parse(json_string_value(value), json_string_length(value), uuid)) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" is not a uuid",
                          jsp_excerpt_of(value).text);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_word(jsp_writer *writer, const json_t *value, jsp_member_kind kind)
{
    char allowed[128] = "";
    if (!json_is_string(value)) {
        return jsp_refuse_type(writer->error, writer->path, "a string", value);
    }
    for (const char *const *word = jsp_member_words(kind); *word != NULL; word++) {
        if (strcmp(*word, json_string_value(value)) == 0) {
            return write_text(writer, value, strlen(*word));
        }
        size_t length = strlen(allowed);
        (void)snprintf(allowed + length, sizeof(allowed) - length, "%s%s", length > 0 ? ", " : "",
                       *word);
    }
    return jsp_refuse(writer->error, writer->path, "\"%s\" is not one of: %s",
                      jsp_excerpt_of(value).text, allowed);
}

/* The first of a session's policies is what it is found by. A backup's id may be no uuid: no PolicyId filter can name
 * that. */
static js_result write_policy_id(jsp_writer *writer, const jsp_member *member, const json_t *value)
{
    js_result result = member->kind == JSP_MEMBER_POLICY_UUID
                           ? write_uuid(writer, value)
                           : write_text(writer, value, member->most);
    uint8_t uuid[JSP_UUID_SIZE];
    if (result == JS_OK && !writer->has_policy
        && js_uuid_parse(json_string_value(value), json_string_length(value), uuid)) {
        memcpy(writer->facts->policy, uuid, sizeof(uuid));
    }
    writer->has_policy = true;
    return result;
}

static js_result write_policy_name(jsp_writer *writer, const json_t *value, size_t most)
{
    size_t at = writer->text->length;
    js_result result = write_text(writer, value, most);
    if (result == JS_OK && writer->facts->name_at == 0) {
        /* without the quotes */
        writer->facts->name_at = (uint32_t)(at + 1);
        writer->facts->name_length = (uint32_t)(writer->text->length - at - 2);
    }
    return result;
}

static js_result write_integer(jsp_writer *writer, const json_t *value)
{
    if (!json_is_integer(value)) {
        return jsp_refuse_type(writer->error, writer->path, "an integer", value);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_count(jsp_writer *writer, const json_t *value, size_t most)
{
    json_int_t count = json_integer_value(value);
    if (json_is_integer(value) && count < 0) {
        return jsp_refuse(writer->error, writer->path, "%" JSON_INTEGER_FORMAT " is negative",
                          count);
    }
    if (json_is_integer(value) && most > 0 && (size_t)count > most) {
        return jsp_refuse(writer->error, writer->path,
                          "%" JSON_INTEGER_FORMAT " is above %zu, the highest that is allowed",
                          count, most);
    }
    return write_integer(writer, value);
}

/* A repository's id, as v1 has it: an integer, or its digits in a string. */
static js_result write_repository_id(jsp_writer *writer, const json_t *value)
{
    if (json_is_string(value)) {
        jsp_text_bytes(writer->text, json_string_value(value), json_string_length(value));
        return JS_OK;
    }
    return json_is_integer(value)
               ? write_integer(writer, value)
               : jsp_refuse_type(writer->error, writer->path, "an integer or a string", value);
}

static js_result write_objects(jsp_writer *writer, const json_t *value)
{
    if (!json_is_array(value)) {
        return jsp_refuse_type(writer->error, writer->path, "an array of objects", value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_object(json_array_get(value, i))) {
            char place[32];
            (void)snprintf(place, sizeof(place), "%zu", i);
            (void)jsp_writer_enter(writer, place);
            return jsp_refuse_type(writer->error, writer->path, "an object",
                                   json_array_get(value, i));
        }
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_boolean(jsp_writer *writer, const json_t *value)
{
    if (!json_is_boolean(value)) {
        return jsp_refuse_type(writer->error, writer->path, "true or false", value);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static void write_id(jsp_writer *writer)
{
    char text[JSP_UUID_TEXT];
    unsigned length = JSP_UUID_TEXT;
    if (writer->facts->has_uuid) {
        jsp_uuid_format(writer->facts->uuid, text);
    } else {
        length = jsp_id_format(writer->facts->id, text);
    }
    jsp_text_string(writer->text, text, length);
}

/* What is a string. */
static js_result write_string(jsp_writer *writer, const jsp_member *member, const json_t *value)
{
    switch (member->kind) {
    case JSP_MEMBER_TYPE:
        return write_type(writer, value, member->most);
    case JSP_MEMBER_START:
        return write_date(writer, value, &writer->facts->start);
    case JSP_MEMBER_STOP:
        return write_date(writer, value, &writer->facts->stop);
    case JSP_MEMBER_DATE:
        return write_date(writer, value, &(int64_t){0});
    case JSP_MEMBER_DURATION:
        return write_duration(writer, value);
    case JSP_MEMBER_STATUS:
        return write_status(writer, value);
    case JSP_MEMBER_UUID:
        return write_uuid(writer, value);
    case JSP_MEMBER_POLICY_ID:
    case JSP_MEMBER_POLICY_UUID:
        return write_policy_id(writer, member, value);
    case JSP_MEMBER_POLICY_NAME:
        return write_policy_name(writer, value, member->most);
    case JSP_MEMBER_POLICY_TYPE:
    case JSP_MEMBER_PRIORITY:
        return write_word(writer, value, member->kind);
    default:
        return write_text(writer, value, member->most);
    }
}

js_result jsp_value_write(jsp_writer *writer, const jsp_member *member, const json_t *value)
{
    char digits[24];
    switch (member->kind) {
    case JSP_MEMBER_ID:
        write_id(writer);
        return JS_OK;
    case JSP_MEMBER_USN:
        jsp_text_bytes(writer->text, digits, jsp_id_format(writer->facts->usn, digits));
        return JS_OK;
    case JSP_MEMBER_REPOSITORY_ID:
        return write_repository_id(writer, value);
    case JSP_MEMBER_COUNT:
        return write_count(writer, value, member->most);
    case JSP_MEMBER_BOOLEAN:
        return write_boolean(writer, value);
    case JSP_MEMBER_OBJECTS:
        return write_objects(writer, value);
    default:
        return write_string(writer, member, value);
    }
}
