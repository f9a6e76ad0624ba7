/* SPDX-License-Identifier: Apache-2.0 */
/* Times as milliseconds since 1970 and durations as seconds, in the place of the texts that are stored, for readers
 * who would have to be told what those are. A number is never longer than the text that it stands for: what is left
 * is filled up with spaces behind the last member, so that the length of a document is known as before. */
#ifndef JS_STORE_NUMBERS_H
#define JS_STORE_NUMBERS_H

#include "format/members.h"

/* Change canonical JSON where it stands: an object that has these members, without its closing brace, in front of which
 * there may have been spaces. A text that is no time or duration, which earlier versions took, stays.
 * `numbers` is js_document_tell_numbers()'s. */
void jsp_numbers_tell(char *json, size_t length, const jsp_members *members, unsigned numbers);

#endif
