/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzzing found: bytes that no worker writes, where the library reads them. */
#include "support.h"

#include "format/record.h"
#include "read/filter.h"
#include "render/csv.h"
#include "render/shape.h"
#include "render/xml.h"

static void a_message_is_one_line_whatever_it_repeats(void **state)
{
    static const char json[] = "{\"\\u00e\n\033[31m\x7f\":1}";
    struct store *store = *state;
    assert_int_equal(js_put(store->database, json, strlen(json), NULL, &store->error), JS_INVALID);
    assert_non_null(strstr(store->error.message, "invalid escape near '\"\\u00e?"));
    for (const char *at = store->error.message; *at != '\0'; at++) {
        assert_true(*at >= 0x20 && *at < 0x7f);
    }
}

/* Whole as far as seals tell, but the text behind the header is no JSON. Its memory ends where it does,
 * so that valgrind and sanitizers see who goes on. */
static void forms_keep_within_text_that_is_no_json(void **state)
{
    static const char *const texts[] = {"{",
                                        "{\"",
                                        "{\"id",
                                        "{\"id\"",
                                        "{\"id\":",
                                        "{\"id\":\"",
                                        "{\"id\":\"\\",
                                        "{\"id\":,\"",
                                        "{\"backupJobInfo\":{\"\"",
                                        "{\"a\":[\"",
                                        "{\"a\":[[{"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t length = strlen(texts[i]);
        char *bytes = malloc(length);
        jsp_text form = {0};
        assert_non_null(bytes);
        memcpy(bytes, texts[i], length);
        jsp_csv_row(&form, (jsp_slice){bytes, length});
        jsp_text_clear(&form);
        jsp_xml_session(&form, (jsp_slice){bytes, length}, NULL, 1);
        assert_true(form.length < 200);
        char *shape = malloc(length + JSP_SHAPE_SLACK);
        assert_non_null(shape);
        jsp_shape_session(shape, (jsp_slice){bytes, length});
        jsp_shape_line(shape, (jsp_slice){bytes, length});
        free(shape);
        jsp_text_free(&form);
        free(bytes);
    }
}

static void a_record_whose_policy_name_lies_outside_is_damaged(void **state)
{
    static const char json[] = "{\"a\":1}";
    static const struct {
        uint32_t at, length;
        bool whole;
    } names[] = {{0, 0, true},  {2, 3, true},  {0, 7, true},           {0, 8, false},
                 {7, 1, false}, {8, 0, false}, {UINT32_MAX, 1, false}, {1, UINT32_MAX, false}};
    unsigned char value[JSP_RECORD_HEADER + sizeof(json) - 1];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        jsp_facts facts = {.id = 1, .name_at = names[i].at, .name_length = names[i].length};
        jsp_record_seal(value, &facts, json, sizeof(json) - 1);
        assert_int_equal(jsp_record_damage(1, value, sizeof(value)) == NULL, names[i].whole);
    }
}

static void an_index_entry_with_no_known_status_matches_none(void **state)
{
    static jsp_matcher matcher;
    js_query query;
    (void)state;
    js_query_all(&query);
    matcher.filter = query.filter;
    matcher.filter.statuses = UINT32_MAX;
    for (unsigned result = 0; result <= UINT8_MAX; result++) {
        jsp_entry entry = {.id = 1, .status = (uint8_t)result};
        assert_int_equal(jsp_matcher_wants(&matcher, NULL, &entry), result <= 12);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_is_one_line_whatever_it_repeats, make_store,
                                        remove_store),
        cmocka_unit_test(forms_keep_within_text_that_is_no_json),
        cmocka_unit_test(a_record_whose_policy_name_lies_outside_is_damaged),
        cmocka_unit_test(an_index_entry_with_no_known_status_matches_none),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
