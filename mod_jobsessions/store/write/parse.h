/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one JSON object, taken to jansson's values. */
#ifndef JS_STORE_PARSE_H
#define JS_STORE_PARSE_H

#include <jansson.h>

#include "jobsessions.h"

/* A byte-order mark before it does no harm. The caller gives the result back with json_decref(); it is NULL where the
 * text is refused (JS_INVALID), and the message says what to do about the commonest mistakes. */
js_result jsp_parse_object(const char *json, size_t length, json_t **object, js_error *error);

#endif
