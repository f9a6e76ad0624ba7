/* SPDX-License-Identifier: Apache-2.0 */
/* What a message says of a JSON value that was refused. */
#ifndef JS_STORE_REFUSED_H
#define JS_STORE_REFUSED_H

#include <jansson.h>

#include "jobsessions.h"

/* "an object", "null", ... */
const char *jsp_type_name(const json_t *value);

/* Refuse a member whose value is of another type than `expected` names. Returns JS_INVALID. */
js_result jsp_refuse_type(js_error *error, const char *member, const char *expected,
                          const json_t *value);

/* A string for a message: its beginning, nothing that could break the line. */
typedef struct jsp_excerpt {
    char text[64];
} jsp_excerpt;

jsp_excerpt jsp_excerpt_of(const json_t *string);

#endif
