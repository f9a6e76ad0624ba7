/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_code.h"

/* Made beforehand: where it is printed, little may be called. */
static char text[4096 + 256];

static void end(int signal)
{
    (void)signal;
    (void)!write(STDERR_FILENO, text, strlen(text));
    _exit(EXIT_DATABASE);
}

void fatal_prepare(const char *directory)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    struct sigaction before;
    struct sigaction action = {.sa_handler = end};
    (void)snprintf(
        text, sizeof(text),
        "jobsessions: %.4096s: data.mdb cannot be read, or is damaged where LMDB trusts "
        "it; run `jobsessions verify`, and restore it from a backup or an export; on btrfs "
        "make room first\n",
        directory);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        /* a sanitizer has its own, and tells more */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            (void)sigaction(signals[i], &action, NULL);
        }
    }
}
