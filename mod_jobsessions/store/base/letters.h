/* SPDX-License-Identifier: Apache-2.0 */
/* Names as users write them: the case of ASCII letters says nothing, whatever the process's locale. */
#ifndef JS_STORE_LETTERS_H
#define JS_STORE_LETTERS_H

#include <stddef.h>

/* Less than, equal to or greater than 0, as strcmp(); neither text need end with NUL. */
int jsp_letters_compare(const char *one, size_t one_length, const char *other, size_t other_length);

#endif
