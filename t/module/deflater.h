/* SPDX-License-Identifier: Apache-2.0 */
/* What response/deflater.h promises, of random texts: whoever inflates gets the text, however it and the room for it were cut,
 * and whatever piece was made before another. The test of each kind of deflater includes this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <zlib.h>

#include "apr_general.h"

#include "response/deflater.h"

#define ROUNDS 300
#define PIECES 4
#define LARGEST 100000 /* bytes of a text: more than the window, and than a block */
#define ROOM (LARGEST * 2)
#define LEAST_ROOM 16 /* more than what marks a piece's end, which might be put again and again */

struct bytes {
    char at[ROOM];
    size_t length;
};

static unsigned long below(unsigned long limit)
{
    return (unsigned long)random() % limit;
}

/* Words that come again, and now and then noise. */
static void make_text(struct bytes *text)
{
    static const char *const words[] = {"\"status\":\"Success\",", "{\"id\":\"",
                                        "0001-01-01T00:00:00Z"};
    size_t length = below(4) == 0 ? below(3) : below(LARGEST);
    text->length = 0;
    while (text->length < length) {
        const char *word = words[below(3)];
        size_t most = length - text->length;
        size_t taken = strlen(word) < most ? strlen(word) : most;
        memcpy(text->at + text->length, word, taken);
        text->length += taken;
        if (below(3) == 0 && text->length < length) {
            text->at[text->length++] = (char)below(256);
        }
    }
}

/* One piece, of a text and a room that are cut by at_most. */
static void compress_piece(struct deflater *deflater, const struct bytes *text, size_t at_most,
                           enum deflater_end end, struct bytes *to)
{
    struct deflater_io io = {.text = text->at};
    size_t taken = 0;
    int is_whole;
    to->length = 0;
    deflater_begin(deflater);
    do {
        if (io.text_left == 0) {
            io.text_left = below(at_most) + 1;
            io.text_left =
                io.text_left < text->length - taken ? io.text_left : text->length - taken;
            taken += io.text_left;
        }
        io.room = to->at + to->length;
        size_t room = below(at_most) + LEAST_ROOM;
        io.room_left = room;
        assert_true(to->length + room <= ROOM);
        deflater_run(deflater, &io, taken == text->length ? end : DEFLATER_MORE);
        to->length += room - io.room_left;
        is_whole = taken == text->length && io.text_left == 0 && io.room_left > 0;
    } while (!is_whole);
}

static void inflate_to(z_stream *stream, const struct bytes *from, struct bytes *to)
{
    stream->next_in = (Bytef *)from->at;
    stream->avail_in = (uInt)from->length;
    stream->next_out = (Bytef *)to->at;
    stream->avail_out = ROOM;
    int rc = inflate(stream, Z_SYNC_FLUSH);
    assert_true(rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR);
    assert_int_equal(stream->avail_in, 0);
    to->length = ROOM - stream->avail_out;
}

static void assert_same(const struct bytes *one, const struct bytes *other)
{
    assert_int_equal(one->length, other->length);
    assert_memory_equal(one->at, other->at, one->length);
}

static struct bytes texts[PIECES], pieces[PIECES], inflated, again;

/* Each piece is inflated behind others than it was made behind. */
static void pieces_follow_one_another(struct deflater *deflater, size_t at_most)
{
    z_stream stream = {0};
    uint32_t joined = 0;
    uint32_t going_on = 0;
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    for (size_t i = PIECES; i > 0; i--) {
        make_text(&texts[i - 1]);
        compress_piece(deflater, &texts[i - 1], at_most,
                       i == PIECES ? DEFLATER_LAST : DEFLATER_PIECE, &pieces[i - 1]);
    }
    for (size_t i = 0; i < PIECES; i++) {
        uint32_t crc = (uint32_t)crc32(0, (const Bytef *)texts[i].at, (uInt)texts[i].length);
        assert_int_equal(deflater_crc(0, texts[i].at, texts[i].length), crc);
        joined = deflater_crc_joined(joined, crc, texts[i].length);
        going_on = deflater_crc(going_on, texts[i].at, texts[i].length);
        assert_int_equal(joined, going_on);
        inflate_to(&stream, &pieces[i], &inflated);
        assert_same(&inflated, &texts[i]);
    }
    assert_int_equal(inflateEnd(&stream), Z_OK);
}

static void what_is_inflated_is_the_text(void **state)
{
    static const size_t at_most[] = {1, 10, 1000, LARGEST};
    struct deflater *deflater = deflater_make(*state);
    assert_non_null(deflater);
    for (int round = 0; round < ROUNDS; round++) {
        pieces_follow_one_another(deflater, at_most[round % 4]);
    }
}

static void the_same_text_makes_the_same_bytes(void **state)
{
    struct deflater *deflater = deflater_make(*state);
    struct deflater *other = deflater_make(*state);
    for (int round = 0; round < ROUNDS; round++) {
        make_text(&texts[0]);
        compress_piece(deflater, &texts[0], LARGEST, DEFLATER_PIECE, &pieces[0]);
        make_text(&texts[1]);
        unsigned long cut = (unsigned long)random();
        srandom((unsigned)cut);
        compress_piece(deflater, &texts[1], LARGEST, DEFLATER_PIECE, &pieces[1]);
        srandom((unsigned)cut);
        compress_piece(other, &texts[1], LARGEST, DEFLATER_PIECE, &again);
        assert_same(&again, &pieces[1]);
    }
}

static void sessions_come_to_a_fifth(void **state)
{
    struct deflater *deflater = deflater_make(*state);
    texts[0].length = 0;
    for (int id = 0; texts[0].length < LARGEST; id++) {
        texts[0].length += (size_t)sprintf(
            texts[0].at + texts[0].length,
            "{\"id\":\"%d\",\"status\":\"Success\",\"type\":\"PolicyBackup\"},", id);
    }
    compress_piece(deflater, &texts[0], LARGEST * 2, DEFLATER_LAST, &pieces[0]);
    assert_true(pieces[0].length < texts[0].length / 5);
}

static int make_pool(void **state)
{
    apr_pool_t *pool;
    const char *seed = getenv("JOBSESSIONS_SEED");
    srandom(seed != NULL ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)time(NULL));
    int rc =
        apr_initialize() == APR_SUCCESS && apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
    *state = rc == 0 ? pool : NULL;
    return rc;
}

static int end_pool(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_inflated_is_the_text),
        cmocka_unit_test(the_same_text_makes_the_same_bytes),
        cmocka_unit_test(sessions_come_to_a_fifth),
    };
    return cmocka_run_group_tests_name(deflater_name(), tests, make_pool, end_pool);
}
