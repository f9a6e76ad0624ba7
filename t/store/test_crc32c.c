/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C: the examples of RFC 3720, appendix B.4, and every alignment of data and length. */
#include "support.h"

#include "base/crc32c.h"

static void is_the_checksum_of_rfc_3720(void **state)
{
    (void)state;
    unsigned char bytes[32];
    memset(bytes, 0x00, sizeof(bytes));
    assert_int_equal(jsp_crc32c(bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(jsp_crc32c(bytes, sizeof(bytes)), 0x62a8ab43);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)i;
    }
    assert_int_equal(jsp_crc32c(bytes, sizeof(bytes)), 0x46dd794e);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(31 - i);
    }
    assert_int_equal(jsp_crc32c(bytes, sizeof(bytes)), 0x113fdb5c);

    static const unsigned char iscsi_read[48] = {
        0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
        0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2,    0, 0, 0, 0, 0, 0, 0,
    };
    assert_int_equal(jsp_crc32c(iscsi_read, sizeof(iscsi_read)), 0xd9963a56);
    assert_int_equal(jsp_crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(jsp_crc32c("", 0), 0);
}

/* The definition, a bit at a time. */
static uint32_t by_definition(const unsigned char *bytes, size_t length)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
        }
    }
    return ~crc;
}

static void does_not_depend_on_alignment(void **state)
{
    (void)state;
    unsigned char bytes[800];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 151 + 7);
    }
    for (size_t from = 0; from < 9; from++) {
        for (size_t length = 0; from + length <= sizeof(bytes); length++) {
            assert_int_equal(jsp_crc32c(bytes + from, length), by_definition(bytes + from, length));
        }
    }
}

/* Longer than what is taken at a time, twice over. */
static void does_not_depend_on_length(void **state)
{
    (void)state;
    unsigned char bytes[7000];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * i * 151 + i * 13 + 7);
    }
    for (size_t length = 800; length <= sizeof(bytes); length += 31) {
        assert_int_equal(jsp_crc32c(bytes, length), by_definition(bytes, length));
    }
}

static void may_come_in_pieces(void **state)
{
    (void)state;
    static const char digits[] = "123456789";
    for (size_t first = 0; first <= 9; first++) {
        uint32_t crc = jsp_crc32c_more(0, digits, first);
        assert_int_equal(jsp_crc32c_more(crc, digits + first, 9 - first), 0xe3069283);
    }
    assert_int_equal(jsp_crc32c_more(0, digits, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_checksum_of_rfc_3720),
        cmocka_unit_test(does_not_depend_on_alignment),
        cmocka_unit_test(does_not_depend_on_length),
        cmocka_unit_test(may_come_in_pieces),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
