/* SPDX-License-Identifier: Apache-2.0 */
/* A line of a dump, which is everything a database has as text (FORMAT.md). What a line looks like is known
 * here alone, to who writes it and who reads it. */
#ifndef JS_STORE_DUMP_LINE_H
#define JS_STORE_DUMP_LINE_H

#include <stdint.h>

#include "base/json.h"

#define JSP_DUMP_VERSION 1

/* In the order they have in a dump; items stand behind their session. */
typedef enum jsp_dump_kind {
    JSP_DUMP_HEADER,
    JSP_DUMP_TYPE,
    JSP_DUMP_SESSION,
    JSP_DUMP_ITEM,
    JSP_DUMP_REMOVAL,
    JSP_DUMP_END,
    JSP_DUMP_KINDS
} jsp_dump_kind;

/* Records of each kind. */
typedef struct jsp_dump_counts {
    uint64_t types;
    uint64_t sessions;
    uint64_t items;
    uint64_t removed;
} jsp_dump_counts;

/* Each kind has some of this. */
typedef struct jsp_dump_line {
    jsp_dump_kind kind;
    jsp_slice json;  /* a session, an item */
    jsp_slice text;  /* a type, escaped; the list that an item is of */
    uint64_t id;     /* whose an item is, who was removed */
    uint64_t usn;    /* of a removal, */
    jsp_slice time;  /* and when it was, or nothing */
    jsp_slice uuid;  /* of a removed session, or nothing */
    uint64_t number; /* of a session under a uuid; 0: its id is one */
    /* the header */
    uint64_t version;
    uint64_t format;    /* of the database */
    jsp_slice identity; /* in hexadecimal digits */
    uint64_t last_id;
    uint64_t last_usn;
    uint64_t revision;
    jsp_dump_counts counts; /* that the database has; at the end: that the dump has */
    /* the end */
    uint64_t lines;   /* before it */
    uint64_t damaged; /* what was left out */
    jsp_slice crc;    /* of those lines, in 8 hexadecimal digits */
} jsp_dump_line;

/* Write a line, without a line feed, to text, which is cleared first. */
void jsp_dump_line_write(jsp_text *text, const jsp_dump_line *line);

/* Read one; NULL, or what is wrong with it. It may be less exact than jsp_dump_line_write(): where that matters,
 * write it and compare. What was read before something went wrong is there. */
const char *jsp_dump_line_read(jsp_dump_line *line, const char *bytes, size_t length);

/* A checksum as lines have it. Returns it as a slice of `digits`. */
#define JSP_DUMP_CRC_TEXT 9
jsp_slice jsp_dump_line_crc(uint32_t crc, char digits[JSP_DUMP_CRC_TEXT]);

#endif
