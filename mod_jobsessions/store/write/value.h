/* SPDX-License-Identifier: Apache-2.0 */
/* A member's value, held against its kind and written in canonical form. */
#ifndef JS_STORE_VALUE_H
#define JS_STORE_VALUE_H

#include <stdbool.h>

#include <jansson.h>

#include "base/text.h"
#include "format/members.h"
#include "format/record.h"
#include "jobsessions.h"

/* A session or an item on its way to its canonical form. */
typedef struct jsp_writer {
    const json_t *object; /* the outermost */
    jsp_text *text;
    jsp_facts *facts;
    const char *type;
    js_error *error;
    bool has_policy; /* a member has told its id */
    char path[128];  /* of the member at hand */
    size_t path_length;
} jsp_writer;

/* The path of a member below the one at hand, and back to what jsp_writer_enter() returned. */
size_t jsp_writer_enter(jsp_writer *writer, const char *name);
void jsp_writer_leave(jsp_writer *writer, size_t before);

/* Write the value of the member at hand, which is none of JSP_MEMBER_OBJECT, and note what is a fact of the record.
 * JS_OK or JS_INVALID. */
js_result jsp_value_write(jsp_writer *writer, const jsp_member *member, const json_t *value);

#endif
