/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exit_code.h"

enum exit_code exit_code_of(js_result result)
{
    return result == JS_INVALID || result == JS_CONFLICT || result == JS_NOT_FOUND ? EXIT_REFUSED
                                                                                   : EXIT_DATABASE;
}

enum exit_code exit_code_worse(enum exit_code one, enum exit_code other)
{
    return one > other ? one : other;
}
