/* SPDX-License-Identifier: Apache-2.0 */
#include "render/xml.h"

#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "format/members.h"
#include "format/record.h"
#include "render/run.h"

const char jsp_xml_head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jobSessions";
const char jsp_xml_tail[] = "</jobSessions>\n";

/* Most bytes that one of JSON becomes, which is a list's comma before an <item>, and of a link's address; and
 * what stands around all of them, with what copies may be written beyond their end. */
#define EXPANSION 16
#define LINK_EXPANSION 5
#define AROUND 256

/* U+FFFD, in the place of a character that XML cannot have. */
#define REPLACEMENT "\xef\xbf\xbd"

/* The first byte of U+F000 to U+FFFF. */
#define LAST_OF_THREE 0xef

static const jsp_members no_members = {NULL, 0};

/* What may not stand for itself in text or an attribute; a quote ends the string. */
static inline jsp_run_marks marks(jsp_run_bytes bytes)
{
    return (bytes < 0x20) | ((bytes | ('"' ^ '&')) == '&') | ((bytes | ('<' ^ '>')) == '>')
           | (bytes == '\\') | (bytes == LAST_OF_THREE);
}

/* What stands for a byte that cannot stand for itself in text or an attribute, or NULL. */
static const char *reference(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return byte < 0x20 ? REPLACEMENT : NULL;
    }
}

/* U+FFFE and U+FFFF, which XML cannot have. */
static bool is_noncharacter(const char *at, const char *end)
{
    return end - at >= 3 && memcmp(at, "\xef\xbf", 2) == 0 && ((unsigned char)at[2] & 0xfe) == 0xbe;
}

/* What has a mark. */
static char *put_special(char *to, const char **at, const char *end)
{
    if (is_noncharacter(*at, end)) {
        *at += 3;
        return JSP_RUN_PUT(to, REPLACEMENT);
    }
    char one = jsp_json_unescape_next(at, end);
    const char *stand_in = reference((unsigned char)one);
    return jsp_run_put(to, stand_in != NULL ? stand_in : &one,
                       stand_in != NULL ? strlen(stand_in) : 1);
}

/* The text behind a string, up to its closing quote or the end. */
static char *put_text(char *to, const char **at, const char *end)
{
    to = jsp_run_copy(to, at, end, marks);
    while (*at < end && **at != '"') {
        to = put_special(to, at, end);
        to = jsp_run_copy(to, at, end, marks);
    }
    return to;
}

static char *put_slice(char *to, jsp_slice text)
{
    const char *at = text.text;
    return put_text(to, &at, at + text.length);
}

/* Names of XML, as far as ASCII goes. */
static bool is_name(jsp_slice name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.";
    for (size_t i = 0; i < name.length; i++) {
        if (name.text[i] == '\0' || strchr(i == 0 ? first : others, name.text[i]) == NULL) {
            return false;
        }
    }
    return name.length > 0 && !(name.length >= 3 && strncasecmp(name.text, "xml", 3) == 0);
}

static char *put_value(char *to, jsp_json_iterator *walk, const jsp_members *members);

static char *put_slice_value(char *to, jsp_slice value) /* NOLINT(misc-no-recursion) */
{
    jsp_json_iterator walk = {value.text, value.text + value.length};
    return put_value(to, &walk, &no_members);
}

/* A member that no table has. */
static char *put_unknown(char *to, jsp_slice name, jsp_slice value) /* NOLINT(misc-no-recursion) */
{
    bool usable = is_name(name);
    to = usable ? JSP_RUN_PUT(to, "<") : JSP_RUN_PUT(to, "<member name=\"");
    to = usable ? jsp_run_put(to, name.text, name.length) : put_slice(to, name);
    to = usable ? JSP_RUN_PUT(to, ">") : JSP_RUN_PUT(to, "\">");
    to = put_slice_value(to, value);
    to = JSP_RUN_PUT(to, "</");
    to = usable ? jsp_run_put(to, name.text, name.length) : JSP_RUN_PUT(to, "member");
    return JSP_RUN_PUT(to, ">");
}

/* A table's names are names of XML. As many bytes are copied as the longest has: that takes no call. */
static char *put_name(char *to, const jsp_member *member)
{
    memcpy(to, member->key + 1, sizeof(member->key) - 1);
    to += member->name_length;
    *to = '>';
    return to + 1;
}

static char *put_known(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                       const jsp_member *member)
{
    walk->at += jsp_member_key_length(member);
    to = put_name(JSP_RUN_PUT(to, "<"), member);
    to = put_value(to, walk, &member->members);
    return put_name(JSP_RUN_PUT(to, "</"), member);
}

/* An object's members stand in the order of the table, those that no table has behind them. */
static char *put_object(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                        const jsp_members *members)
{
    jsp_slice name;
    jsp_slice value;
    size_t next = 0;
    for (walk->at++; walk->at < walk->end && *walk->at == '"';) {
        size_t at = jsp_members_match(members, next, walk->at, (size_t)(walk->end - walk->at));
        if (at < members->count) {
            to = put_known(to, walk, &members->list[at]);
            next = at + 1;
        } else if (jsp_json_next_member(walk, &name, &value)) {
            to = put_unknown(to, name, value);
        } else {
            break;
        }
        walk->at += walk->at < walk->end && *walk->at == ',';
    }
    walk->at += walk->at < walk->end; /* the closing brace */
    return to;
}

static char *put_array(char *to, jsp_slice array) /* NOLINT(misc-no-recursion) */
{
    jsp_json_iterator walk;
    jsp_slice value;
    jsp_json_begin(&walk, array);
    while (jsp_json_next_element(&walk, &value)) {
        to = JSP_RUN_PUT(to, "<item>");
        to = put_slice_value(to, value);
        to = JSP_RUN_PUT(to, "</item>");
    }
    return to;
}

static char *put_string(char *to, jsp_json_iterator *walk)
{
    walk->at++;
    to = put_text(to, &walk->at, walk->end);
    walk->at += walk->at < walk->end; /* the closing quote */
    return to;
}

/* What the walk has come to. Nesting was bounded when the session was written. */
static char *put_value(char *to, jsp_json_iterator *walk, /* NOLINT(misc-no-recursion) */
                       const jsp_members *members)
{
    jsp_slice array;
    switch (walk->at < walk->end ? *walk->at : '\0') {
    case '"':
        return put_string(to, walk);
    case '{':
        return put_object(to, walk, members);
    case '[':
        return jsp_json_next_element(walk, &array) ? put_array(to, array) : to;
    default:
        return jsp_run_copy(to, &walk->at, walk->end, jsp_run_ends_of_word);
    }
}

static char *put_address(char *to, jsp_slice collection, jsp_slice id)
{
    to = put_slice(JSP_RUN_PUT(to, "<href>"), collection);
    *to++ = '/';
    return jsp_run_put(to, id.text, id.length);
}

static char *put_links(char *to, jsp_slice collection, jsp_slice id)
{
    to = put_address(JSP_RUN_PUT(to, "<_links><self>"), collection, id);
    to = put_address(JSP_RUN_PUT(to, "</href></self><log>"), collection, id);
    return JSP_RUN_PUT(to, "/log</href></log></_links>");
}

size_t jsp_xml_most(size_t length, const js_links *links)
{
    return AROUND + EXPANSION * length
           + (links != NULL ? 2 * LINK_EXPANSION * strlen(links->collection) : 0);
}

/* As the session has it, where it is a uuid. */
static jsp_slice id_of(jsp_slice session, uint64_t id, char digits[JSP_ID_DIGITS_MAX])
{
    return jsp_record_id_length(session.text, session.length, id) == JSP_UUID_TEXT
               ? (jsp_slice){session.text + JSP_ID_AT, JSP_UUID_TEXT}
               : (jsp_slice){digits, jsp_id_format(id, digits)};
}

void jsp_xml_session(jsp_text *text, jsp_slice session, const js_links *links, uint64_t id)
{
    jsp_json_iterator walk = {session.text, session.text + session.length};
    char *to = jsp_text_reserve(text, jsp_xml_most(session.length, links));
    if (to == NULL) {
        return;
    }
    to = put_object(JSP_RUN_PUT(to, "<session>"), &walk, &jsp_members_of_session);
    if (links != NULL) {
        char digits[JSP_ID_DIGITS_MAX];
        to = put_links(to, (jsp_slice){links->collection, strlen(links->collection)},
                       id_of(session, id, digits));
    }
    to = JSP_RUN_PUT(to, "</session>\n");
    text->length = (size_t)(to - text->data);
}
