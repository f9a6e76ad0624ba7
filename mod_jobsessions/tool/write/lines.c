/* SPDX-License-Identifier: Apache-2.0 */
#include "write/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0') {
            return false;
        }
    }
    return true;
}

enum exit_code lines_write(struct batch *batch, struct input *input)
{
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE) {
        const char *line;
        size_t length;
        char place[32];
        input_result result = input_line(input, &line, &length);
        (void)snprintf(place, sizeof(place), "line %" PRIu64, input->line);
        if (result == INPUT_END) {
            code = batch_flush(batch);
            return code == EXIT_DONE ? input_check(input) : code;
        }
        if (result == INPUT_WAIT) {
            (void)input_fill(input); /* its end or failure shows in the next input_line() */
            code = batch->given_up ? EXIT_DATABASE : EXIT_DONE;
        } else if (result == INPUT_TOO_LONG) {
            batch_refuse(batch, place, INPUT_UNIT_TOO_LONG);
        } else if (!blank(line, length)) {
            code = batch_add(batch, line, length, place);
        }
    }
    return code;
}
