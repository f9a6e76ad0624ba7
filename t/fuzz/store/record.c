/* SPDX-License-Identifier: Apache-2.0 */
/* Records as they come from disk. An input is a record's bytes: as they are, and with a seal that fits
 * them, behind which everything that reads records has to keep within them, whatever their header and
 * their JSON say. A bit that turns is noticed. */
#include <string.h>

#include "base/crc32c.h"
#include "base/pattern.h"
#include "format/record.h"
#include "fuzz.h"
#include "read/filter.h"
#include "render/csv.h"
#include "render/xml.h"

#define ID_AT 16

/* Give a record the length, version and seal that belong to it. */
static void seal(unsigned char *value, size_t size)
{
    value[4] = JSP_RECORD_VERSION;
    jsp_put_le32(value + 8, (uint32_t)(size - JSP_RECORD_HEADER));
    memset(value + 12, 0, 4);
    jsp_put_le32(value, jsp_crc32c(value + 4, size - 4));
}

static void check_a_turned_bit(unsigned char *value, size_t size, uint64_t id)
{
    size_t bit = jsp_get_le32(value) % (size * 8);
    value[bit / 8] ^= (unsigned char)(1u << bit % 8);
    must(jsp_record_damage(id, value, size) != NULL);
    value[bit / 8] ^= (unsigned char)(1u << bit % 8);
}

/* What filters do with an entry, and with a record's header. */
static void check_filters(const jsp_facts *facts, const char *json, size_t length)
{
    static jsp_matcher matcher;
    static const char pattern[] = "*a*\\\"*b";
    unsigned char bytes[JSP_ENTRY_SIZE];
    unsigned char again[JSP_ENTRY_SIZE];
    jsp_entry entry;
    js_query query;
    js_query_all(&query);
    jsp_entry_make(&entry, facts, length);
    jsp_entry_pack(bytes, &entry);
    jsp_entry_unpack(bytes, &entry);
    jsp_entry_pack(again, &entry);
    must(memcmp(bytes, again, sizeof(bytes)) == 0);
    matcher.filter = query.filter;
    matcher.filter.statuses = js_status_bit("Success") | js_status_bit("Warning");
    matcher.filter.from = matcher.filter.to = facts->stop;
    (void)jsp_matcher_wants(&matcher, NULL, &entry);
    if (facts->name_at > 0) {
        (void)jsp_pattern_matches(pattern, json + facts->name_at, facts->name_length);
    }
}

/* Forms other than JSON, of which nothing but their bounds is known: the JSON may be none. */
static void check_forms(const char *json, size_t length, uint64_t id)
{
    static jsp_text text;
    jsp_text_clear(&text);
    jsp_csv_row(&text, (jsp_slice){json, length});
    must(text.length >= 22 && text.data[text.length - 1] == '\n');
    jsp_text_clear(&text);
    jsp_xml_session(&text, (jsp_slice){json, length}, NULL, id);
    must(text.length > 0 && text.data[text.length - 1] == '\n');
}

static void check_sealed(unsigned char *value, size_t size)
{
    static unsigned char again[JSP_RECORD_HEADER + 8192];
    jsp_facts facts;
    uint64_t id = jsp_get_le64(value + ID_AT);
    const char *json = (const char *)value + JSP_RECORD_HEADER;
    size_t length = size - JSP_RECORD_HEADER;
    if (jsp_record_damage(id, value, size) != NULL) {
        return;
    }
    must(jsp_record_damage(id + 1, value, size) != NULL);
    must(jsp_record_damage(id, value, size - 1) != NULL);
    check_a_turned_bit(value, size, id);
    jsp_record_facts(value, &facts);
    jsp_record_seal(again, &facts, json, length);
    must(facts.id == id && memcmp(again, value, size) == 0);
    check_filters(&facts, json, length);
    check_forms(json, length, id);
}

static void try_counters(const unsigned char *data, size_t size)
{
    jsp_counters counters;
    unsigned char bytes[JSP_COUNTERS_SIZE] = {0};
    unsigned char again[JSP_COUNTERS_SIZE];
    (void)jsp_counters_open(data, size, &counters);
    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    memset(bytes + 4, 0, 4);
    jsp_put_le32(bytes, jsp_crc32c(bytes + 4, sizeof(bytes) - 4));
    must(jsp_counters_open(bytes, sizeof(bytes), &counters) == NULL);
    jsp_counters_seal(again, &counters);
    must(memcmp(bytes, again, sizeof(bytes)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (jsp_record_damage(0, data, size) == NULL) {
        must(size > JSP_RECORD_HEADER && jsp_get_le64(data + ID_AT) == 0);
    }
    try_counters(data, size);
    if (size > JSP_RECORD_HEADER && size <= JSP_RECORD_HEADER + 8192) {
        unsigned char *value = malloc(size); /* its bounds are watched */
        must(value != NULL);
        memcpy(value, data, size);
        seal(value, size);
        check_sealed(value, size);
        free(value);
    }
    return 0;
}
