/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and lines of logs as the vendor's v8.1 has them, from what is stored, which is v1's.
 *
 * Its clients refuse what its description does not have, so that is left out; what has other words there has those.
 * The one number that becomes a text, and the types it has no word for, take more bytes than before, the usn
 * that is left out takes as many at least: what is shown is never longer than what is stored. It is filled up with
 * spaces to that length, so that a document is as long in one shape as in the other, and is known to be. */
#ifndef JS_STORE_SHAPE_H
#define JS_STORE_SHAPE_H

#include "base/json.h"

/* How far may be written beyond the length of what is stored. */
#define JSP_SHAPE_SLACK 64

/* Write a session, or a line of a log, without its closing brace: one byte less than is stored, and as many more
 * overwritten as JSP_SHAPE_SLACK says. Text that is no canonical JSON is written as it stands. */
void jsp_shape_session(char *to, jsp_slice session);
void jsp_shape_line(char *to, jsp_slice line);

#endif
