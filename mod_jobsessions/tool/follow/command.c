/* SPDX-License-Identifier: Apache-2.0 */
#include "follow/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Start it with the end of a pipe as its standard input. */
static int start(const char *command, int input, pid_t *child)
{
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0) {
        rc = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        rc = rc != 0 ? rc : posix_spawn(child, "/bin/sh", &actions, NULL, arguments, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    return rc;
}

/* It need not read it. */
static void feed(int output, const char *json, size_t length)
{
    struct iovec parts[] = {{(char *)json, length}, {"\n", 1}};
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        ssize_t written = writev(output, parts, 2);
        if (written < 0 && errno != EINTR) {
            return;
        }
        for (size_t i = 0; i < 2 && written > 0; i++) {
            size_t taken = (size_t)written < parts[i].iov_len ? (size_t)written : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + taken;
            parts[i].iov_len -= taken;
            written -= (ssize_t)taken;
        }
    }
}

/* Its wait status, or -1. */
static int run(const char *command, const char *json, size_t length)
{
    int ends[2];
    int status = -1;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    int rc = start(command, ends[0], &child);
    (void)close(ends[0]);
    if (rc == 0) {
        feed(ends[1], json, length);
    }
    (void)close(ends[1]);
    while (rc == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    errno = rc != 0 ? rc : errno;
    return status;
}

bool command_run(const char *command, const char *what, uint64_t number, const char *json,
                 size_t length)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    int status = setenv("JOBSESSIONS_NUMBER", text, 1) == 0 ? run(command, json, length) : -1;
    return say_how_it_ended(command, what, number, status);
}
