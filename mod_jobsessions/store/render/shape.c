/* SPDX-License-Identifier: Apache-2.0 */
#include "render/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/ticks.h"
#include "format/later_types.h"
#include "format/members.h"
#include "jobsessions_read.h"
#include "render/run.h"

#define SLICE(literal)                                                                             \
    (jsp_slice)                                                                                    \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const jsp_slice nothing = {"", 0};

static bool is_string(jsp_slice value)
{
    return value.length >= 2 && value.text[0] == '"';
}

/* What stands between the quotes. */
static jsp_slice inner(jsp_slice string)
{
    return (jsp_slice){string.text + 1, string.length - 2};
}

static bool is_uuid(jsp_slice value)
{
    uint8_t uuid[16];
    return is_string(value) && js_uuid_parse(inner(value).text, inner(value).length, uuid);
}

static bool is_date(jsp_slice value)
{
    int64_t ticks;
    return is_string(value)
           && jsp_date_parse(inner(value).text, inner(value).length, &ticks) == NULL;
}

static bool is_word(jsp_slice value, const char *const *words)
{
    jsp_slice word = is_string(value) ? inner(value) : nothing;
    while (*words != NULL
           && (strlen(*words) != word.length || memcmp(*words, word.text, word.length) != 0)) {
        words++;
    }
    return *words != NULL;
}

/* v8.1's integers have 32 bits. */
static bool is_count(jsp_slice value)
{
    char digits[12] = "";
    if (value.length == 0 || value.length >= sizeof(digits)) {
        return false;
    }
    memcpy(digits, value.text, value.length);
    return strspn(digits, "0123456789") == value.length && strtoll(digits, NULL, 10) <= INT32_MAX;
}

static bool is_integer(jsp_slice value)
{
    return value.length > 0 && memchr("-0123456789", value.text[0], 11) != NULL;
}

static jsp_slice shown_type(jsp_slice type)
{
    return !is_string(type)                                             ? nothing
           : jsp_later_types_have(inner(type).text, inner(type).length) ? type
                                                                        : SLICE("\"Unknown\"");
}

static jsp_slice shown_status(jsp_slice status)
{
    static const char failed[] = "\"Failed\"";
    return status.length == sizeof(failed) - 1 && memcmp(status.text, failed, status.length) == 0
               ? SLICE("\"Error\"")
               : status;
}

static bool is_shown(const jsp_member *member, jsp_slice value)
{
    switch (member->kind) {
    case JSP_MEMBER_USN:
    case JSP_MEMBER_OBJECT:
    case JSP_MEMBER_OBJECTS:
        return false;
    case JSP_MEMBER_UUID:
    case JSP_MEMBER_POLICY_ID:
    case JSP_MEMBER_POLICY_UUID:
        return is_uuid(value);
    case JSP_MEMBER_POLICY_TYPE:
    case JSP_MEMBER_PRIORITY:
        return is_word(value, jsp_member_words(member->kind));
    case JSP_MEMBER_COUNT:
        return is_count(value);
    case JSP_MEMBER_REPOSITORY_ID:
        return is_integer(value);
    case JSP_MEMBER_BOOLEAN:
        return value.text[0] == 't' || value.text[0] == 'f';
    case JSP_MEMBER_DATE:
        return is_date(value);
    default:
        return is_string(value);
    }
}

/* What v8.1 has in the place of a member's value; nothing: no such member. Records of earlier versions may have
 * anything under the names that those did not know. */
static jsp_slice shown(const jsp_member *member, jsp_slice value)
{
    switch (member->kind) {
    case JSP_MEMBER_TYPE:
        return shown_type(value);
    case JSP_MEMBER_STATUS:
        return shown_status(value);
    default:
        return is_shown(member, value) ? value : nothing;
    }
}

static char *put_key(char *to, char separator, const jsp_member *member)
{
    *to++ = separator;
    return jsp_run_put(to, member->key, jsp_member_key_length(member));
}

static char *put_value(char *to, char separator, const jsp_member *member, jsp_slice value)
{
    bool is_number = member->kind == JSP_MEMBER_REPOSITORY_ID;
    jsp_slice text = shown(member, value);
    if (text.length == 0) {
        return to;
    }
    to = put_key(to, separator, member->kind == JSP_MEMBER_REPOSITORY_UID ? member - 1 : member);
    to = jsp_run_put(to, "\"", is_number);
    to = jsp_run_put(to, text.text, text.length);
    return jsp_run_put(to, "\"", is_number);
}

static char *put_object(char *to, jsp_json_iterator *walk, const jsp_members *members);

static char *put_member(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                        char separator, const jsp_member *member)
{
    jsp_slice value;
    walk->at += jsp_member_key_length(member);
    if (member->members.count > 0 && walk->at < walk->end && *walk->at == '{') {
        return put_object(put_key(to, separator, member), walk, &member->members);
    }
    return jsp_json_next_element(walk, &value) ? put_value(to, separator, member, value) : to;
}

/* An object's members stand in the order of the table, those that no table has behind them. */
static char *put_object(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                        const jsp_members *members)
{
    jsp_slice name;
    jsp_slice value;
    size_t next = 0;
    char separator = '{';
    for (walk->at++; walk->at < walk->end && *walk->at == '"';) {
        size_t at = jsp_members_match(members, next, walk->at, (size_t)(walk->end - walk->at));
        if (at < members->count) {
            char *before = to;
            to = put_member(to, walk, separator, &members->list[at]);
            if (to > before) {
                separator = ',';
            }
            next = at + 1;
        } else if (!jsp_json_next_member(walk, &name, &value)) {
            break;
        }
        walk->at += walk->at < walk->end && *walk->at == ',';
    }
    walk->at += walk->at < walk->end; /* the closing brace */
    to = jsp_run_put(to, "{", separator == '{');
    return JSP_RUN_PUT(to, "}");
}

static void put(char *to, jsp_slice object, const jsp_members *members)
{
    jsp_json_iterator walk = {object.text, object.text + object.length};
    size_t length = (size_t)(put_object(to, &walk, members) - to);
    if (length > object.length) { /* of JSON that is none */
        memcpy(to, object.text, object.length);
        length = object.length;
    }
    memset(to + length - 1, ' ', object.length - length);
}

void jsp_shape_session(char *to, jsp_slice session)
{
    put(to, session, &jsp_members_of_session);
}

void jsp_shape_line(char *to, jsp_slice line)
{
    put(to, line, &jsp_members_of_log);
}
