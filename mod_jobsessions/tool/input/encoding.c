/* SPDX-License-Identifier: Apache-2.0 */
#include "input/encoding.h"

#include <string.h>

#include "base/complain.h"

/* Bytes that tell. */
#define MARK 3

/* A byte-order mark, or a NUL beside a character of ASCII. */
static bool is_utf16(const char *text, size_t length)
{
    return length >= 2
           && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0
               || (text[0] == '\0') != (text[1] == '\0'));
}

/* Whether the bytes that are there may be the beginning of a mark that has not arrived yet. */
static bool is_open(const char *text, size_t length)
{
    return length < 2 || (length < MARK && memcmp(text, "\xef\xbb", 2) == 0);
}

enum exit_code encoding_check(struct input *input)
{
    size_t length;
    const char *text = input_buffered(input, &length);
    while (is_open(text, length) && input_fill(input)) {
        text = input_buffered(input, &length);
    }
    if (is_utf16(text, length)) {
        complain("the input is UTF-16, as Windows PowerShell writes it, and JSON is UTF-8; convert "
                 "it (iconv -f UTF-16 -t UTF-8)");
        return EXIT_REFUSED;
    }
    if (length >= MARK && memcmp(text, "\xef\xbb\xbf", MARK) == 0) {
        input_skip(input, MARK);
    }
    return EXIT_DONE;
}
