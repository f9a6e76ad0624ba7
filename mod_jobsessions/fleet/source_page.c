/* SPDX-License-Identifier: Apache-2.0 */
#include "source_page.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/complain.h"

enum exit_code source_fail(struct source *source, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (!source->silent) {
        complain("follow: %s: %s", source->name, text);
    }
    source->silent = true;
    return EXIT_DATABASE;
}
