/* SPDX-License-Identifier: Apache-2.0 */
/* jansson values written in canonical form: compact, members in their order, UTF-8 as it is, the shortest
 * escapes, numbers in the shortest form that reads back equal. */
#ifndef JS_STORE_CANONICAL_H
#define JS_STORE_CANONICAL_H

#include <jansson.h>

#include "base/text.h"

void jsp_canonical_write(jsp_text *text, const json_t *value);

#endif
