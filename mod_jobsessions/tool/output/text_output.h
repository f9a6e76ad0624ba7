/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of sessions on standard output. */
#ifndef JS_TOOL_TEXT_OUTPUT_H
#define JS_TOOL_TEXT_OUTPUT_H

/* As a string of JSON. */
void text_output_json(const char *text);

/* For people, with a question mark for each control character, which a terminal would obey. */
void text_output_plain(const char *text);

#endif
