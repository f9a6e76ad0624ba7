/* SPDX-License-Identifier: Apache-2.0 */
/* A session as XML: elements of the members' names, and nothing XML 1.0 does not allow. */
#include "support.h"

#include "render/xml.h"

#define REPLACEMENT "\xef\xbf\xbd"

static void assert_xml(const char *json, const js_links *links, const char *expected)
{
    jsp_text text = {0};
    jsp_xml_session(&text, (jsp_slice){json, strlen(json)}, links, 6);
    jsp_text_bytes(&text, "", 1);
    assert_false(text.failed);
    assert_string_equal(text.data, expected);
    jsp_text_free(&text);
}

static void values_of_every_kind(void **state)
{
    (void)state;
    assert_xml(
        "{\"id\":\"6\",\"usn\":7,\"a\":true,\"b\":null,\"c\":-2.5,\"d\":{\"e\":{}},"
        "\"f\":[1,\"x\",[],{\"g\":[[2]]}],\"h\":\"\"}",
        NULL,
        "<session><id>6</id><usn>7</usn><a>true</a><b>null</b><c>-2.5</c><d><e></e></d>"
        "<f><item>1</item><item>x</item><item></item><item><g><item><item>2</item></item></g>"
        "</item></f><h></h></session>\n");
    assert_xml("{}", NULL, "<session></session>\n");
}

static void links_stand_at_the_end(void **state)
{
    struct store *store = *state;
    js_links links;
    must(js_links_make(&links, "https://a.example/x&y", NULL, &store->error), &store->error);
    assert_xml("{\"id\":\"6\"}", &links,
               "<session><id>6</id><_links>"
               "<self><href>https://a.example/x&amp;y/api/v1/jobSessions/6</href></self>"
               "<log><href>https://a.example/x&amp;y/api/v1/jobSessions/6/log</href></log>"
               "</_links></session>\n");
}

static void texts_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *xml;
    } cases[] = {
        {"<a href=\\\"x\\\">&amp;</a>", "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;"},
        {"]]>", "]]&gt;"},
        {"\\t\\n\\r", "&#9;&#10;&#13;"},
        {"\\u0000\\u0001\\b\\f\\u001f",
         REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT},
        {"\xef\xbf\xbe\xef\xbf\xbf", REPLACEMENT REPLACEMENT},
        {"\xef\xbf\xbd\xef\xbb\xbf", REPLACEMENT "\xef\xbb\xbf"},
        {"\x7f\xc2\x85 Z\xc3\xbcrich \xf0\x9f\x92\xbe\xf4\x8f\xbf\xbf",
         "\x7f\xc2\x85 Z\xc3\xbcrich \xf0\x9f\x92\xbe\xf4\x8f\xbf\xbf"},
        {"\\\\ ' / \\\"", "\\ ' / &quot;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[128];
        char expected[192];
        (void)snprintf(json, sizeof(json), "{\"x\":\"%s\"}", cases[i].json);
        (void)snprintf(expected, sizeof(expected), "<session><x>%s</x></session>\n", cases[i].xml);
        assert_xml(json, NULL, expected);
        (void)snprintf(json, sizeof(json), "{\"a %s\":1}", cases[i].json);
        (void)snprintf(expected, sizeof(expected),
                       "<session><member name=\"a %s\">1</member></session>\n", cases[i].xml);
        assert_xml(json, NULL, expected);
    }
}

/* Strings are copied many bytes at a time: a byte that needs a look is found wherever it stands, and the end, too. */
static void a_special_byte_is_found_at_every_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *xml;
    } specials[] = {{"&", "&amp;"},
                    {"<", "&lt;"},
                    {">", "&gt;"},
                    {"\\\"", "&quot;"},
                    {"\\\\", "\\"},
                    {"\xef\xbf\xbf", REPLACEMENT},
                    {"\xef\xbc\x8c", "\xef\xbc\x8c"}};
    static const char as[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (int length = 0; length < 40; length++) {
        for (int at = 0; at <= length; at++) {
            size_t i = (size_t)(at + length) % COUNT(specials);
            char json[192];
            char expected[224];
            (void)snprintf(json, sizeof(json), "{\"id\":\"%.*s%s%.*s\"}", at, as, specials[i].json,
                           length - at, as);
            (void)snprintf(expected, sizeof(expected), "<session><id>%.*s%s%.*s</id></session>\n",
                           at, as, specials[i].xml, length - at, as);
            assert_xml(json, NULL, expected);
        }
    }
}

static void names_that_are_none_of_xml_become_members(void **state)
{
    (void)state;
    static const char *const names[] = {"",    "1",   "-a",     ".a",        "a b",  "a:b",
                                        "xml", "XmL", "xmlish", "Z\xc3\xbc", "a/b>", "a=1"};
    static const char *const usable[] = {"a", "_", "a-b.c_1", "Xm", "item", "member", "session"};
    char json[64];
    char expected[96];
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(json, sizeof(json), "{\"%s\":{\"x\":1}}", names[i]);
        (void)snprintf(expected, sizeof(expected),
                       "<session><member name=\"%s\"><x>1</x></member></session>\n",
                       strcmp(names[i], "a/b>") == 0 ? "a/b&gt;" : names[i]);
        assert_xml(json, NULL, expected);
    }
    for (size_t i = 0; i < COUNT(usable); i++) {
        (void)snprintf(json, sizeof(json), "{\"%s\":1}", usable[i]);
        (void)snprintf(expected, sizeof(expected), "<session><%s>1</%s></session>\n", usable[i],
                       usable[i]);
        assert_xml(json, NULL, expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind),
        cmocka_unit_test_setup_teardown(links_stand_at_the_end, make_store, remove_store),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(a_special_byte_is_found_at_every_place),
        cmocka_unit_test(names_that_are_none_of_xml_become_members),
    };
    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
