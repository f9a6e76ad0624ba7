/* SPDX-License-Identifier: Apache-2.0 */
#include "write/canonical.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_char(jsp_text *text, char character)
{
    jsp_text_bytes(text, &character, 1);
}

static void put_real(jsp_text *text, double value)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof(digits), "%.*g", precision, value);
        if (strtod(digits, NULL) == value) {
            break;
        }
    }
    /* a worker may have set a locale with a decimal comma */
    char *point = strstr(digits, localeconv()->decimal_point);
    if (point != NULL) {
        *point = '.';
    }
    jsp_text_bytes(text, digits, strlen(digits));
    /* it was given as a real number and must read back as one */
    if (strpbrk(digits, ".e") == NULL) {
        jsp_text_bytes(text, ".0", 2);
    }
}

static void put_object(jsp_text *text, const json_t *object)
{
    const char *key;
    json_t *value;
    char separator = '{';
    if (json_object_size(object) == 0) {
        put_char(text, '{');
    }
    json_object_foreach((json_t *)object, key, value)
    {
        put_char(text, separator);
        jsp_text_string(text, key, strlen(key));
        put_char(text, ':');
        jsp_canonical_write(text, value);
        separator = ',';
    }
    put_char(text, '}');
}

static void put_array(jsp_text *text, const json_t *array)
{
    size_t count = json_array_size(array);
    put_char(text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            put_char(text, ',');
        }
        jsp_canonical_write(text, json_array_get(array, i));
    }
    put_char(text, ']');
}

/* Nesting is bounded by jansson's parser (2048 levels). */
void jsp_canonical_write(jsp_text *text, const json_t *value) /* NOLINT(misc-no-recursion) */
{
    char digits[32];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(text, value);
        break;
    case JSON_ARRAY:
        put_array(text, value);
        break;
    case JSON_STRING:
        jsp_text_string(text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        (void)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        jsp_text_bytes(text, digits, strlen(digits));
        break;
    case JSON_REAL:
        put_real(text, json_real_value(value));
        break;
    case JSON_TRUE:
        jsp_text_bytes(text, "true", 4);
        break;
    case JSON_FALSE:
        jsp_text_bytes(text, "false", 5);
        break;
    case JSON_NULL:
        jsp_text_bytes(text, "null", 4);
        break;
    }
}
