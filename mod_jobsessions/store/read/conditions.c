/* SPDX-License-Identifier: Apache-2.0 */
#include "read/conditions.h"

#include <stdlib.h>
#include <string.h>

#include "base/letters.h"

/* Is told of a value, which is not empty. */
typedef js_result take_value(jsp_conditions *conditions, char *value, js_error *error);

/* ---- Values -------------------------------------------------------------------------------- */

/* Take the blanks around a text away. */
static char *trim(char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

/* Values stand with commas between. */
static js_result take_each(jsp_conditions *conditions, char *values, take_value *take,
                           js_error *error)
{
    char *rest;
    js_result result = JS_OK;
    for (char *value = strtok_r(values, ",", &rest); value != NULL && result == JS_OK;
         value = strtok_r(NULL, ",", &rest)) {
        value = trim(value);
        result = *value != '\0' ? take(conditions, value, error) : JS_OK;
    }
    return result;
}

static js_result take_status(jsp_conditions *conditions, char *value, js_error *error)
{
    uint32_t bit = js_status_bit(value);
    conditions->query.filter.statuses |= bit;
    return bit != 0 ? JS_OK : jsp_refuse(error, "status", "%s is not a status", value);
}

static js_result take_statuses(jsp_conditions *conditions, char *values, js_error *error)
{
    js_result result = take_each(conditions, values, take_status, error);
    return result == JS_OK && conditions->query.filter.statuses == 0
               ? jsp_refuse(error, "status", "names no status")
               : result;
}

static js_result take_type(jsp_conditions *conditions, char *value, js_error *error)
{
    js_filter *filter = &conditions->query.filter;
    if (filter->type_count == JSP_CONDITION_TYPES) {
        return jsp_refuse(error, "types", "has more than %d values", JSP_CONDITION_TYPES);
    }
    filter->types = conditions->types;
    conditions->types[filter->type_count++] = value;
    return JS_OK;
}

static js_result take_types(jsp_conditions *conditions, char *values, js_error *error)
{
    js_result result = take_each(conditions, values, take_type, error);
    return result == JS_OK && conditions->query.filter.type_count == 0
               ? jsp_refuse(error, "types", "names no type")
               : result;
}

static js_result take_policy(jsp_conditions *conditions, char *value, js_error *error)
{
    conditions->query.filter.policy = conditions->policy;
    return js_uuid_parse(value, strlen(value), conditions->policy)
               ? JS_OK
               : jsp_refuse(error, "policyId", "is not a uuid");
}

static js_result take_policy_name(jsp_conditions *conditions, char *value, js_error *error)
{
    conditions->pattern = malloc(JS_PATTERN_SIZE(strlen(value)));
    if (conditions->pattern == NULL) {
        return jsp_fail(error, JS_SYSTEM, "there is too little memory for a list's conditions");
    }
    js_pattern_make(conditions->pattern, value, strlen(value));
    conditions->query.filter.policy_name = conditions->pattern;
    return JS_OK;
}

static js_result take_resource(jsp_conditions *conditions, char *value, js_error *error)
{
    (void)error;
    conditions->resource = value;
    return JS_OK;
}

static js_result take_time(const char *name, const char *value, int64_t *time, js_error *error)
{
    const char *wrong = js_time_parse(value, strlen(value), time);
    return wrong == NULL ? JS_OK : jsp_refuse(error, name, "%s", wrong);
}

static js_result take_from(jsp_conditions *conditions, char *value, js_error *error)
{
    return take_time("fromUtc", value, &conditions->query.filter.from, error);
}

static js_result take_to(jsp_conditions *conditions, char *value, js_error *error)
{
    return take_time("toUtc", value, &conditions->query.filter.to, error);
}

static js_result take_limit(jsp_conditions *conditions, char *value, js_error *error)
{
    return js_id_parse(value, strlen(value), &conditions->query.limit)
               ? JS_OK
               : jsp_refuse(error, "limit", "is not a whole number of 0 or more");
}

/* ---- Names --------------------------------------------------------------------------------- */

struct condition {
    const char *name;
    take_value *take;
    bool may_repeat;
};

static const struct condition conditions_there_are[] = {
    {"status", take_statuses, true},      {"types", take_types, true},
    {"policyId", take_policy, false},     {"filter", take_policy_name, false},
    {"fromUtc", take_from, false},        {"toUtc", take_to, false},
    {"resourceId", take_resource, false}, {"limit", take_limit, false},
};

#define CONDITIONS (sizeof(conditions_there_are) / sizeof(conditions_there_are[0]))

static const struct condition *find(const char *name)
{
    for (size_t i = 0; i < CONDITIONS; i++) {
        const char *known = conditions_there_are[i].name;
        if (jsp_letters_compare(name, strlen(name), known, strlen(known)) == 0) {
            return &conditions_there_are[i];
        }
    }
    return NULL;
}

static js_result take_pair(jsp_conditions *conditions, const char *name, char *value, unsigned *met,
                           js_error *error)
{
    const struct condition *condition = find(name);
    if (condition == NULL) {
        return jsp_refuse(error, name,
                          "is no condition; there are status, types, policyId, filter, fromUtc, "
                          "toUtc, resourceId and limit");
    }
    unsigned bit = 1U << (condition - conditions_there_are);
    if ((*met & bit) != 0 && !condition->may_repeat) {
        return jsp_refuse(error, condition->name, "stands more than once");
    }
    *met |= bit;
    /* an empty variable of a script must not list everything */
    return *value != '\0' ? condition->take(conditions, value, error)
                          : jsp_refuse(error, condition->name, "has no value");
}

/* ---- The text ------------------------------------------------------------------------------ */

/* -1: it is no hexadecimal digit. */
static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = character != '\0' ? strchr(digits, character) : NULL;
    return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* Decode a name or value where it stands; false: it is not percent-encoded UTF-8 without NUL. */
static bool decode(char *text)
{
    char *to = text;
    const char *from = text;
    while (*from != '\0') {
        char character = *from++;
        if (character == '%') {
            int high = digit_of(from[0]);
            int low = high < 0 ? -1 : digit_of(from[1]);
            if (low < 0 || (high | low) == 0) {
                return false;
            }
            character = (char)(high << 4 | low);
            from += 2;
        } else if (character == '+') {
            character = ' ';
        }
        *to++ = character;
    }
    *to = '\0';
    return js_utf8_is_valid(text, (size_t)(to - text));
}

static js_result read_pairs(jsp_conditions *conditions, js_error *error)
{
    char *rest;
    unsigned met = 0;
    js_result result = JS_OK;
    for (char *name = strtok_r(conditions->values, "&", &rest); name != NULL && result == JS_OK;
         name = strtok_r(NULL, "&", &rest)) {
        char *value = name + strcspn(name, "=");
        value += *value == '=' ? 1 : 0;
        if (value > name && value[-1] == '=') {
            value[-1] = '\0';
        }
        result = decode(name) && decode(value)
                     ? take_pair(conditions, name, value, &met, error)
                     : jsp_refuse(error, "query", "is not percent-encoded UTF-8 without NUL");
    }
    return result;
}

js_result jsp_conditions_read(jsp_conditions *conditions, const char *text, js_error *error)
{
    memset(conditions, 0, sizeof(*conditions));
    js_query_all(&conditions->query);
    conditions->values = strdup(text != NULL ? text : "");
    if (conditions->values == NULL) {
        return jsp_fail(error, JS_SYSTEM, "there is too little memory for a list's conditions");
    }
    js_result result = read_pairs(conditions, error);
    js_types_order(conditions->types, conditions->query.filter.type_count);
    return result;
}

void jsp_conditions_free(jsp_conditions *conditions)
{
    free(conditions->values);
    free(conditions->pattern);
}
