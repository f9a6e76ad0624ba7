/* SPDX-License-Identifier: Apache-2.0 */
#include "render/xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"

const char jsp_xml_head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jobSessions";
const char jsp_xml_tail[] = "</jobSessions>\n";

/* U+FFFD, in the place of a character that XML cannot have. */
#define REPLACEMENT "\xef\xbf\xbd"

static void put(jsp_text *text, const char *string)
{
    jsp_text_bytes(text, string, strlen(string));
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

/* Whether a byte of a string stands for itself in XML, too. */
static bool is_plain(const char *at, const char *end)
{
    return *at != '\\' && reference((unsigned char)*at) == NULL && !is_noncharacter(at, end);
}

/* The text behind a string without its quotes. */
static void put_text(jsp_text *text, jsp_slice string)
{
    const char *at = string.text;
    const char *end = at + string.length;
    while (at < end) {
        const char *plain = at;
        while (at < end && is_plain(at, end)) {
            at++;
        }
        jsp_text_bytes(text, plain, (size_t)(at - plain));
        if (at < end && is_noncharacter(at, end)) {
            put(text, REPLACEMENT);
            at += 3;
        } else if (at < end) {
            char one = jsp_json_unescape_next(&at, end);
            const char *stand_in = reference((unsigned char)one);
            jsp_text_bytes(text, stand_in != NULL ? stand_in : &one,
                           stand_in != NULL ? strlen(stand_in) : 1);
        }
    }
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

static void put_value(jsp_text *text, jsp_slice value);

static void put_object(jsp_text *text, jsp_slice object)
{
    jsp_json_iterator walk;
    jsp_slice name;
    jsp_slice value;
    jsp_json_begin(&walk, object);
    while (jsp_json_next_member(&walk, &name, &value)) {
        bool usable = is_name(name);
        put(text, "<");
        if (usable) {
            jsp_text_bytes(text, name.text, name.length);
        } else {
            put(text, "member name=\"");
            put_text(text, name);
            put(text, "\"");
        }
        put(text, ">");
        put_value(text, value);
        put(text, "</");
        jsp_text_bytes(text, usable ? name.text : "member", usable ? name.length : 6);
        put(text, ">");
    }
}

static void put_array(jsp_text *text, jsp_slice array)
{
    jsp_json_iterator walk;
    jsp_slice value;
    jsp_json_begin(&walk, array);
    while (jsp_json_next_element(&walk, &value)) {
        put(text, "<item>");
        put_value(text, value);
        put(text, "</item>");
    }
}

/* Nesting was bounded when the session was written. */
static void put_value(jsp_text *text, jsp_slice value) /* NOLINT(misc-no-recursion) */
{
    switch (value.text[0]) {
    case '{':
        put_object(text, value);
        break;
    case '[':
        put_array(text, value);
        break;
    case '"':
        put_text(text, (jsp_slice){value.text + 1, value.length - 2});
        break;
    default:
        jsp_text_bytes(text, value.text, value.length);
    }
}

static void put_link(jsp_text *text, const char *name, const char *collection, uint64_t id,
                     const char *suffix)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "/%" PRIu64, id);
    put(text, "<");
    put(text, name);
    put(text, "><href>");
    put_text(text, (jsp_slice){collection, strlen(collection)});
    put(text, digits);
    put(text, suffix);
    put(text, "</href></");
    put(text, name);
    put(text, ">");
}

void jsp_xml_session(jsp_text *text, jsp_slice session, const js_links *links, uint64_t id)
{
    put(text, "<session>");
    put_object(text, session);
    if (links != NULL) {
        put(text, "<_links>");
        put_link(text, "self", links->collection, id, "");
        put_link(text, "log", links->collection, id, "/log");
        put(text, "</_links>");
    }
    put(text, "</session>\n");
}
