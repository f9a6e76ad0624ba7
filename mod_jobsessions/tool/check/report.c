/* SPDX-License-Identifier: Apache-2.0 */
#include "check/report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "output/text_output.h"

/* Room for a line of JSON's text; one that is longer is cut off. */
#define TEXT_MAX 8192

static bool as_json;

void report_as_json(void)
{
    as_json = true;
}

static void print(const char *kind, const char *format, va_list arguments)
{
    char text[TEXT_MAX];
    if (!as_json) {
        (void)printf("%s: ", kind);
        (void)vprintf(format, arguments);
        (void)putchar('\n');
        return;
    }
    (void)vsnprintf(text, sizeof(text), format, arguments);
    (void)printf("{\"found\":\"%s\",\"text\":", kind);
    text_output_json(text);
    (void)puts("}");
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

void report_sum(const struct report *report, const char *directory)
{
    if (as_json) {
        (void)printf("{\"directory\":");
        text_output_json(directory);
        (void)printf(",\"faults\":%u}\n", report->faults);
    } else if (report->faults > 0) {
        (void)printf("%s: %u faults\n", directory, report->faults);
    } else {
        (void)printf("%s: no faults\n", directory);
    }
}
