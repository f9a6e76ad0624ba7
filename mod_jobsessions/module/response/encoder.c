/* SPDX-License-Identifier: Apache-2.0 */
#include "response/encoder.h"

#include "response/deflater.h"

/* Bytes that are rendered at a time. */
#define TEXT_SIZE ((apr_size_t)64 * 1024)

enum stage {
    STAGE_HEADER, /* the member's */
    STAGE_HEAD,   /* what stands before the first session */
    STAGE_RANGES, /* the next one has not begun */
    STAGE_RANGE,  /* one that is being rendered */
    STAGE_REST,   /* all that is left */
    STAGE_TRAILER,
    STAGE_END
};

struct encoder {
    js_document *document;
    js_snapshot *snapshot;   /* NULL: the document has no ranges */
    const struct kept *kept; /* NULL: no pieces are, or no more */
    struct whole *whole;     /* NULL: none is made */
    js_ranges *ranges;
    js_range range; /* the one at hand */
    struct deflater *deflater;
    enum stage stage;
    apr_uint64_t elements; /* of the document, up to the end of the ranges that are done */
    apr_uint64_t damaged;  /* of them */
    /* of what was put together so far */
    apr_uint64_t text_length;
    apr_uint32_t crc;
    /* of the piece at hand, while it is rendered */
    struct piece piece;
    int is_rendered; /* to its end */
    int is_split;    /* some of it has been handed out */
    /* what is yet to be handed out */
    apr_uint64_t produced;
    apr_size_t filled;
    apr_size_t taken;
    char *buffer;         /* of PIECES_LARGEST bytes */
    char *text;           /* of TEXT_SIZE, */
    const char *text_at;  /* from where on it is still */
    apr_size_t text_left; /* to be compressed */
};

static const unsigned char header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3}; /* fast, Unix */

/* ---- A piece --------------------------------------------------------------------------------- */

static void begin_piece(struct encoder *encoder, apr_uint64_t elements)
{
    js_document_halt(encoder->document, elements);
    deflater_begin(encoder->deflater);
    encoder->text_left = 0;
    encoder->piece = (struct piece){.length = 0};
    encoder->is_rendered = encoder->is_split = 0;
}

/* What is added to the member. */
static void add_piece(struct encoder *encoder, const struct piece *piece)
{
    encoder->crc = deflater_crc_joined(encoder->crc, piece->crc, piece->text_length);
    encoder->text_length += piece->text_length;
}

static js_result render(struct encoder *encoder)
{
    apr_size_t length;
    js_result result = js_document_read(encoder->document, encoder->text, TEXT_SIZE, &length);
    encoder->is_rendered = length < TEXT_SIZE;
    encoder->piece.crc = deflater_crc(encoder->piece.crc, encoder->text, length);
    encoder->piece.text_length += length;
    encoder->text_at = encoder->text;
    encoder->text_left = length;
    return result == JS_END ? JS_OK : result;
}

/* Render and compress until the piece or the buffer is at its end; *is_done: the piece is. */
static js_result make_piece(struct encoder *encoder, enum deflater_end end, int *is_done)
{
    js_result result = JS_OK;
    apr_size_t before = encoder->filled;
    struct deflater_io io = {encoder->text_at, encoder->text_left, encoder->buffer + before,
                             PIECES_LARGEST - before};
    do {
        if (io.text_left == 0 && !encoder->is_rendered) {
            result = render(encoder);
            io.text = encoder->text_at;
            io.text_left = encoder->text_left;
        }
        deflater_run(encoder->deflater, &io, encoder->is_rendered ? end : DEFLATER_MORE);
    } while (result == JS_OK && io.room_left > 0 && !(encoder->is_rendered && io.text_left == 0));
    encoder->text_at = io.text;
    encoder->text_left = io.text_left;
    encoder->filled = PIECES_LARGEST - io.room_left;
    encoder->piece.length += (apr_uint32_t)(encoder->filled - before);
    *is_done = encoder->is_rendered && io.text_left == 0 && io.room_left > 0;
    encoder->is_split = encoder->is_split || !*is_done;
    return result;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

static int is_first(const struct encoder *encoder)
{
    return encoder->elements == 0;
}

/* One that somebody has rendered before. */
static int load_piece(struct encoder *encoder)
{
    const js_range *range = &encoder->range;
    struct piece piece;
    if (encoder->kept == NULL
        || !pieces_load(encoder->kept, range, is_first(encoder), encoder->buffer, &piece)) {
        return 0;
    }
    js_document_pass(encoder->document, range->count, piece.text_length, range->last);
    add_piece(encoder, &piece);
    encoder->elements += range->count;
    encoder->filled = piece.length;
    return 1;
}

static void begin_rest(struct encoder *encoder)
{
    encoder->stage = STAGE_REST;
    begin_piece(encoder, UINT64_MAX);
}

/* What the whole is told of a range, and that there is no other one, or that nothing leads on. */
static void tell_whole(struct encoder *encoder, js_result result)
{
    if (encoder->whole == NULL) {
        return;
    }
    if (result == JS_OK) {
        whole_pass(encoder->whole, &encoder->range);
    } else if (result == JS_END) {
        whole_know(encoder->whole);
    } else {
        whole_drop(encoder->whole);
    }
}

static void drop_whole(struct encoder *encoder)
{
    if (encoder->whole != NULL) {
        whole_drop(encoder->whole);
    }
}

static js_result next_range(struct encoder *encoder)
{
    js_result result = js_ranges_next(encoder->ranges, &encoder->range);
    tell_whole(encoder, result);
    if (result != JS_OK) {
        begin_rest(encoder);
    } else if (!load_piece(encoder)) {
        drop_whole(encoder);
        begin_piece(encoder, encoder->elements + encoder->range.count);
        encoder->stage = STAGE_RANGE;
    }
    return JS_OK;
}

/* Whether the records are those that the index tells of. Where one of the two has others, no range is where it should be
 * any more. */
static int is_in_step(const struct encoder *encoder)
{
    return js_snapshot_last(encoder->snapshot) == encoder->range.last;
}

/* What has placeholders may be mended without a change to the index. */
static int may_be_kept(const struct encoder *encoder)
{
    return encoder->kept != NULL && !encoder->is_split
           && js_document_damaged(encoder->document) == encoder->damaged;
}

static void end_range(struct encoder *encoder)
{
    const js_range *range = &encoder->range;
    add_piece(encoder, &encoder->piece);
    if (!is_in_step(encoder)) {
        encoder->kept = NULL;
    }
    if (may_be_kept(encoder)) {
        pieces_keep(encoder->kept, range, is_first(encoder), encoder->buffer, &encoder->piece);
    }
    encoder->damaged = js_document_damaged(encoder->document);
    encoder->elements += range->count;
    encoder->stage = STAGE_RANGES;
}

static js_result render_range(struct encoder *encoder)
{
    int is_done;
    js_result result = make_piece(encoder, DEFLATER_PIECE, &is_done);
    if (result == JS_OK && is_done) {
        end_range(encoder);
    }
    return result;
}

/* ---- What stands around them ----------------------------------------------------------------- */

static js_result make_header(struct encoder *encoder)
{
    memcpy(encoder->buffer, header, sizeof(header));
    encoder->filled = sizeof(header);
    if (encoder->snapshot == NULL) {
        begin_rest(encoder);
    } else {
        js_ranges_begin(encoder->ranges, encoder->snapshot);
        begin_piece(encoder, 0);
        encoder->stage = STAGE_HEAD;
    }
    return JS_OK;
}

static js_result render_head(struct encoder *encoder)
{
    int is_done;
    js_result result = make_piece(encoder, DEFLATER_PIECE, &is_done);
    if (result == JS_OK && is_done) {
        add_piece(encoder, &encoder->piece);
        encoder->stage = STAGE_RANGES;
    }
    return result;
}

static js_result render_rest(struct encoder *encoder)
{
    int is_done;
    js_result result = make_piece(encoder, DEFLATER_LAST, &is_done);
    if (result == JS_OK && is_done) {
        add_piece(encoder, &encoder->piece);
        encoder->stage = STAGE_TRAILER;
    }
    return result;
}

static void put_number(char *to, apr_uint32_t number)
{
    for (unsigned i = 0; i < sizeof(number); i++) {
        to[i] = (char)(number >> 8 * i);
    }
}

static js_result make_trailer(struct encoder *encoder)
{
    put_number(encoder->buffer, encoder->crc);
    put_number(encoder->buffer + 4, (apr_uint32_t)encoder->text_length);
    encoder->filled = 8;
    encoder->stage = STAGE_END;
    return JS_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* What was put into the buffer; what has placeholders is not for everybody. */
static void add_to_whole(struct encoder *encoder, js_result result)
{
    if (encoder->whole == NULL) {
        return;
    }
    if (result != JS_OK || js_document_damaged(encoder->document) > 0) {
        whole_drop(encoder->whole);
    }
    whole_add(encoder->whole, encoder->buffer, encoder->filled);
    if (encoder->stage == STAGE_END) {
        whole_keep(encoder->whole);
    }
}

/* Put what comes next into the buffer, which is empty. */
static js_result advance(struct encoder *encoder)
{
    static js_result (*const steps[])(struct encoder * encoder) = {
        [STAGE_HEADER] = make_header, [STAGE_HEAD] = render_head, [STAGE_RANGES] = next_range,
        [STAGE_RANGE] = render_range, [STAGE_REST] = render_rest, [STAGE_TRAILER] = make_trailer,
    };
    encoder->filled = encoder->taken = 0;
    if (encoder->stage == STAGE_END) {
        return JS_END;
    }
    js_result result = steps[encoder->stage](encoder);
    add_to_whole(encoder, result);
    return result;
}

int encoder_is_repeatable(const struct encoder *encoder)
{
    return encoder->snapshot == NULL;
}

js_result encoder_read(struct encoder *encoder, char *buffer, apr_size_t size, apr_size_t *produced)
{
    js_result result = JS_OK;
    *produced = 0;
    while (result == JS_OK) {
        apr_size_t left = encoder->filled - encoder->taken;
        apr_size_t length = left < size - *produced ? left : size - *produced;
        memcpy(buffer + *produced, encoder->buffer + encoder->taken, length);
        encoder->taken += length;
        encoder->produced += length;
        *produced += length;
        if (*produced == size) {
            return JS_OK;
        }
        result = advance(encoder);
    }
    return result;
}

apr_uint64_t encoder_produced(const struct encoder *encoder)
{
    return encoder->produced;
}

static void start(struct encoder *encoder)
{
    encoder->stage = STAGE_HEADER;
    encoder->elements = encoder->damaged = encoder->text_length = encoder->produced = 0;
    encoder->crc = 0;
    encoder->filled = encoder->taken = 0;
}

void encoder_rewind(struct encoder *encoder)
{
    js_document_rewind(encoder->document);
    if (encoder->whole != NULL) {
        whole_restart(encoder->whole);
    }
    start(encoder);
}

struct encoder *encoder_make(request_rec *r, js_document *document, js_snapshot *snapshot,
                             const struct kept *kept, struct whole *whole)
{
    struct encoder *encoder = apr_pcalloc(r->pool, sizeof(*encoder));
    encoder->document = document;
    encoder->snapshot = snapshot;
    encoder->kept = kept;
    encoder->whole = whole;
    encoder->ranges = snapshot != NULL ? apr_palloc(r->pool, js_ranges_size()) : NULL;
    encoder->buffer = apr_palloc(r->pool, PIECES_LARGEST);
    encoder->text = apr_palloc(r->pool, TEXT_SIZE);
    encoder->deflater = deflater_make(r->pool);
    if (encoder->deflater == NULL) {
        return NULL;
    }
    start(encoder);
    return encoder;
}
