/* SPDX-License-Identifier: Apache-2.0 */
#include "write/schema.h"

#include <string.h>

#include "base/error.h"
#include "base/ticks.h"
#include "format/members.h"
#include "format/status.h"
#include "jobsessions_read.h"
#include "write/canonical.h"
#include "write/given.h"
#include "write/localized.h"
#include "write/refused.h"
#include "write/value.h"

/* What stands for a member that was not given: a new reference, or NULL. */
static json_t *derived(const jsp_writer *writer, jsp_member_kind kind)
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

/* Whether an item without a name has what the vendor's own are known by. */
static bool is_named_otherwise(const json_t *item)
{
    return json_is_string(json_object_get(json_object_get(item, "resource"), "displayName"))
           || json_is_string(json_object_get(item, "filePath"));
}

/* A member that is not there: only what an item is known by has to be. */
static js_result leave_out(jsp_writer *writer, const json_t *object, const jsp_member *member)
{
    if (member->kind != JSP_MEMBER_NAME || is_named_otherwise(object)) {
        return JS_OK;
    }
    return jsp_refuse(writer->error, member->name,
                      "is missing; every item has one, or a resource.displayName or a filePath");
}

static js_result write_object(jsp_writer *writer, const json_t *object, const jsp_members *members);

static js_result write_member(jsp_writer *writer, const jsp_member *member, const json_t *value)
{
    if (member->kind != JSP_MEMBER_OBJECT) {
        return jsp_value_write(writer, member, value);
    }
    return json_is_object(value) ? write_object(writer, value, &member->members)
                                 : jsp_refuse_type(writer->error, writer->path, "an object", value);
}

static js_result write_known(jsp_writer *writer, const json_t *object, const jsp_member *member,
                             char *separator)
{
    json_t *made = NULL;
    const json_t *value = jsp_given(writer->object, object, member);
    if (value == NULL) {
        value = made = derived(writer, member->kind);
        if (made == NULL) {
            return leave_out(writer, object, member);
        }
    }
    size_t before = jsp_writer_enter(writer, member->name);
    jsp_text_bytes(writer->text, separator, 1);
    jsp_text_string(writer->text, member->name, strlen(member->name));
    jsp_text_bytes(writer->text, ":", 1);
    js_result result = write_member(writer, member, value);
    jsp_writer_leave(writer, before);
    json_decref(made);
    *separator = ',';
    return result;
}

static bool is_known(const char *name, const jsp_members *members)
{
    return jsp_members_find(members, 0, name, strlen(name)) < members->count
           || (members == &jsp_members_of_session && strcmp(name, "_links") == 0);
}

static js_result write_object(jsp_writer *writer, const json_t *object, const jsp_members *members)
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
        if (!jsp_is_absent(value) && !is_known(key, members)) {
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
    jsp_writer writer = {.object = session, .text = text, .facts = facts, .error = error};
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
    jsp_writer writer = {.object = item, .text = text, .facts = &unused, .error = error};
    unused.start = unused.stop = JSP_TICKS_NONE;
    jsp_text_clear(text);
    js_result result = write_object(&writer, item, jsp_schema_item_members(kind));
    return result == JS_OK ? check_size(text, "the item", error) : result;
}

js_result jsp_schema_id(const json_t *session, bool *found, jsp_facts *facts, js_error *error)
{
    const json_t *value = json_object_get(session, "id");
    *found = !jsp_is_absent(value);
    facts->has_uuid = false;
    if (!*found) {
        return JS_OK;
    }
    if (!json_is_string(value)) {
        return jsp_refuse(error, "id", "expected a string of decimal digits or a uuid, found %s",
                          jsp_type_name(value));
    }
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    facts->has_uuid = js_uuid_parse(text, length, facts->uuid);
    if (!facts->has_uuid && !js_id_parse(text, length, &facts->id)) {
        return jsp_refuse(error, "id",
                          "\"%s\" is not a decimal number from 0 to 18446744073709551615 without "
                          "leading zeros, nor a uuid",
                          jsp_excerpt_of(value).text);
    }
    return JS_OK;
}

js_result jsp_schema_usn(const json_t *session, bool *found, uint64_t *usn, js_error *error)
{
    const json_t *value = json_object_get(session, "usn");
    *found = !jsp_is_absent(value);
    if (!*found) {
        return JS_OK;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return jsp_refuse(error, "usn", "expected an integer of 0 or more, found %s",
                          json_is_integer(value) ? "a negative one" : jsp_type_name(value));
    }
    *usn = (uint64_t)json_integer_value(value);
    return JS_OK;
}
