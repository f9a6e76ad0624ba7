/* SPDX-License-Identifier: Apache-2.0 */
#include "base/escape.h"

#include <stdio.h>

bool jsp_json_needs_escape(unsigned char character)
{
    return character < 0x20 || character == '"' || character == '\\';
}

size_t jsp_json_escape(char sequence[JSP_JSON_ESCAPE_MAX], unsigned char character)
{
    static const char letters[] = "btn\0fr"; /* for 0x08 to 0x0d */
    char letter = 0;
    if (character >= 0x20) {
        letter = (char)character;
    } else if (character >= 0x08 && character <= 0x0d) {
        letter = letters[character - 0x08];
    }
    return (size_t)(letter != 0 ? snprintf(sequence, JSP_JSON_ESCAPE_MAX, "\\%c", letter)
                                : snprintf(sequence, JSP_JSON_ESCAPE_MAX, "\\u%04x", character));
}
