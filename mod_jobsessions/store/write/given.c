/* SPDX-License-Identifier: Apache-2.0 */
#include "write/given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ticks.h"
#include "format/status.h"

bool jsp_is_absent(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

/* Whether a session is not finished, as far as it says. */
static bool is_running(const json_t *session)
{
    const char *name = json_string_value(json_object_get(session, "status"));
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
static bool means_none(const json_t *session, jsp_member_kind kind, const json_t *value)
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
               && is_running(session));
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

/* A repository has one id, whichever name it came under. */
static const json_t *value_of(const json_t *object, const jsp_member *member)
{
    if (member->kind != JSP_MEMBER_REPOSITORY_ID && member->kind != JSP_MEMBER_REPOSITORY_UID) {
        return json_object_get(object, member->name);
    }
    const json_t *id = json_object_get(object, "repositoryId");
    id = jsp_is_absent(id) ? json_object_get(object, "repositoryUid") : id;
    return is_uid(id) == (member->kind == JSP_MEMBER_REPOSITORY_UID) ? id : NULL;
}

const json_t *jsp_given(const json_t *outermost, const json_t *object, const jsp_member *member)
{
    const json_t *value = value_of(object, member);
    return jsp_is_absent(value) || means_none(outermost, member->kind, value) ? NULL : value;
}
