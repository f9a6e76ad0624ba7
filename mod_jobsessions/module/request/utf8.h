/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629). */
#ifndef JOBSESSIONS_UTF8_H
#define JOBSESSIONS_UTF8_H

/* Whether a text is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
int utf8_is_valid(const char *text);

#endif
