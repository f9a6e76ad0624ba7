/* SPDX-License-Identifier: Apache-2.0 */
#include "xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "unescape.h"

const char js_xml_head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jobSessions";
const char js_xml_tail[] = "</jobSessions>\n";

static void put(js_text *text, const char *string)
{
    js_text_bytes(text, string, strlen(string));
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
        return byte < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

static void put_text(js_text *text, js_slice string)
{
    js_text plain = {0};
    js_unescape(&plain, string);
    text->failed = text->failed || plain.failed;
    for (size_t i = 0; i < plain.length; i++) {
        const char *stand_in = reference((unsigned char)plain.data[i]);
        if (stand_in == NULL && plain.length - i >= 3 && memcmp(plain.data + i, "\xef\xbf", 2) == 0
            && ((unsigned char)plain.data[i + 2] & 0xfe) == 0xbe) {
            stand_in = "\xef\xbf\xbd"; /* U+FFFE and U+FFFF */
            i += 2;
        }
        if (stand_in != NULL) {
            put(text, stand_in);
        } else {
            js_text_bytes(text, plain.data + i, 1);
        }
    }
    js_text_free(&plain);
}

/* Names of XML, as far as ASCII goes. */
static bool is_name(js_slice name)
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

static void put_value(js_text *text, js_slice value);

static void put_object(js_text *text, js_slice object)
{
    js_walk walk;
    js_slice name;
    js_slice value;
    js_walk_begin(&walk, object);
    while (js_walk_member(&walk, &name, &value)) {
        bool usable = is_name(name);
        put(text, "<");
        if (usable) {
            js_text_bytes(text, name.text, name.length);
        } else {
            put(text, "member name=\"");
            put_text(text, name);
            put(text, "\"");
        }
        put(text, ">");
        put_value(text, value);
        put(text, "</");
        js_text_bytes(text, usable ? name.text : "member", usable ? name.length : 6);
        put(text, ">");
    }
}

static void put_array(js_text *text, js_slice array)
{
    js_walk walk;
    js_slice value;
    js_walk_begin(&walk, array);
    while (js_walk_element(&walk, &value)) {
        put(text, "<item>");
        put_value(text, value);
        put(text, "</item>");
    }
}

/* Nesting was bounded when the session was written. */
static void put_value(js_text *text, js_slice value) /* NOLINT(misc-no-recursion) */
{
    switch (value.text[0]) {
    case '{':
        put_object(text, value);
        break;
    case '[':
        put_array(text, value);
        break;
    case '"':
        put_text(text, (js_slice){value.text + 1, value.length - 2});
        break;
    default:
        js_text_bytes(text, value.text, value.length);
    }
}

static void put_link(js_text *text, const char *name, const char *collection, uint64_t id,
                     const char *suffix)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "/%" PRIu64, id);
    put(text, "<");
    put(text, name);
    put(text, "><href>");
    put_text(text, (js_slice){collection, strlen(collection)});
    put(text, digits);
    put(text, suffix);
    put(text, "</href></");
    put(text, name);
    put(text, ">");
}

void js_xml_session(js_text *text, js_slice session, const js_links *links, uint64_t id)
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
