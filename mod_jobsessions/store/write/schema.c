/* SPDX-License-Identifier: Apache-2.0 */
#include "write/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/ticks.h"
#include "format/members.h"
#include "format/status.h"
#include "jobsessions_read.h"
#include "write/canonical.h"
#include "write/localized.h"

/* A session on its way to its canonical form. */
struct writer {
    const json_t *object; /* the outermost */
    jsp_text *text;
    jsp_facts *facts;
    const char *type;
    js_error *error;
    bool has_policy; /* a member has told its id */
    char path[128];  /* of the member at hand */
    size_t path_length;
};

/* The path of a member below the one at hand, and back. */
static size_t enter(struct writer *writer, const char *name)
{
    size_t before = writer->path_length;
    int length = snprintf(writer->path + before, sizeof(writer->path) - before, "%s%s",
                          before > 0 ? "." : "", name);
    writer->path_length = before + (size_t)length < sizeof(writer->path) ? before + (size_t)length
                                                                         : sizeof(writer->path) - 1;
    return before;
}

static void leave(struct writer *writer, size_t before)
{
    writer->path_length = before;
    writer->path[before] = '\0';
}

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {"an object",     "an array", "a string", "an integer",
                                        "a real number", "true",     "false",    "null"};
    return names[json_typeof(value)];
}

static js_result refuse_type(struct writer *writer, const char *expected, const json_t *value)
{
    return jsp_refuse(writer->error, writer->path, "expected %s, found %s", expected,
                      type_name(value));
}

/* A value for an error message: its beginning, nothing that could break the line. */
struct excerpt {
    char text[64];
};

static struct excerpt excerpt(const json_t *string)
{
    struct excerpt result;
    const char *value = json_string_value(string);
    size_t length = json_string_length(string);
    size_t shown = length < sizeof(result.text) - 4 ? length : sizeof(result.text) - 4;
    while (shown < length && shown > 0 && ((unsigned char)value[shown] & 0xc0) == 0x80) {
        shown--; /* not in the middle of a character */
    }
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)value[i];
        result.text[i] = (char)(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    (void)snprintf(result.text + shown, sizeof(result.text) - shown, "%s",
                   shown < length ? "..." : "");
    return result;
}

static js_result write_text(struct writer *writer, const json_t *value, size_t most)
{
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string", value);
    }
    size_t length = json_string_length(value);
    if (length > most) {
        return jsp_refuse(writer->error, writer->path, "%zu bytes long, at most %zu are allowed",
                          length, most);
    }
    jsp_text_string(writer->text, json_string_value(value), length);
    return JS_OK;
}

static js_result write_type(struct writer *writer, const json_t *value, size_t most)
{
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string", value);
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

static js_result write_date(struct writer *writer, const json_t *value, int64_t *ticks)
{
    char text[JSP_TICKS_TEXT];
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string with a date and time", value);
    }
    const char *wrong = jsp_date_parse(json_string_value(value), json_string_length(value), ticks);
    if (wrong != NULL) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" %s", excerpt(value).text, wrong);
    }
    jsp_text_string(writer->text, text, jsp_date_format(*ticks, text));
    return JS_OK;
}

static js_result write_duration(struct writer *writer, const json_t *value)
{
    char text[JSP_TICKS_TEXT];
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string with a time-span", value);
    }
    const char *wrong = jsp_span_parse(json_string_value(value), json_string_length(value),
                                       &writer->facts->duration);
    if (wrong != NULL) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" %s", excerpt(value).text, wrong);
    }
    jsp_text_string(writer->text, text, jsp_span_format(writer->facts->duration, text));
    return JS_OK;
}

static js_result write_status(struct writer *writer, const json_t *value)
{
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string", value);
    }
    const char *name = json_string_value(value);
    unsigned code =
        strlen(name) == json_string_length(value) ? jsp_status_code(name) : JSP_STATUS_NONE;
    if (code == JSP_STATUS_NONE) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" is not a status; allowed: %s",
                          excerpt(value).text, JSP_STATUS_NAMES);
    }
    writer->facts->status = (uint8_t)code;
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_uuid(struct writer *writer, const json_t *value)
{
    uint8_t uuid[JSP_UUID_SIZE];
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string with a uuid", value);
    }
    if (!js_uuid_parse(json_string_value(value), json_string_length(value), uuid)) {
        return jsp_refuse(writer->error, writer->path, "\"%s\" is not a uuid", excerpt(value).text);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_word(struct writer *writer, const json_t *value, jsp_member_kind kind)
{
    char allowed[128] = "";
    if (!json_is_string(value)) {
        return refuse_type(writer, "a string", value);
    }
    for (const char *const *word = jsp_member_words(kind); *word != NULL; word++) {
        if (strcmp(*word, json_string_value(value)) == 0) {
            return write_text(writer, value, strlen(*word));
        }
        size_t length = strlen(allowed);
        (void)snprintf(allowed + length, sizeof(allowed) - length, "%s%s", length > 0 ? ", " : "",
                       *word);
    }
    return jsp_refuse(writer->error, writer->path, "\"%s\" is not one of: %s", excerpt(value).text,
                      allowed);
}

/* The first of a session's policies is what it is found by. A backup's id may be no uuid: no PolicyId filter can name
 * that. */
static js_result write_policy_id(struct writer *writer, const jsp_member *member,
                                 const json_t *value)
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

static js_result write_policy_name(struct writer *writer, const json_t *value, size_t most)
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

static js_result write_integer(struct writer *writer, const json_t *value)
{
    if (!json_is_integer(value)) {
        return refuse_type(writer, "an integer", value);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_count(struct writer *writer, const json_t *value, size_t most)
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
static js_result write_repository_id(struct writer *writer, const json_t *value)
{
    if (json_is_string(value)) {
        jsp_text_bytes(writer->text, json_string_value(value), json_string_length(value));
        return JS_OK;
    }
    return json_is_integer(value) ? write_integer(writer, value)
                                  : refuse_type(writer, "an integer or a string", value);
}

static js_result write_object(struct writer *writer, const json_t *object,
                              const jsp_members *members);

static js_result write_objects(struct writer *writer, const json_t *value)
{
    if (!json_is_array(value)) {
        return refuse_type(writer, "an array of objects", value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_object(json_array_get(value, i))) {
            char place[32];
            (void)snprintf(place, sizeof(place), "%zu", i);
            (void)enter(writer, place);
            return refuse_type(writer, "an object", json_array_get(value, i));
        }
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static js_result write_boolean(struct writer *writer, const json_t *value)
{
    if (!json_is_boolean(value)) {
        return refuse_type(writer, "true or false", value);
    }
    jsp_canonical_write(writer->text, value);
    return JS_OK;
}

static void write_id(struct writer *writer)
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
static js_result write_string(struct writer *writer, const jsp_member *member, const json_t *value)
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

static js_result write_value(struct writer *writer, const jsp_member *member, const json_t *value)
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
    case JSP_MEMBER_OBJECT:
        return json_is_object(value) ? write_object(writer, value, &member->members)
                                     : refuse_type(writer, "an object", value);
    case JSP_MEMBER_OBJECTS:
        return write_objects(writer, value);
    default:
        return write_string(writer, member, value);
    }
}

/* What stands for a member that was not given: a new reference, or NULL. */
static json_t *derived(const struct writer *writer, jsp_member_kind kind)
{
    char text[JSP_LOCALIZED_TEXT];
    char span[JSP_TICKS_TEXT];
    const jsp_facts *facts = writer->facts;
    if (kind == JSP_MEMBER_ID || kind == JSP_MEMBER_USN) {
        return json_null();
    }
    if (kind == JSP_MEMBER_LOCALIZED_TYPE && writer->type != NULL) {
        return json_stringn(text, jsp_localized_type(writer->type, text));
    }
    if (kind == JSP_MEMBER_DURATION && facts->start != JSP_TICKS_NONE
        && facts->stop != JSP_TICKS_NONE) {
        /* a clock that was set back between the two leaves a stop before the start: how long it took is
         * not known then, but that it is over is */
        int64_t took = facts->stop > facts->start ? facts->stop - facts->start : 0;
        return json_stringn(span, jsp_span_format(took, span));
    }
    return NULL;
}

static bool absent(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

/* Whether the session at hand is not finished, as far as it says. */
static bool is_running(const struct writer *writer)
{
    const char *name = json_string_value(json_object_get(writer->object, "status"));
    return name == NULL || jsp_status_is_running(jsp_status_code(name));
}

/* The first moment of the year 1 wherever that was: .NET prints it with the zone of the machine, or without one. */
static bool is_zero_time(const char *text)
{
    return strncmp(text, "0001-01-01", 10) == 0 && (text[10] == 'T' || text[10] == ' ')
           && strncmp(text + 11, "00:00:00", 8) == 0;
}

/* Dates that mean "none" where they come from: the first of the year 1 in .NET, Go and others; those of 1900
 * and 1970, when a session that still runs has them for its end. */
static bool means_none(const struct writer *writer, jsp_member_kind kind, const json_t *value)
{
    static const int64_t not_yet[] = {
        INT64_C(693595) * JSP_TICKS_DAY, /* 1900-01-01 */
        INT64_C(719162) * JSP_TICKS_DAY, /* 1970-01-01 */
    };
    int64_t ticks;
    if ((kind != JSP_MEMBER_START && kind != JSP_MEMBER_STOP && kind != JSP_MEMBER_DATE)
        || !json_is_string(value)) {
        return false;
    }
    const char *text = json_string_value(value);
    if (jsp_date_parse(text, json_string_length(value), &ticks) != NULL) {
        return is_zero_time(text);
    }
    return ticks == 0
           || (kind == JSP_MEMBER_STOP && (ticks == not_yet[0] || ticks == not_yet[1])
               && is_running(writer));
}

/* Whether a repository's id is a text that v1, whose ids are integers, cannot show. */
static bool is_uid(const json_t *id)
{
    char digits[24];
    if (!json_is_string(id)) {
        return false;
    }
    (void)snprintf(digits, sizeof(digits), "%lld", strtoll(json_string_value(id), NULL, 10));
    return strlen(digits) != json_string_length(id) || strcmp(digits, json_string_value(id)) != 0;
}

/* What an object has of a member. A repository has one id, whichever name it came under. */
static const json_t *given(const json_t *object, const jsp_member *member)
{
    if (member->kind != JSP_MEMBER_REPOSITORY_ID && member->kind != JSP_MEMBER_REPOSITORY_UID) {
        return json_object_get(object, member->name);
    }
    const json_t *id = json_object_get(object, "repositoryId");
    id = absent(id) ? json_object_get(object, "repositoryUid") : id;
    return is_uid(id) == (member->kind == JSP_MEMBER_REPOSITORY_UID) ? id : NULL;
}

/* Whether an item without a name has what the vendor's own are known by. */
static bool is_named_otherwise(const json_t *item)
{
    return json_is_string(json_object_get(json_object_get(item, "resource"), "displayName"))
           || json_is_string(json_object_get(item, "filePath"));
}

static js_result write_known(struct writer *writer, const json_t *object, const jsp_member *member,
                             char *separator)
{
    json_t *made = NULL;
    const json_t *value = given(object, member);
    if (absent(value) || means_none(writer, member->kind, value)) {
        value = made = derived(writer, member->kind);
        if (made == NULL) {
            return member->kind == JSP_MEMBER_NAME && !is_named_otherwise(object) ? jsp_refuse(
                       writer->error, member->name,
                       "is missing; every item has one, or a resource.displayName or a "
                       "filePath")
                                                                                  : JS_OK;
        }
    }
    size_t before = enter(writer, member->name);
    jsp_text_bytes(writer->text, separator, 1);
    jsp_text_string(writer->text, member->name, strlen(member->name));
    jsp_text_bytes(writer->text, ":", 1);
    js_result result = write_value(writer, member, value);
    leave(writer, before);
    json_decref(made);
    *separator = ',';
    return result;
}

static bool is_known(const char *name, const jsp_members *members)
{
    return jsp_members_find(members, 0, name, strlen(name)) < members->count
           || (members == &jsp_members_of_session && strcmp(name, "_links") == 0);
}

static js_result write_object(struct writer *writer, const json_t *object,
                              const jsp_members *members)
{
    const char *key;
    json_t *value;
    char separator = '{';
    for (size_t i = 0; i < members->count; i++) {
        js_result result = write_known(writer, object, &members->list[i], &separator);
        if (result != JS_OK) {
            return result;
        }
    }
    json_object_foreach((json_t *)object, key, value)
    {
        if (!absent(value) && !is_known(key, members)) {
            jsp_text_bytes(writer->text, &separator, 1);
            jsp_text_string(writer->text, key, strlen(key));
            jsp_text_bytes(writer->text, ":", 1);
            jsp_canonical_write(writer->text, value);
            separator = ',';
        }
    }
    if (separator == '{') {
        jsp_text_bytes(writer->text, "{", 1); /* there was no member */
    }
    jsp_text_bytes(writer->text, "}", 1);
    return JS_OK;
}

/* Whether what was written can be stored. */
static js_result check_size(const jsp_text *text, const char *what, js_error *error)
{
    if (text->failed) {
        return jsp_fail(error, JS_SYSTEM, "out of memory while writing %s", what);
    }
    if (text->length > JS_SESSION_MAX) {
        return jsp_fail(error, JS_INVALID, "%s takes %zu bytes, at most %u are allowed", what,
                        text->length, JS_SESSION_MAX);
    }
    return JS_OK;
}

js_result jsp_schema_write(const json_t *session, jsp_facts *facts, const char **type,
                           jsp_text *text, js_error *error)
{
    struct writer writer = {.object = session, .text = text, .facts = facts, .error = error};
    facts->start = facts->stop = facts->duration = JSP_TICKS_NONE;
    facts->status = JSP_STATUS_NONE;
    facts->type = 0;
    facts->name_at = facts->name_length = 0;
    memset(facts->policy, 0, sizeof(facts->policy));
    jsp_text_clear(text);

    js_result result = write_object(&writer, session, &jsp_members_of_session);
    *type = writer.type;
    return result == JS_OK ? check_size(text, "the session", error) : result;
}

const jsp_members *jsp_schema_item_members(js_item_kind kind)
{
    return kind == JS_LOG ? &jsp_members_of_log : &jsp_members_of_item;
}

js_result jsp_schema_write_item(const json_t *item, js_item_kind kind, jsp_text *text,
                                js_error *error)
{
    jsp_facts unused;
    struct writer writer = {.object = item, .text = text, .facts = &unused, .error = error};
    unused.start = unused.stop = JSP_TICKS_NONE;
    jsp_text_clear(text);
    js_result result = write_object(&writer, item, jsp_schema_item_members(kind));
    return result == JS_OK ? check_size(text, "the item", error) : result;
}

/* UTF-16 of a text that begins with a character of ASCII, or with a byte-order mark. */
static bool is_utf16(const char *text, size_t length)
{
    return length >= 2
           && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0
               || (text[0] == '\0') != (text[1] == '\0'));
}

/* What to do about text that is not JSON: mostly an object that was laid out over several lines. */
static js_result refuse_text(const char *json, size_t length, const json_error_t *cause,
                             js_error *error)
{
    if (is_utf16(json, length)) {
        return jsp_fail(error, JS_INVALID,
                        "not JSON at byte 0: the text is UTF-16, and JSON is UTF-8; "
                        "convert it (iconv -f UTF-16 -t UTF-8)");
    }
    enum json_error_code code = json_error_code(cause);
    bool is_layout = code == json_error_premature_end_of_input || code == json_error_invalid_syntax
                     || code == json_error_end_of_input_expected;
    return jsp_fail(error, JS_INVALID, "not JSON at byte %d: %s%s", cause->position, cause->text,
                    is_layout ? "; each object stands on one line by itself (jq -c)" : "");
}

js_result jsp_schema_parse(const char *json, size_t length, json_t **object, js_error *error)
{
    json_error_t cause;
    size_t mark = length >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* RFC 8259, 8.1 */
    *object =
        json_loadb(json + mark, length - mark, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &cause);
    if (*object == NULL) {
        return refuse_text(json, length, &cause, error);
    }
    if (!json_is_object(*object)) {
        bool is_array = json_is_array(*object);
        json_decref(*object);
        *object = NULL;
        return jsp_fail(
            error, JS_INVALID, "a JSON object is expected%s",
            is_array ? ", this is an array: take it apart (jq -c '.[]'), or import one of sessions"
                     : "");
    }
    return JS_OK;
}

js_result jsp_schema_id(const json_t *session, bool *found, jsp_facts *facts, js_error *error)
{
    const json_t *value = json_object_get(session, "id");
    *found = !absent(value);
    facts->has_uuid = false;
    if (!*found) {
        return JS_OK;
    }
    if (!json_is_string(value)) {
        return jsp_refuse(error, "id", "expected a string of decimal digits or a uuid, found %s",
                          type_name(value));
    }
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    facts->has_uuid = js_uuid_parse(text, length, facts->uuid);
    if (!facts->has_uuid && !js_id_parse(text, length, &facts->id)) {
        return jsp_refuse(error, "id",
                          "\"%s\" is not a decimal number from 0 to 18446744073709551615 without "
                          "leading zeros, nor a uuid",
                          excerpt(value).text);
    }
    return JS_OK;
}

js_result jsp_schema_usn(const json_t *session, bool *found, uint64_t *usn, js_error *error)
{
    const json_t *value = json_object_get(session, "usn");
    *found = !absent(value);
    if (!*found) {
        return JS_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return jsp_refuse(error, "usn", "expected an integer of 0 or more, found %s",
                          json_is_integer(value) ? "a negative one" : type_name(value));
    }
    *usn = (uint64_t)json_integer_value(value);
    return JS_OK;
}
