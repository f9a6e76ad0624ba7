/* SPDX-License-Identifier: Apache-2.0 */
/* The document of an export, or an array of sessions, read and written session by session however large it is. */
#ifndef JS_TOOL_EXPORT_DOCUMENT_H
#define JS_TOOL_EXPORT_DOCUMENT_H

#include "input/input.h"
#include "write/batch.h"

/* Write the sessions of the document. Returns EXIT_DONE, EXIT_REFUSED when the document is not well
 * formed (what came before that is kept), or EXIT_DATABASE. */
enum exit_code export_document_write(struct batch *batch, struct input *input);

#endif
