/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical JSON text: the shortest escapes, UTF-8 as it is, numbers that read back equal. */
#include "support.h"

#include <locale.h>

#include <jansson.h>

#include "write/canonical.h"

/* Parse `json` and write it again: what the store does with a member it does not know. */
static void assert_written(const char *json, const char *expected)
{
    json_error_t error;
    jsp_text text = {0};
    json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (value == NULL) {
        fail_msg("%s: %s", json, error.text);
    }
    jsp_canonical_write(&text, value);
    assert_false(text.failed);
    if (text.length != strlen(expected) || memcmp(text.data, expected, text.length) != 0) {
        fail_msg("%s became %.*s, not %s", json, (int)text.length, text.data, expected);
    }
    jsp_text_free(&text);
    json_decref(value);
}

static void strings_take_the_shortest_escapes(void **state)
{
    (void)state;
    assert_written("\"\"", "\"\"");
    assert_written("\"\\u0041\\/b\"", "\"A/b\"");
    assert_written("\"\\\"\\\\\"", "\"\\\"\\\\\"");
    assert_written("\"\\u0022\\u005c\"", "\"\\\"\\\\\"");
    assert_written("\"\\u0008\\u0009\\u000a\\u000c\\u000d\"", "\"\\b\\t\\n\\f\\r\"");
    assert_written("\"\\u000B\\u001F\\u0001\"", "\"\\u000b\\u001f\\u0001\"");
    assert_written("\"a\\u0000b\"", "\"a\\u0000b\"");
    assert_written("\"\\u007f\"", "\"\x7f\"");
}

static void every_control_character_is_escaped(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0x20; code++) {
        char json[16];
        jsp_text text = {0};
        char character = (char)code;
        jsp_text_string(&text, &character, 1);
        jsp_text_bytes(&text, "", 1);
        json_t *value = json_loads(text.data, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        assert_int_equal(json_string_length(value), 1);
        assert_int_equal(json_string_value(value)[0], code);
        (void)snprintf(json, sizeof(json), "\"\\u%04x\"", code);
        assert_written(json, text.data);
        json_decref(value);
        jsp_text_free(&text);
    }
}

static void other_characters_stay_utf_8(void **state)
{
    (void)state;
    assert_written("\"Grüße, 東京\"", "\"Grüße, 東京\"");
    assert_written("\"\\u00fc\\u6771\"", "\"ü東\"");
    assert_written("\"\\ud83d\\udcbe\"", "\"💾\"");
    assert_written("\"💾\\u2028\"", "\"💾\xe2\x80\xa8\"");
    assert_written("\"\\udbff\\udfff\"", "\"\xf4\x8f\xbf\xbf\"");
}

static void reals_are_short_and_stay_reals(void **state)
{
    (void)state;
    assert_written("0.1", "0.1");
    assert_written("1.0", "1.0");
    assert_written("-1.50", "-1.5");
    assert_written("0.0", "0.0");
    assert_written("-0.0", "-0.0");
    assert_written("1e2", "100.0");
    assert_written("1E300", "1e+300");
    assert_written("1e-7", "1e-07");
    assert_written("3.141592653589793", "3.141592653589793");
    assert_written("0.30000000000000004", "0.30000000000000004");
    assert_written("123456789012345680.0", "1.2345678901234568e+17");
    assert_written("1.7976931348623157e308", "1.7976931348623157e+308");
    assert_written("5e-324", "4.94065645841247e-324");
}

/* Whatever jansson makes of them: 2.14 writes 17 digits of each, 2.15 the shortest, both in forms of their own. */
static void reals_are_the_same_bytes_with_every_jansson(void **state)
{
    (void)state;
    assert_written("[100.0,1e14,1e15,1e16,1e17,1e22,1e23]",
                   "[100.0,100000000000000.0,1e+15,1e+16,1e+17,1e+22,1e+23]");
    assert_written("[0.0001,0.00001,12e-6,1e-9,-1e-100]", "[0.0001,1e-05,1.2e-05,1e-09,-1e-100]");
    assert_written("[0.7,1.1,2.2,4.35,1234.5678,123456789012345.68]",
                   "[0.7,1.1,2.2,4.35,1234.5678,123456789012345.69]");
    assert_written("[9007199254740991.0,9007199254740993.0,18446744073709551616.0]",
                   "[9007199254740991.0,9007199254740992.0,1.8446744073709552e+19]");
    assert_written("[2.2250738585072014e-308,2.2250738585072011e-308,4.9e-324]",
                   "[2.2250738585072014e-308,2.225073858507201e-308,4.94065645841247e-324]");
    assert_written("[0.1e1,10E-1,1.000000000000000001]", "[1.0,1.0,1.0]");
}

static void integers_are_exact(void **state)
{
    (void)state;
    assert_written("0", "0");
    assert_written("-0", "0");
    assert_written("9007199254740993", "9007199254740993");
    assert_written("9223372036854775807", "9223372036854775807");
    assert_written("-9223372036854775808", "-9223372036854775808");
    /* an integer that jansson cannot hold is refused, not rounded */
    assert_null(json_loads("9223372036854775808", JSON_DECODE_ANY, NULL));
    assert_null(json_loads("1e400", JSON_DECODE_ANY, NULL));
}

static void objects_and_arrays_are_compact_and_keep_their_order(void **state)
{
    (void)state;
    assert_written("{ }", "{}");
    assert_written("[ ]", "[]");
    assert_written("[ 1 , [ ] , { } , null , true , false ]", "[1,[],{},null,true,false]");
    assert_written("{ \"z\" : 1, \"a\" : { \"\\u00e9\\n\" : [ \"x\" ] } }",
                   "{\"z\":1,\"a\":{\"é\\n\":[\"x\"]}}");
}

static void a_decimal_comma_does_not_get_into_numbers(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
                                          "es_ES.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < COUNT(locales) && set == NULL; i++) {
        set = setlocale(LC_NUMERIC, locales[i]);
    }
    if (set == NULL) {
        print_message("no locale with a decimal comma is installed here\n");
        skip();
    }
    assert_string_equal(localeconv()->decimal_point, ",");
    assert_written("[0.1,1.0,1234.5,1.5e300]", "[0.1,1.0,1234.5,1.5e+300]");
    assert_non_null(setlocale(LC_NUMERIC, "C"));
}

static void a_text_grows_and_can_be_used_again(void **state)
{
    (void)state;
    jsp_text text = {0};
    for (unsigned i = 0; i < 10000; i++) {
        jsp_text_bytes(&text, "0123456789", 10);
    }
    assert_int_equal(text.length, 100000);
    assert_memory_equal(text.data + 99990, "0123456789", 10);
    jsp_text_clear(&text);
    jsp_text_string(&text, "x", 1);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "\"x\"", 3);
    jsp_text_free(&text);
    assert_null(text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_take_the_shortest_escapes),
        cmocka_unit_test(every_control_character_is_escaped),
        cmocka_unit_test(other_characters_stay_utf_8),
        cmocka_unit_test(reals_are_short_and_stay_reals),
        cmocka_unit_test(reals_are_the_same_bytes_with_every_jansson),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(objects_and_arrays_are_compact_and_keep_their_order),
        cmocka_unit_test(a_decimal_comma_does_not_get_into_numbers),
        cmocka_unit_test(a_text_grows_and_can_be_used_again),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
