/* SPDX-License-Identifier: Apache-2.0 */
/* What is in JSON is checked by who parses it; this is for text that comes otherwise. */
#include "jobsessions_read.h"

/* How many bytes follow the first one of a character, and from what to what the first of those may reach;
 * false: no character begins so. */
static bool begins(unsigned char first, size_t *follow, unsigned char *least, unsigned char *most)
{
    *least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    *follow = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    return first < 0x80 || (first >= 0xc2 && first <= 0xf4);
}

bool js_utf8_is_valid(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;
    while (at < end) {
        size_t follow;
        unsigned char least;
        unsigned char most;
        if (!begins(*at++, &follow, &least, &most) || follow > (size_t)(end - at)) {
            return false;
        }
        for (; follow > 0; follow--, at++) {
            if (*at < least || *at > most) {
                return false;
            }
            least = 0x80;
            most = 0xbf;
        }
    }
    return true;
}
