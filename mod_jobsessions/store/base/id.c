/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <string.h>

#include "jobsessions_read.h"

unsigned jsp_id_digits(uint64_t id)
{
    unsigned digits = 1;
    for (uint64_t power = 10; id >= power; power *= 10) {
        digits++;
        if (digits == JSP_ID_DIGITS_MAX) {
            break; /* the next power does not fit */
        }
    }
    return digits;
}

unsigned jsp_id_format(uint64_t id, char text[JSP_ID_DIGITS_MAX])
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    unsigned digits = jsp_id_digits(id);
    unsigned at = digits;
    for (; id >= 100; id /= 100) {
        at -= 2;
        memcpy(text + at, pairs + 2 * (id % 100), 2);
    }
    if (id >= 10) {
        memcpy(text, pairs + 2 * id, 2);
    } else {
        text[0] = (char)('0' + id);
    }
    return digits;
}

bool js_id_parse(const char *text, size_t length, uint64_t *id)
{
    uint64_t value = 0;
    if (length == 0 || length > JSP_ID_DIGITS_MAX || (text[0] == '0' && length > 1)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *id = value;
    return true;
}

/* Whether a hyphen stands in front of a uuid's byte. */
static bool is_parted(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void jsp_uuid_format(const uint8_t uuid[JSP_UUID_SIZE], char text[JSP_UUID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < JSP_UUID_SIZE; i++) {
        if (is_parted(i)) {
            *text++ = '-';
        }
        *text++ = digits[uuid[i] >> 4];
        *text++ = digits[uuid[i] & 15];
    }
}

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

bool js_id_is_valid(const char *text, size_t length)
{
    uint64_t id;
    uint8_t uuid[JSP_UUID_SIZE];
    return js_id_parse(text, length, &id) || js_uuid_parse(text, length, uuid);
}

bool js_uuid_parse(const char *text, size_t length, uint8_t uuid[JSP_UUID_SIZE])
{
    uint8_t bytes[JSP_UUID_SIZE];
    if (length != JSP_UUID_TEXT) {
        return false;
    }
    for (size_t i = 0; i < JSP_UUID_SIZE; i++) {
        if (is_parted(i) && *text++ != '-') {
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
