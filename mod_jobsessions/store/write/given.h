/* SPDX-License-Identifier: Apache-2.0 */
/* What an object that was sent gives of a member: null, and a date that means "none" where it comes from, are nothing. */
#ifndef JS_STORE_GIVEN_H
#define JS_STORE_GIVEN_H

#include <stdbool.h>

#include <jansson.h>

#include "format/members.h"

/* Whether a value is not there, or null. */
bool jsp_is_absent(const json_t *value);

/* The value of a member, or NULL. `object` has it, `outermost` is the session or item that object stands in, or the same. */
const json_t *jsp_given(const json_t *outermost, const json_t *object, const jsp_member *member);

#endif
