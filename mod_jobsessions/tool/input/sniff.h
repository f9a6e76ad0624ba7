/* SPDX-License-Identifier: Apache-2.0 */
/* What does the input hold: an export's document, an array of sessions or one session a line? Its beginning
 * tells. */
#ifndef JS_TOOL_SNIFF_H
#define JS_TOOL_SNIFF_H

#include "input/input.h"

enum sniffed {
    SNIFFED_LINES,
    SNIFFED_DOCUMENT, /* an object with the member `results`, and none of a session's before it */
    SNIFFED_ARRAY
};

/* Look ahead, without reading. */
enum sniffed sniff(struct input *input);

#endif
