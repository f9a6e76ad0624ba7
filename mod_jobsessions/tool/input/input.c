/* SPDX-License-Identifier: Apache-2.0 */
#include "input/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"

#define READ_SIZE ((size_t)256 << 10)

static bool make_room(struct input *input)
{
    if (input->start > 0) {
        memmove(input->data, input->data + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    if (input->room - input->end >= READ_SIZE) {
        return true;
    }
    size_t room = 2 * input->room + READ_SIZE;
    char *data = realloc(input->data, room);
    if (data == NULL) {
        input->failed = errno;
        return false;
    }
    input->data = data;
    input->room = room;
    return true;
}

static bool arrives_soon(const struct input *input)
{
    struct pollfd fd = {.fd = input->fd, .events = POLLIN};
    return poll(&fd, 1, input->patience) != 0;
}

bool input_fill(struct input *input)
{
    ssize_t count;
    if (input->at_end || !make_room(input)) {
        return false;
    }
    if (input->before_wait != NULL && !arrives_soon(input)) {
        input->before_wait(input->baton);
    }
    do {
        /* a byte is kept free for the NUL of input_buffered() */
        count = read(input->fd, input->data + input->end, input->room - input->end - 1);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        input->failed = errno;
    }
    if (count <= 0) {
        input->at_end = true;
        return false;
    }
    input->end += (size_t)count;
    return true;
}

const char *input_buffered(struct input *input, size_t *length)
{
    *length = input->end - input->start;
    if (*length == 0) {
        return "";
    }
    input->data[input->end] = '\0';
    return input->data + input->start;
}

void input_skip(struct input *input, size_t count)
{
    input->start += count;
}

/* Pass over the rest of a line that is too long. */
static input_result pass_over(struct input *input)
{
    for (int byte = input_byte(input); byte >= 0 && byte != '\n';) {
        byte = input_byte(input);
    }
    return INPUT_TOO_LONG;
}

input_result input_line(struct input *input, const char **line, size_t *length)
{
    size_t left = input->end - input->start;
    *line = input->data + input->start;
    const char *newline = left > 0 ? memchr(*line, '\n', left) : NULL;
    if (newline != NULL) {
        *length = (size_t)(newline - *line);
        input->start += *length + 1;
        input->line++;
        return *length > INPUT_UNIT_MAX ? INPUT_TOO_LONG : INPUT_LINE;
    }
    if (left > INPUT_UNIT_MAX) {
        input->line++;
        return pass_over(input);
    }
    if (!input->at_end) {
        return INPUT_WAIT;
    }
    if (left == 0) {
        return INPUT_END;
    }
    *length = left;
    input->start = input->end;
    input->line++;
    return INPUT_LINE;
}

int input_peek(struct input *input)
{
    if (input->start == input->end && !input_fill(input)) {
        return -1;
    }
    return (unsigned char)input->data[input->start];
}

int input_byte(struct input *input)
{
    int byte = input_peek(input);
    input->start += byte >= 0;
    return byte;
}

enum exit_code input_check(const struct input *input)
{
    if (input->failed != 0) {
        complain("reading %s: %s", input->name != NULL ? input->name : "standard input",
                 strerror(input->failed));
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

void input_free(struct input *input)
{
    free(input->data);
    input->data = NULL;
}
