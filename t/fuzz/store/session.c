/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and items as workers write them. What is accepted has a canonical form that is accepted, too,
 * and is its own canonical form, with the same facts; its forms as CSV and XML are well-formed. What is
 * refused is refused in one line. */
#include <string.h>

#include "fuzz.h"
#include "render/csv.h"
#include "render/xml.h"
#include "write/parse.h"
#include "write/schema.h"

#define COLUMNS 49

/* What is said of a refusal. */
static void check_error(const js_error *error)
{
    must(error->result == JS_INVALID);
    must(error->message[0] != '\0' && strpbrk(error->message, "\r\n") == NULL);
}

/* A CSV row: as many cells as there are columns, closed quotes, one end of line, at the end. */
static void check_row(const jsp_text *row)
{
    bool quoted = false;
    unsigned cells = 1;
    must(row->length >= 2 && memcmp(row->data + row->length - 2, "\r\n", 2) == 0);
    for (size_t i = 0; i < row->length - 2; i++) {
        char character = row->data[i];
        quoted ^= character == '"';
        cells += character == ',' && !quoted;
        must(quoted || (character != '\r' && character != '\n'));
    }
    must(!quoted && cells == COLUMNS);
}

/* XML: every tag is closed, and no markup stands where text is. */
static void check_elements(const jsp_text *xml)
{
    size_t open[4096];
    size_t depth = 0;
    const char *end = xml->data + xml->length;
    for (const char *at = xml->data; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
        const char *close = memchr(at, '>', (size_t)(end - at));
        must(close != NULL && memchr(at + 1, '<', (size_t)(close - at - 1)) == NULL);
        if (at[1] != '/') {
            must(depth < sizeof(open) / sizeof(open[0]));
            open[depth++] = (size_t)(at + 1 - xml->data);
        } else {
            size_t length = (size_t)(close - at - 2);
            must(depth > 0);
            const char *name = xml->data + open[--depth];
            must(memcmp(name, at + 2, length) == 0 && (name[length] == '>' || name[length] == ' '));
        }
    }
    must(depth == 0);
    for (size_t i = 0; i < xml->length; i++) {
        must((unsigned char)xml->data[i] >= 0x20 || i == xml->length - 1);
    }
}

static void check_forms(const jsp_text *text, uint64_t id)
{
    static jsp_text form;
    jsp_slice session = {text->data, text->length};
    jsp_text_clear(&form);
    jsp_csv_row(&form, session);
    check_row(&form);
    jsp_text_clear(&form);
    jsp_sheet_row(&form, session);
    check_row(&form);
    jsp_text_clear(&form);
    jsp_xml_session(&form, session, NULL, id);
    check_elements(&form);
}

static void check_facts(const jsp_facts *facts, const jsp_facts *again, const jsp_text *text)
{
    must(facts->start == again->start && facts->stop == again->stop);
    must(facts->duration == again->duration && facts->status == again->status);
    must(facts->name_at == again->name_at && facts->name_length == again->name_length);
    must(memcmp(facts->policy, again->policy, sizeof(facts->policy)) == 0);
    if (facts->name_at > 0) {
        must(facts->name_at + (size_t)facts->name_length < text->length);
        must(text->data[facts->name_at - 1] == '"');
        must(text->data[facts->name_at + facts->name_length] == '"');
    }
}

static void check_session(const json_t *object)
{
    static jsp_text text;
    static jsp_text again;
    js_error error;
    json_t *canonical;
    jsp_facts facts = {.id = UINT64_MAX, .usn = INT64_MAX};
    jsp_facts facts_again = facts;
    const char *type;
    jsp_facts given;
    bool found;
    uint64_t number;
    if (jsp_schema_id(object, &found, &given, &error) != JS_OK
        || jsp_schema_usn(object, &found, &number, &error) != JS_OK
        || jsp_schema_write(object, &facts, &type, &text, &error) != JS_OK) {
        check_error(&error);
        return;
    }
    must(jsp_parse_object(text.data, text.length, &canonical, &error) == JS_OK);
    must(jsp_schema_id(canonical, &found, &given, &error) == JS_OK
         && (given.has_uuid || given.id == facts.id));
    must(jsp_schema_usn(canonical, &found, &number, &error) == JS_OK && number == facts.usn);
    must(jsp_schema_write(canonical, &facts_again, &type, &again, &error) == JS_OK);
    must(text.length == again.length && memcmp(text.data, again.data, text.length) == 0);
    check_facts(&facts, &facts_again, &text);
    check_forms(&text, facts.id);
    json_decref(canonical);
}

static void try_item(const json_t *object, js_item_kind kind)
{
    static jsp_text text;
    static jsp_text again;
    js_error error;
    json_t *canonical;
    if (jsp_schema_write_item(object, kind, &text, &error) != JS_OK) {
        check_error(&error);
        return;
    }
    must(jsp_parse_object(text.data, text.length, &canonical, &error) == JS_OK);
    must(jsp_schema_write_item(canonical, kind, &again, &error) == JS_OK);
    must(text.length == again.length && memcmp(text.data, again.data, text.length) == 0);
    json_decref(canonical);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *object;
    js_error error;
    if (jsp_parse_object((const char *)data, size, &object, &error) != JS_OK) {
        check_error(&error);
        return 0;
    }
    check_session(object);
    try_item(object, JS_LOG);
    try_item(object, JS_PROTECTED_ITEMS);
    json_decref(object);
    return 0;
}
