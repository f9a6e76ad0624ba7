/* SPDX-License-Identifier: Apache-2.0 */
#include "follow/follow.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"

/* Milliseconds between two looks. */
#define INTERVAL 200

static volatile sig_atomic_t is_asked; /* to end */
static bool is_unread;                 /* by anybody */

static void end(int signal)
{
    is_asked = is_asked || signal != SIGPIPE;
}

/* Handlers, not SIG_IGN, as commands that are started do not inherit them. */
static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGPIPE};
    const struct sigaction action = {.sa_handler = end};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
}

bool follow_is_over(void)
{
    return is_asked != 0 || is_unread;
}

bool follow_was_asked(void)
{
    return is_asked != 0;
}

/* A pipe whose reader has gone says so without being asked. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) > 0;
}

/* Until the next look, or a signal: true when it is over. */
static bool rest(void)
{
    sigset_t during;
    sigset_t before;
    struct pollfd out = {.fd = STDOUT_FILENO};
    const struct timespec interval = {.tv_nsec = INTERVAL * 1000000L};
    (void)sigemptyset(&during);
    (void)sigaddset(&during, SIGINT);
    (void)sigaddset(&during, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &during, &before);
    int ready = is_asked != 0 ? 0 : ppoll(&out, 1, &interval, &before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    is_unread = is_unread || ready > 0;
    return follow_is_over();
}

static bool find_file(const struct follow *follow, struct stat *file)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%.4000s/data.mdb", follow->options->directory);
    return stat(path, file) == 0;
}

/* Each reason once. */
static void say(struct follow *follow, const char *why)
{
    if (strcmp(follow->said, why) != 0) {
        complain("%s; waiting for it", why);
        (void)snprintf(follow->said, sizeof(follow->said), "%s", why);
    }
}

/* Where other files are in place, those that are open are of the past. */
static void open_what_is_in_place(struct follow *follow)
{
    js_error error;
    struct stat file;
    const js_options wanted = {.map_size = follow->options->map_size};
    bool is_there = find_file(follow, &file);
    if (follow->database != NULL && is_there && file.st_dev == follow->file.st_dev
        && file.st_ino == follow->file.st_ino) {
        return;
    }
    js_close(follow->database);
    follow->database = NULL;
    follow->version[0] = '\0';
    if (js_open(follow->options->directory, JS_READ, &wanted, &follow->database, &error) != JS_OK) {
        follow->database = NULL;
        say(follow, error.message);
        return;
    }
    follow->file = file; /* and if it was replaced since, the next look finds another */
}

/* Sets *event when something is new. */
static bool look(struct follow *follow, enum follow_event *event)
{
    js_error error;
    js_snapshot *snapshot;
    char identity[JS_IDENTITY_TEXT];
    char version[JS_VERSION_TEXT];
    if (js_snapshot_begin(follow->database, &snapshot, &error) != JS_OK) {
        say(follow, error.message);
        return false;
    }
    bool is_known =
        js_snapshot_identity(snapshot, identity) && js_snapshot_version(snapshot, version);
    js_snapshot_end(snapshot);
    if (!is_known) {
        say(follow, "the database's counters are damaged; run `jobsessions verify`");
        return false;
    }
    follow->said[0] = '\0';
    bool is_another = follow->identity[0] != '\0' && strcmp(identity, follow->identity) != 0;
    bool is_new = is_another || strcmp(version, follow->version) != 0;
    *event = is_another ? FOLLOW_RESTORED : FOLLOW_NEWS;
    memcpy(follow->identity, identity, sizeof(identity));
    memcpy(follow->version, version, sizeof(version));
    return is_new;
}

enum exit_code follow_begin(struct follow *follow, const struct options *options)
{
    *follow = (struct follow){.options = options};
    if (!find_file(follow, &follow->file)) {
        follow->file = (struct stat){0}; /* and opening it tells why */
    }
    enum exit_code code = database_open(options, JS_READ, &follow->database);
    if (code == EXIT_DONE) {
        catch_signals();
    }
    return code;
}

enum follow_event follow_wait(struct follow *follow)
{
    enum follow_event event;
    bool is_first = follow->version[0] == '\0';
    while (is_first || !rest()) {
        is_first = false;
        open_what_is_in_place(follow);
        if (follow->database != NULL && look(follow, &event)) {
            return event;
        }
    }
    return FOLLOW_END;
}

bool follow_flush(enum exit_code *code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return true;
    }
    if (!reader_is_gone()) {
        *code = output_finish();
    }
    is_unread = true;
    return false;
}

void follow_end(struct follow *follow)
{
    js_close(follow->database);
}
