/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, by the table of RFC 3629 and its borders. */
#include "support.h"

static bool valid(const char *text)
{
    return js_utf8_is_valid(text, strlen(text));
}

static void text_is_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "PolicyBackup",
        "zur\u00fcck",
        "\x7f",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_true(valid(texts[i]));
    }
    assert_true(js_utf8_is_valid("\0", 1));
}

static void what_is_none_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\x80",     /* nothing before it */
        "\xc1\xbf", /* too long for what it is */
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3", /* cut off */
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xe2\x28\xa1", /* not what follows */
        "\xe2\x82\x28",
        "\xf0\x9f\x98\xc3",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(valid(texts[i]));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_text),
        cmocka_unit_test(what_is_none_is_not),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
