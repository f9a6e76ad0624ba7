/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exit_code.h"

enum exit_code exit_code_of(js_result result)
{
    switch (result) {
    case JS_INVALID:
    case JS_CONFLICT:
    case JS_NOT_FOUND:
    case JS_REMOVED:
    case JS_RUNNING:
    case JS_FINISHED:
        return EXIT_REFUSED;
    default:
        return EXIT_DATABASE;
    }
}

enum exit_code exit_code_worse(enum exit_code one, enum exit_code other)
{
    return one > other ? one : other;
}
