/* SPDX-License-Identifier: Apache-2.0 */
/* What does the input hold: an export's document or one session a line? Its beginning tells. */
#ifndef JS_TOOL_SNIFF_H
#define JS_TOOL_SNIFF_H

#include <stdbool.h>

#include "input/input.h"

/* Look ahead, without reading: an object with the member `results`, and none of a session's before
 * it? */
bool sniff_document(struct input *input);

#endif
