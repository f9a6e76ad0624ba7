/* SPDX-License-Identifier: Apache-2.0 */
#include "base/letters.h"

static int lower(char character)
{
    int byte = (unsigned char)character;
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

int jsp_letters_compare(const char *one, size_t one_length, const char *other, size_t other_length)
{
    size_t least = one_length < other_length ? one_length : other_length;
    for (size_t at = 0; at < least; at++) {
        int order = lower(one[at]) - lower(other[at]);
        if (order != 0) {
            return order;
        }
    }
    return (one_length > other_length) - (one_length < other_length);
}
