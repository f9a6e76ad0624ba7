/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static void fill(js_error *error, js_result result, const char *format, va_list arguments)
{
    if (error == NULL) {
        return;
    }
    error->result = result;
    error->member[0] = '\0';
    (void)vsnprintf(error->message, sizeof(error->message), format, arguments);
    /* a message is one line, also where it repeats bytes it was given */
    for (char *at = error->message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
}

js_result jsp_fail(js_error *error, js_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, result, format, arguments);
    va_end(arguments);
    return result;
}

js_result jsp_refuse(js_error *error, const char *member, const char *format, ...)
{
    if (error != NULL) {
        char text[sizeof(error->message) - sizeof(error->member)];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        (void)jsp_fail(error, JS_INVALID, "%s: %s", member, text);
        (void)snprintf(error->member, sizeof(error->member), "%s", member);
    }
    return JS_INVALID;
}
