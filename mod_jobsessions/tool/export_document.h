/* SPDX-License-Identifier: Apache-2.0 */
/* The document of an export, read back session by session however large it is. */
#ifndef JS_TOOL_EXPORT_DOCUMENT_H
#define JS_TOOL_EXPORT_DOCUMENT_H

#include "batch.h"
#include "input.h"

/* Look at the beginning of the input, without reading it: an object with the member `results`, and
 * no `id` before it? */
bool is_export_document(struct input *input);

/* Write the sessions of the document. Returns EXIT_DONE, EXIT_REFUSED when the document is not well
 * formed (what came before that is kept), or EXIT_DATABASE. */
int write_export_document(struct batch *batch, struct input *input);

#endif
