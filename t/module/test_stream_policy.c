/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a stream: each limit on both of its sides. Numbers are written out, so that whoever changes
 * one says so twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "response/stream_policy.h"

#define ONE 16256  /* 16 KiB less the 128 bytes of httpd's */
#define FOUR 65024 /* four times that */
#define SIXTEEN 260096
#define LONG 1000000000

static void assert_chunk(uint64_t received, bool is_multiplexed, size_t size)
{
    assert_int_equal(stream_policy_chunk(LONG, 0, received, is_multiplexed), size);
    assert_int_equal(stream_policy_chunk(STREAM_POLICY_NO_LENGTH, 0, received, is_multiplexed),
                     size);
}

static void chunks_grow_with_what_was_received(void **state)
{
    (void)state;
    for (int is_multiplexed = 0; is_multiplexed <= 1; is_multiplexed++) {
        assert_chunk(0, is_multiplexed, ONE);
        assert_chunk(1040383, is_multiplexed, ONE);
        assert_chunk(1040384, is_multiplexed, FOUR);
        assert_chunk(4161535, is_multiplexed, FOUR);
        assert_chunk(4161536, is_multiplexed, SIXTEEN);
        assert_chunk(16646143, is_multiplexed, SIXTEEN);
    }
}

static void the_largest_chunk_is_smaller_where_responses_share_a_connection(void **state)
{
    (void)state;
    assert_chunk(16646144, false, 524160);
    assert_chunk(UINT64_MAX, false, 524160);
    assert_chunk(16646144, true, 262016);
    assert_chunk(UINT64_MAX, true, 262016);
}

static void a_short_document_is_one_chunk(void **state)
{
    (void)state;
    assert_int_equal(stream_policy_chunk(0, 0, 0, false), 0);
    assert_int_equal(stream_policy_chunk(1, 0, 0, false), 1);
    assert_int_equal(stream_policy_chunk(65407, 0, 0, false), 65407);
    assert_int_equal(stream_policy_chunk(65408, 0, 0, false), 65408);
    assert_int_equal(stream_policy_chunk(65409, 0, 0, false), ONE);
    assert_int_equal(stream_policy_chunk(65408, 0, 0, true), 65408);
}

static void the_last_chunk_is_what_is_left(void **state)
{
    (void)state;
    assert_int_equal(stream_policy_chunk(LONG, LONG - ONE - 1, 0, false), ONE);
    assert_int_equal(stream_policy_chunk(LONG, LONG - ONE, 0, false), ONE);
    assert_int_equal(stream_policy_chunk(LONG, LONG - ONE + 1, 0, false), ONE - 1);
    assert_int_equal(stream_policy_chunk(LONG, LONG - 1, 0, false), 1);
    assert_int_equal(stream_policy_chunk(LONG, LONG, 0, false), 0);
}

static void who_has_received_a_mebibyte_is_not_slow(void **state)
{
    (void)state;
    assert_true(stream_policy_may_be_slow(0));
    assert_true(stream_policy_may_be_slow(1048575));
    assert_false(stream_policy_may_be_slow(1048576));
}

static void assert_limit(struct stream_standing standing, enum stream_policy_limit limit)
{
    assert_int_equal(stream_policy_limit(&standing), limit);
}

static void while_nobody_writes_a_client_may_make_us_wait_for_a_while(void **state)
{
    (void)state;
    assert_limit((struct stream_standing){.waited = 0}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waited = 700000}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waited = 700001}, STREAM_POLICY_IN_ALL);
    assert_limit((struct stream_standing){.waiting = 700000}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waiting = 700001}, STREAM_POLICY_IN_ALL);
    assert_limit((struct stream_standing){.waited = 300000, .waiting = 400000}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waited = 300001, .waiting = 400000},
                 STREAM_POLICY_IN_ALL);
}

static void four_commits_are_nobody(void **state)
{
    (void)state;
    assert_limit((struct stream_standing){.waiting = 700000, .commits = 4}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waiting = 700000, .commits = 5},
                 STREAM_POLICY_IN_ALL_BUSY);
    assert_limit((struct stream_standing){.waiting = 2001, .commits = 4}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waiting = 2001, .commits = 5},
                 STREAM_POLICY_AT_A_TIME_BUSY);
}

static void while_others_write_it_may_not_for_long_in_all(void **state)
{
    (void)state;
    assert_limit((struct stream_standing){.waited = 50000, .commits = 5}, STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waited = 50001, .commits = 5},
                 STREAM_POLICY_IN_ALL_BUSY);
    assert_limit((struct stream_standing){.waited = 48000, .waiting = 2000, .commits = 5},
                 STREAM_POLICY_NONE);
    assert_limit((struct stream_standing){.waited = 48001, .waiting = 2000, .commits = 5},
                 STREAM_POLICY_IN_ALL_BUSY);
    assert_limit((struct stream_standing){.waited = 700001, .commits = 5}, STREAM_POLICY_IN_ALL);
}

static void nor_for_long_at_a_time(void **state)
{
    struct stream_standing standing = {.received = 1048575, .commits = 5, .waiting = 2000};
    (void)state;
    assert_limit(standing, STREAM_POLICY_NONE);
    standing.waiting = 2001;
    assert_limit(standing, STREAM_POLICY_AT_A_TIME_BUSY);
    standing.received = 1048576; /* it has shown that it reads */
    assert_limit(standing, STREAM_POLICY_NONE);
    standing.waiting = 25000;
    assert_limit(standing, STREAM_POLICY_NONE);
    standing.waiting = 25001;
    assert_limit(standing, STREAM_POLICY_AT_A_TIME_BUSY);
}

static void who_takes_as_many_bytes_as_a_file_may_take_its_time(void **state)
{
    struct stream_standing standing = {.produced = 256000, .waited = 701000};
    (void)state;
    assert_limit(standing, STREAM_POLICY_NONE);
    standing.produced = 255999;
    assert_limit(standing, STREAM_POLICY_IN_ALL);
    standing.produced = 256000;
    standing.waited = 701001;
    assert_limit(standing, STREAM_POLICY_IN_ALL);
    standing.commits = 5;
    standing.waited = 51000;
    assert_limit(standing, STREAM_POLICY_NONE);
    standing.waited = 51001;
    assert_limit(standing, STREAM_POLICY_IN_ALL_BUSY);
    standing.waited = 0;
    standing.waiting = 2001; /* not at a time, though */
    assert_limit(standing, STREAM_POLICY_AT_A_TIME_BUSY);
}

static void a_clock_that_was_set_back_is_no_limit(void **state)
{
    (void)state;
    assert_limit((struct stream_standing){.waiting = -1000000, .commits = 5}, STREAM_POLICY_NONE);
}

static void the_beginning_of_a_document_is_spooled_for_others(void **state)
{
    (void)state;
    assert_true(stream_policy_spool_whole(0));
    assert_true(stream_policy_spool_whole(67108864));
    assert_false(stream_policy_spool_whole(67108865));
}

static void httpd_keeps_a_page_back(void **state)
{
    (void)state;
    assert_true(stream_policy_kept_back(0));
    assert_true(stream_policy_kept_back(4096));
    assert_false(stream_policy_kept_back(4097));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_grow_with_what_was_received),
        cmocka_unit_test(the_largest_chunk_is_smaller_where_responses_share_a_connection),
        cmocka_unit_test(a_short_document_is_one_chunk),
        cmocka_unit_test(the_last_chunk_is_what_is_left),
        cmocka_unit_test(who_has_received_a_mebibyte_is_not_slow),
        cmocka_unit_test(while_nobody_writes_a_client_may_make_us_wait_for_a_while),
        cmocka_unit_test(four_commits_are_nobody),
        cmocka_unit_test(while_others_write_it_may_not_for_long_in_all),
        cmocka_unit_test(nor_for_long_at_a_time),
        cmocka_unit_test(who_takes_as_many_bytes_as_a_file_may_take_its_time),
        cmocka_unit_test(a_clock_that_was_set_back_is_no_limit),
        cmocka_unit_test(the_beginning_of_a_document_is_spooled_for_others),
        cmocka_unit_test(httpd_keeps_a_page_back),
    };
    return cmocka_run_group_tests_name("stream_policy", tests, NULL, NULL);
}
