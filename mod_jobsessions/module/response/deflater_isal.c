/* SPDX-License-Identifier: Apache-2.0 */
#include "response/deflater.h"

#include <isa-l.h>

#define LEVEL 1

#define TEXT_OF(number) TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(value) #value

/* Larger tables are neither faster nor do they make it smaller. */
struct deflater {
    struct isal_zstream stream;
    unsigned char tables[ISAL_DEF_LVL1_SMALL];
};

const char *deflater_name(void)
{
    return "ISA-L " TEXT_OF(ISAL_MAJOR_VERSION) "." TEXT_OF(ISAL_MINOR_VERSION) "." TEXT_OF(
        ISAL_PATCH_VERSION);
}

struct deflater *deflater_make(apr_pool_t *pool)
{
    struct deflater *deflater = apr_palloc(pool, sizeof(*deflater));
    isal_deflate_init(&deflater->stream);
    deflater->stream.level = LEVEL;
    deflater->stream.level_buf = deflater->tables;
    deflater->stream.level_buf_size = sizeof(deflater->tables);
    return deflater;
}

void deflater_begin(struct deflater *deflater)
{
    isal_deflate_reset(&deflater->stream);
}

void deflater_run(struct deflater *deflater, struct deflater_io *io, enum deflater_end end)
{
    struct isal_zstream *stream = &deflater->stream;
    stream->next_in = (uint8_t *)io->text;
    stream->avail_in = (uint32_t)io->text_left;
    stream->next_out = (uint8_t *)io->room;
    stream->avail_out = (uint32_t)io->room_left;
    stream->flush = end == DEFLATER_PIECE ? FULL_FLUSH : NO_FLUSH;
    stream->end_of_stream = end == DEFLATER_LAST;
    (void)isal_deflate(stream); /* what it answers is about arguments */
    io->text = (const char *)stream->next_in;
    io->text_left = stream->avail_in;
    io->room = (char *)stream->next_out;
    io->room_left = stream->avail_out;
}

apr_uint32_t deflater_crc(apr_uint32_t crc, const char *text, apr_size_t length)
{
    return crc32_gzip_refl(crc, (const unsigned char *)text, length);
}
