/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the members of canonical JSON, where it stands. It trusts the text: it was checked when
 * it was written, and its record's seal when it was read. Of text that is no such JSON it makes no
 * sense, but does not leave it. */
#ifndef JS_STORE_WALK_H
#define JS_STORE_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of JSON text. */
typedef struct js_slice {
    const char *text;
    size_t length;
} js_slice;

/* What is left of an object or array. */
typedef struct js_walk {
    const char *at;
    const char *end;
} js_walk;

void js_walk_begin(js_walk *walk, js_slice container);

/* The next member of an object: its name without quotes, escaped, and its value. */
bool js_walk_member(js_walk *walk, js_slice *name, js_slice *value);

/* The next element of an array. */
bool js_walk_element(js_walk *walk, js_slice *value);

#endif
