/* SPDX-License-Identifier: Apache-2.0 */
#include "follow/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/complain.h"

static bool say_how_it_ended(const char *command, const char *what, uint64_t number, int status)
{
    if (status == -1) {
        complain("%s %" PRIu64 ": %s: %s", what, number, command, strerror(errno));
    } else if (WIFSIGNALED(status)) {
        complain("%s %" PRIu64 ": %s: ended by signal %d", what, number, command, WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        complain("%s %" PRIu64 ": %s: exit status %d", what, number, command, WEXITSTATUS(status));
    }
    return status == 0;
}

bool command_run(const char *command, const char *what, uint64_t number, const char *json,
                 size_t length)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    if (setenv("JOBSESSIONS_NUMBER", text, 1) != 0) {
        return say_how_it_ended(command, what, number, -1);
    }
    FILE *input = popen(command, "we"); /* NOLINT(cert-env33-c): it is the user's own */
    if (input == NULL) {
        return say_how_it_ended(command, what, number, -1);
    }
    (void)fwrite(json, 1, length, input);
    (void)fputc('\n', input);
    if (fflush(input) != 0) {
        __fpurge(
            input); /* it need not read it, and pclose() would take that for a failure of its own */
    }
    return say_how_it_ended(command, what, number, pclose(input));
}
