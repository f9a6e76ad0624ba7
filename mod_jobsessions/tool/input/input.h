/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered input that can be read by lines or by bytes, and that tells when the next line would
 * have to be waited for: that is when `put` commits what it has. */
#ifndef JS_TOOL_INPUT_H
#define JS_TOOL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/exit_code.h"

/* The longest line or object: escapes can make a session six times its canonical size. */
#define INPUT_UNIT_MAX ((size_t)8 << 20)

/* What is said of a longer one. */
#define INPUT_UNIT_TOO_LONG "longer than 8388608 bytes"

struct input {
    int fd;
    const char *name; /* of the source, for complaints; NULL: standard input */
    char *data;
    size_t start; /* of what has not been read */
    size_t end;
    size_t room;
    uint64_t line; /* number of the line read last, or at hand */
    bool at_end;   /* the source has no more */
    int failed;    /* errno of a failed read */
    /* Called before a wait of more than `patience` milliseconds: nothing of others should be held
     * up by it. NULL: nothing is. */
    void (*before_wait)(void *baton);
    void *baton;
    int patience;
};

typedef enum input_result {
    INPUT_LINE,
    INPUT_WAIT,     /* no whole line is buffered; input_fill() */
    INPUT_TOO_LONG, /* the line was passed over */
    INPUT_END
} input_result;

/* Read what is there, waiting for at least a byte; false at the end or on a failure. */
bool input_fill(struct input *input);

/* What is buffered and not yet read, which it stays; a NUL follows it. */
const char *input_buffered(struct input *input, size_t *length);

/* Pass over bytes that are buffered. */
void input_skip(struct input *input, size_t count);

/* The next line, without its end, in the buffer until the next call. */
input_result input_line(struct input *input, const char **line, size_t *length);

/* The next byte, or -1 at the end; input_peek() leaves it there. */
int input_byte(struct input *input);
int input_peek(struct input *input);

/* At the end: complain when it came of a failure. EXIT_DONE or EXIT_DATABASE. */
enum exit_code input_check(const struct input *input);

void input_free(struct input *input);

#endif
