/* SPDX-License-Identifier: Apache-2.0 */
#include "check/report.h"

#include <stdarg.h>
#include <stdio.h>

static void print(const char *kind, const char *format, va_list arguments)
{
    (void)printf("%s: ", kind);
    (void)vprintf(format, arguments);
    (void)putchar('\n');
}

void report_fault(struct report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("fault", format, arguments);
    va_end(arguments);
    report->faults++;
}

void report_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("fine", format, arguments);
    va_end(arguments);
}
