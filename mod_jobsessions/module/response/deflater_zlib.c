/* SPDX-License-Identifier: Apache-2.0 */
#include "response/deflater.h"

#include <zlib.h>

/* As mod_deflate with DeflateCompressionLevel 1: JSON of sessions comes to a tenth already. */
#define LEVEL 1
#define RAW_WINDOW (-15) /* without zlib's own head and end */
#define MEMORY 9

struct deflater {
    z_stream stream;
};

static void *take_memory(void *pool, uInt count, uInt size)
{
    return apr_palloc(pool, (apr_size_t)count * size);
}

/* It is the pool's. */
static void leave_memory(void *pool, void *memory)
{
    (void)pool;
    (void)memory;
}

const char *deflater_name(void)
{
    return "zlib " ZLIB_VERSION;
}

struct deflater *deflater_make(apr_pool_t *pool)
{
    struct deflater *deflater = apr_pcalloc(pool, sizeof(*deflater));
    z_stream *stream = &deflater->stream;
    stream->zalloc = take_memory;
    stream->zfree = leave_memory;
    stream->opaque = pool;
    return deflateInit2(stream, LEVEL, Z_DEFLATED, RAW_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK
               ? deflater
               : NULL;
}

void deflater_begin(struct deflater *deflater)
{
    (void)deflateReset(&deflater->stream);
}

void deflater_run(struct deflater *deflater, struct deflater_io *io, enum deflater_end end)
{
    static const int flushes[] = {
        [DEFLATER_MORE] = Z_NO_FLUSH, [DEFLATER_PIECE] = Z_FULL_FLUSH, [DEFLATER_LAST] = Z_FINISH};
    z_stream *stream = &deflater->stream;
    stream->next_in = (Bytef *)io->text;
    stream->avail_in = (uInt)io->text_left;
    stream->next_out = (Bytef *)io->room;
    stream->avail_out = (uInt)io->room_left;
    (void)deflate(stream, flushes[end]); /* what it answers is about arguments, or of no progress */
    io->text = (const char *)stream->next_in;
    io->text_left = stream->avail_in;
    io->room = (char *)stream->next_out;
    io->room_left = stream->avail_out;
}

apr_uint32_t deflater_crc(apr_uint32_t crc, const char *text, apr_size_t length)
{
    return (apr_uint32_t)crc32_z(crc, (const Bytef *)text, length);
}
