/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as the API's query string has them, made a query of: for who has no js_query to fill. */
#ifndef JS_STORE_CONDITIONS_H
#define JS_STORE_CONDITIONS_H

#include "base/error.h"
#include "jobsessions_read.h"

/* The most types, as of a parameter of the API. */
#define JSP_CONDITION_TYPES 64

typedef struct jsp_conditions {
    js_query query; /* points into what follows: it must not be moved */
    const char *types[JSP_CONDITION_TYPES];
    uint8_t policy[16];
    const char *resource;
    char *values; /* these are malloc()'s */
    char *pattern;
} jsp_conditions;

/* Read them, or say what is wrong: JS_OK, JS_INVALID, or JS_SYSTEM when there is no memory. To be freed either way. */
js_result jsp_conditions_read(jsp_conditions *conditions, const char *text, js_error *error);

void jsp_conditions_free(jsp_conditions *conditions);

#endif
