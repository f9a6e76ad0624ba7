/* SPDX-License-Identifier: Apache-2.0 */
#include "format/run.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/id.h"
#include "base/ticks.h"
#include "jobsessions_read.h"

/* Hexadecimal digits of a checksum. */
#define DIGITS 8

/* The text behind a member's quotes; false: it has none. */
static bool text_of(jsp_slice object, const char *name, jsp_slice *text)
{
    if (!jsp_json_member(object, name, text) || text->length <= 2 || text->text[0] != '"') {
        return false;
    }
    text->text++;
    text->length -= 2;
    return true;
}

/* As it is, or, where that is too long, its beginning and the checksum of all of it. */
static void put_text(jsp_run_key *key, jsp_slice text)
{
    size_t kept = text.length <= JSP_RUN_TEXT_MAX ? text.length : JSP_RUN_TEXT_MAX - DIGITS;
    memcpy(key->bytes + 1, text.text, kept);
    key->length = 1 + kept;
    if (kept < text.length) {
        uint32_t sum = jsp_crc32c(text.text, text.length);
        for (int shift = 28; shift >= 0; shift -= 4) {
            key->bytes[key->length++] = (unsigned char)"0123456789abcdef"[sum >> shift & 15];
        }
    }
}

/* A uuid is the same in upper case and in lower. */
static void put_id(jsp_run_key *key, jsp_slice text)
{
    uint8_t uuid[JSP_UUID_SIZE];
    char lower[JSP_UUID_TEXT];
    if (js_uuid_parse(text.text, text.length, uuid)) {
        jsp_uuid_format(uuid, lower);
        text = (jsp_slice){lower, sizeof(lower)};
    }
    put_text(key, text);
}

void jsp_run_key_make(jsp_run_key *key, jsp_slice session, unsigned status)
{
    jsp_slice job;
    jsp_slice text;
    key->length = 0;
    if (!jsp_json_member(session, "backupJobInfo", &job)) {
        return;
    }
    if (text_of(job, "policyId", &text)) {
        key->bytes[0] = JSP_RUN_POLICY_ID;
        put_id(key, text);
    } else if (text_of(job, "policyName", &text)) {
        key->bytes[0] = JSP_RUN_POLICY_NAME;
        put_text(key, text);
    }
    if (key->length > 0) {
        key->bytes[key->length++] = (unsigned char)status;
    }
}

bool jsp_run_same_policy(const unsigned char *one, size_t one_length, const unsigned char *other,
                         size_t other_length)
{
    return one_length == other_length && one_length > 1 && memcmp(one, other, one_length - 1) == 0;
}

/* Those without a start come before the first day there is. */
void jsp_run_pack(unsigned char bytes[JSP_RUN_BYTES], const jsp_run *run)
{
    jsp_put_be64(bytes, (uint64_t)(run->start + 1));
    jsp_put_be64(bytes + 8, run->id);
    jsp_put_le64(bytes + 16, (uint64_t)run->duration);
}

void jsp_run_unpack(const unsigned char bytes[JSP_RUN_BYTES], jsp_run *run)
{
    run->start = (int64_t)jsp_get_be64(bytes) - 1;
    run->id = jsp_get_be64(bytes + 8);
    run->duration = (int64_t)jsp_get_le64(bytes + 16);
}
