/* SPDX-License-Identifier: Apache-2.0 */
/* Universally unique identifiers in their usual text, 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#include <string.h>

#include "format/record.h"
#include "jobsessions_read.h"

#define TEXT_LENGTH 36

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

bool js_uuid_parse(const char *text, size_t length, uint8_t uuid[JSP_UUID_SIZE])
{
    uint8_t bytes[JSP_UUID_SIZE];
    if (length != TEXT_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < JSP_UUID_SIZE; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-') {
            return false;
        }
        int high = hex_digit(text[0]);
        int low = hex_digit(text[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    memcpy(uuid, bytes, JSP_UUID_SIZE);
    return true;
}
