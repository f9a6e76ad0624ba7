/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as XML 1.0: a member is an element of its name, or <member name="..."> where its name is
 * none of XML's; the elements of a list are <item>. Characters XML cannot have become U+FFFD. */
#ifndef JS_STORE_XML_H
#define JS_STORE_XML_H

#include "base/json.h"
#include "base/text.h"
#include "jobsessions_read.h"

extern const char jsp_xml_head[]; /* the root's attributes and ">" follow */
extern const char jsp_xml_tail[];

/* Bytes of room that jsp_xml_session() needs for a session of so many bytes of JSON: far more than it takes, as every
 * byte might be one that has to be escaped. */
size_t jsp_xml_most(size_t length, const js_links *links);

/* Append one session, with its links where there are any. */
void jsp_xml_session(jsp_text *text, jsp_slice session, const js_links *links, uint64_t id);

#endif
