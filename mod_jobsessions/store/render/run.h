/* SPDX-License-Identifier: Apache-2.0 */
/* Copying text sixteen bytes at a time, up to the first that does not stand for itself: a format says which those are
 * by comparing all sixteen at once. Where a processor has no such instruction, the compiler makes them of others. */
#ifndef JS_STORE_RUN_H
#define JS_STORE_RUN_H

#include <stdbool.h>

#include "base/bytes.h"

#define JSP_RUN_SIZE 16

/* How far what is copied may be written beyond its end. */
#define JSP_RUN_SLACK JSP_RUN_SIZE

typedef unsigned char jsp_run_bytes __attribute__((vector_size(JSP_RUN_SIZE)));
typedef uint64_t jsp_run_halves __attribute__((vector_size(JSP_RUN_SIZE)));

/* What comparing gives: all bits of the bytes for which it holds. */
typedef signed char jsp_run_marks __attribute__((vector_size(JSP_RUN_SIZE)));

/* How many bytes stand before the first that is marked. */
static inline size_t jsp_run_length(jsp_run_marks marks)
{
    jsp_run_halves halves = (jsp_run_halves)marks;
    uint64_t low = le64toh(halves[0]);
    uint64_t high = le64toh(halves[1]);
    return low != 0    ? (size_t)__builtin_ctzll(low) / 8
           : high != 0 ? JSP_RUN_SIZE / 2 + (size_t)__builtin_ctzll(high) / 8
                       : JSP_RUN_SIZE;
}

/* Copy from *at to the first byte that is marked, or to the end; *at is then there. Returns where the copy ends. */
static inline __attribute__((always_inline)) char *
jsp_run_copy(char *to, const char **at, const char *end,
             jsp_run_marks (*marks)(jsp_run_bytes bytes))
{
    const char *from = *at;
    jsp_run_bytes bytes;
    size_t plain = JSP_RUN_SIZE;
    for (; plain == JSP_RUN_SIZE && end - from >= JSP_RUN_SIZE; to += plain, from += plain) {
        memcpy(&bytes, from, sizeof(bytes));
        memcpy(to, &bytes, sizeof(bytes));
        plain = jsp_run_length(marks(bytes));
    }
    if (plain == JSP_RUN_SIZE && from < end) { /* what follows the end is not looked at */
        size_t left = (size_t)(end - from);
        bytes = (jsp_run_bytes){0};
        memcpy(&bytes, from, left);
        memcpy(to, &bytes, sizeof(bytes));
        plain = jsp_run_length(marks(bytes));
        plain = plain < left ? plain : left;
        to += plain;
        from += plain;
    }
    *at = from;
    return to;
}

static inline char *jsp_run_put(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

/* A text that is written here. */
#define JSP_RUN_PUT(to, literal) jsp_run_put(to, literal, sizeof(literal) - 1)

/* Numbers and words, which a comma or a bracket ends. */
static inline jsp_run_marks jsp_run_ends_of_word(jsp_run_bytes bytes)
{
    return (bytes == ',') | (bytes == '}') | (bytes == ']');
}

#endif
