/* SPDX-License-Identifier: Apache-2.0 */
#include "request/utf8.h"

/* The lead bytes, and what may follow the first of them: RFC 3629, section 4. */
static const struct {
    unsigned char first, last; /* lead bytes */
    unsigned char least, most; /* of the byte behind */
    int more;                  /* bytes behind that */
} forms[] = {
    {0x00, 0x7f, 0x00, 0x00, -1}, {0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1},
    {0xe1, 0xec, 0x80, 0xbf, 1},  {0xed, 0xed, 0x80, 0x9f, 1}, {0xee, 0xef, 0x80, 0xbf, 1},
    {0xf0, 0xf0, 0x90, 0xbf, 2},  {0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2},
};

/* The character's end, or a null pointer when it is malformed. */
static const unsigned char *after_character(const unsigned char *at)
{
    for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (*at < forms[i].first || *at > forms[i].last) {
            continue;
        }
        at++;
        if (forms[i].more < 0) {
            return at;
        }
        if (*at < forms[i].least || *at > forms[i].most) {
            return 0;
        }
        at++;
        for (int more = forms[i].more; more > 0; more--, at++) {
            if ((*at & 0xc0) != 0x80) {
                return 0;
            }
        }
        return at;
    }
    return 0;
}

int utf8_is_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (at != 0 && *at != '\0') {
        at = after_character(at);
    }
    return at != 0;
}
