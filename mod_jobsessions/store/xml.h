/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as XML 1.0: a member is an element of its name, or <member name="..."> where its name is
 * none of XML's; the elements of a list are <item>. Characters XML cannot have become U+FFFD. */
#ifndef JS_STORE_XML_H
#define JS_STORE_XML_H

#include "jobsessions.h"
#include "text.h"
#include "walk.h"

extern const char js_xml_head[]; /* the root's attributes and ">" follow */
extern const char js_xml_tail[];

/* Append one session, with its links where there are any. */
void js_xml_session(js_text *text, js_slice session, const js_links *links, uint64_t id);

#endif
