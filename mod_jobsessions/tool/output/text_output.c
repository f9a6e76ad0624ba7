/* SPDX-License-Identifier: Apache-2.0 */
#include "output/text_output.h"

#include <stdio.h>

#include "output/table.h"

void text_output_json(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20) {
            (void)printf("\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            (void)fputs(*text == '"' || *text == '\\' ? "\\" : "", stdout);
            (void)putchar(*text);
        }
    }
    (void)putchar('"');
}

void text_output_plain(const char *text)
{
    (void)table_text(stdout, text, ~0U);
}
