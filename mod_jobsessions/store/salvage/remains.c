/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/remains.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/item.h"
#include "format/record.h"

static void put(jsp_text *text, const char *bytes)
{
    jsp_text_bytes(text, bytes, strlen(bytes));
}

static void put_string(jsp_text *text, const char *name, const char *string)
{
    put(text, name);
    jsp_text_string(text, string, strlen(string));
}

static void put_number(jsp_text *text, const char *before, uint64_t number, const char *behind)
{
    char digits[32];
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
    put(text, before);
    put(text, digits);
    put(text, behind);
}

static void put_hex(jsp_text *text, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    put(text, ",\"bytes\":\"");
    for (size_t i = 0; i < length; i++) {
        const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        jsp_text_bytes(text, pair, sizeof(pair));
    }
    put(text, "\"");
}

/* The JSON behind a header, which may be damaged itself; where it is no text any more, every byte there is. */
static void put_stored(jsp_text *text, const MDB_val *stored, size_t header)
{
    const char *bytes = stored->mv_data;
    if (stored->mv_size > header && js_utf8_is_valid(bytes + header, stored->mv_size - header)) {
        put(text, ",\"text\":");
        jsp_text_string(text, bytes + header, stored->mv_size - header);
    } else {
        put_hex(text, stored->mv_data, stored->mv_size);
    }
}

static void end_line(jsp_remains *remains)
{
    jsp_text_bytes(&remains->text, "}", 2); /* its NUL as well */
    if (!remains->text.failed) {
        remains->report(remains->baton, remains->text.data);
    }
}

void jsp_remains_session(jsp_remains *remains, const char *id, const char *why,
                         const MDB_val *stored)
{
    jsp_text *text = &remains->text;
    jsp_text_clear(text);
    put_string(text, "{\"session\":", id);
    put_string(text, ",\"why\":", why);
    if (stored != NULL) {
        put_stored(text, stored, JSP_RECORD_HEADER);
    }
    end_line(remains);
}

void jsp_remains_item(jsp_remains *remains, const char *session, const jsp_found_item *item)
{
    jsp_text *text = &remains->text;
    jsp_text_clear(text);
    put_string(text, "{\"session\":", session);
    put_string(text, ",\"list\":", js_item_list(item->place.kind));
    put_number(text, ",\"number\":", item->place.number, "");
    if (item->damage == NULL) {
        put(text, ",\"item\":");
        jsp_text_bytes(text, item->json.text, item->json.length);
    } else {
        put_string(text, ",\"why\":", item->damage);
        if (item->stored.mv_size > 0) {
            put_stored(text, &item->stored, JSP_ITEM_SEAL_SIZE);
        }
    }
    end_line(remains);
}

void jsp_remains_free(jsp_remains *remains)
{
    jsp_text_free(&remains->text);
}
