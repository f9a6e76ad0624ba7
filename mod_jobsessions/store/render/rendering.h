/* SPDX-License-Identifier: Apache-2.0 */
/* A document at work: what it is of (document_begin.c), how each of its elements is told (element.c), and its bytes, a
 * buffer at a time (document.c). */
#ifndef JS_STORE_RENDERING_H
#define JS_STORE_RENDERING_H

#include <string.h>

#include "jobsessions_read.h"

#include "format/record.h"

enum jsp_stage {
    JSP_STAGE_HEAD,
    JSP_STAGE_ELEMENTS,
    JSP_STAGE_TAIL,
    JSP_STAGE_END
};

/* Pieces of text that can wait to be copied: of a session and its links no more than this. */
#define JSP_PIECES 15

/* A text that is not ended by NUL. */
typedef struct jsp_piece {
    const char *text; /* NULL: spaces */
    size_t length;
} jsp_piece;

struct js_document {
    uint64_t length;   /* of the whole document, or JS_NO_LENGTH */
    uint64_t first;    /* byte of it that is handed out first */
    uint64_t end;      /* and behind the last one; JS_NO_LENGTH as length */
    uint64_t produced; /* of it, handed out or not */
    uint64_t damaged;
    /* where its elements come from */
    js_result (*next)(void *source, js_session *element);
    void (*rewind)(void *source);
    void *source;
    uint64_t count;
    uint64_t rendered;           /* of them, or passed over */
    uint64_t halt;               /* so many are rendered for now */
    const js_snapshot *snapshot; /* knows the ids of what has no JSON; may be NULL */
    js_damage_report *report;
    void *baton;
    js_frame frame;
    unsigned numbers; /* of js_numbers */
    bool is_stored;   /* sessions are told as the very bytes that are stored */
    enum jsp_stage stage;
    jsp_piece pieces[JSP_PIECES]; /* queued for the next buffer */
    unsigned piece_count;
    unsigned next_piece;
    jsp_piece link[3];    /* around a session's id */
    uint64_t link_bytes;  /* that they add to a session, beside its id's */
    jsp_piece place;      /* before the number of a session under a uuid, in a list of changes */
    uint64_t place_bytes; /* that it adds to one of them, beside the number's */
    bool tells_places;
    uint64_t unstated; /* elements without a status, in a shape that has one of all */
    size_t tail_length;
    /* texts that pieces are of */
    char head[96];
    char tail[2 * JS_LINK_MAX];
    char links[3 * JS_LINK_MAX + 160];
    char name[JS_ID_TEXT];
    char number[JSP_ID_DIGITS_MAX];
    char placeholder[160];
    char *converted; /* a session in a form other than JSON */
    size_t converted_room;
    js_session session; /* the only one */
    js_source other;    /* than a snapshot */
};

/* Queue a text, which has to stay until it is copied. */
static inline void jsp_document_push(js_document *document, const char *text, size_t length)
{
    if (length > 0) { /* a full buffer would wait for room for nothing */
        document->pieces[document->piece_count].text = text;
        document->pieces[document->piece_count].length = length;
        document->piece_count++;
    }
}

/* What is left of the caller's buffer. */
typedef struct jsp_room {
    char *at;
    char *end;
} jsp_room;

static inline void jsp_room_put(jsp_room *room, const char *text, size_t length)
{
    memcpy(room->at, text, length);
    room->at += length;
}

/* Whether it is shown in the vendor's later words. */
static inline bool jsp_document_is_shaped(const js_document *document)
{
    return document->frame.shape == JS_SHAPE_V8_1
           && (document->frame.format == JS_JSON || document->frame.format == JS_NDJSON);
}

#endif
