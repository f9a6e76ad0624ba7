/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file worker.c
 * A worker to learn from: it lives job sessions through, from start to finish.
 *
 * A worker writes a session three ways, and all three are js_put():
 *
 *     start     an object without id: the store gives the id
 *     progress  an object with the id and the members that changed: a JSON merge patch
 *     finish    the same once more, with the stop time and the final status
 *
 * After each call that returned JS_OK the session is on disk and the next export shows it. No other
 * process need be told, and any number of workers may write at the same time.
 *
 * While there is nothing to write it says now and then that it lives: js_heartbeat(). One that is killed leaves its
 * session Running, and `jobsessions sweep` closes that.
 *
 * Once a second it looks whether somebody asks that the session be stopped: js_stop_take().
 *
 *     cc worker.c $(pkg-config --cflags --libs jobsessions)
 *     ./a.out -d /var/lib/jobsessions --seconds 10
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jobsessions.h>

enum {
    EXIT_USAGE = 2,
    EXIT_DATABASE = 3
};

/* What the worker pretends to do. */
typedef struct worker_job {
    const char *directory;
    const char *requests; /* directory of requests to stop, NULL: nobody can ask */
    const char *type;
    unsigned seconds;  /* one session takes this long, */
    unsigned every;    /* and protects one instance in so many */
    unsigned sessions; /* this many of them; 0: until SIGTERM */
} worker_job;

static const char usage[] =
    "Usage: worker -d DIR [--type TYPE] [--seconds N] [--sessions N]\n"
    "Writes job sessions into the database in DIR as a backup worker would.\n"
    "\n"
    "  -d, --directory DIR  the database; made when it is missing\n"
    "  -t, --type TYPE      type of the sessions, letters and digits (PolicyBackup)\n"
    "  -s, --seconds N      how long a session runs (5)\n"
    "  -e, --every N        how many seconds an instance takes (1)\n"
    "  -n, --sessions N     how many to live through (1); 0: until SIGTERM\n"
    "  -r, --requests DIR   where requests to stop a session are (nowhere)\n"
    "\n"
    "SIGTERM and SIGINT finish the session at hand as Canceled.\n";

/* ---- Time and signals ---------------------------------------------------------------------- */

#define TIME_TEXT 32

/* Now, as sessions write it: UTC, seven digits of a second. */
static void write_now(char text[TIME_TEXT])
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    size_t length = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + length, TIME_TEXT - length, ".%07ldZ", now.tv_nsec / 100);
}

/* The signals that end the worker stay blocked and are asked for where it waits, so that none can
 * come between a session's start and its finish. */
static void block_stop_signals(sigset_t *stop_signals)
{
    (void)sigemptyset(stop_signals);
    (void)sigaddset(stop_signals, SIGTERM);
    (void)sigaddset(stop_signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, stop_signals, NULL);
}

/* One second of work. @return true when a signal asks to stop */
static bool work_a_second(const sigset_t *stop_signals)
{
    const struct timespec second = {.tv_sec = 1};
    return sigtimedwait(stop_signals, NULL, &second) > 0;
}

/* ---- A session's life ---------------------------------------------------------------------- */

/* One session is at most a few hundred bytes here. What goes into the text is safe within quotes as
 * it is: times, numbers, and a type that has been checked. Escape anything else. */
#define SESSION_TEXT 512

/* Start: no id, so the store gives one. Members that are not known yet are left out. */
static js_result start_session(js_database *database, const char *type, uint64_t *id,
                               js_error *error)
{
    char session[SESSION_TEXT];
    char now[TIME_TEXT];
    write_now(now);
    int length = snprintf(session, sizeof(session),
                          "{\"type\":\"%s\",\"status\":\"Running\",\"executionStartTime\":\"%s\","
                          "\"backupJobInfo\":{\"policyId\":\"5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40\""
                          ",\"policyName\":\"Example Worker\",\"protectedInstancesCount\":0,"
                          "\"policyRemoved\":false}}",
                          type, now);
    return js_put(database, session, (size_t)length, id, error);
}

/* Progress: only what changed. The policy's id and name stay as they were. */
static js_result report_progress(js_database *database, uint64_t id, unsigned instances,
                                 js_error *error)
{
    char patch[SESSION_TEXT];
    int length = snprintf(patch, sizeof(patch),
                          "{\"id\":\"%" PRIu64 "\","
                          "\"backupJobInfo\":{\"protectedInstancesCount\":%u}}",
                          id, instances);
    return js_put(database, patch, (size_t)length, NULL, error);
}

/* Finish: the stop time and how it went. The store derives executionDuration from the two times. */
static js_result finish_session(js_database *database, uint64_t id, const char *status,
                                js_error *error)
{
    char patch[SESSION_TEXT];
    char now[TIME_TEXT];
    write_now(now);
    int length = snprintf(patch, sizeof(patch),
                          "{\"id\":\"%" PRIu64 "\",\"status\":\"%s\",\"executionStopTime\":\"%s\"}",
                          id, status, now);
    return js_put(database, patch, (size_t)length, NULL, error);
}

/* Does somebody ask that the session be stopped? When `*asked` comes back true, its status is Canceling, its log
 * says who, and what is left to do is to stop, and to finish it. */
static js_result look_for_request(js_database *database, const worker_job *job, uint64_t id,
                                  bool *asked, js_error *error)
{
    js_stop_request request;
    js_result result = job->requests == NULL
                           ? JS_NOT_FOUND
                           : js_stop_take(database, job->requests, id, &request, error);
    *asked = result == JS_OK;
    if (*asked) {
        printf("session %" PRIu64 " is asked to stop by %s\n", id, request.user);
    }
    return result == JS_NOT_FOUND ? JS_OK : result;
}

/* Work until it is done, or cut short: by a signal, or by a request to stop this session alone. */
static js_result work(js_database *database, const worker_job *job, uint64_t id,
                      const sigset_t *stop_signals, bool *stopped, bool *asked, js_error *error)
{
    js_result result = JS_OK;
    for (unsigned done = 1; done <= job->seconds; done++) {
        *stopped = work_a_second(stop_signals);
        result = look_for_request(database, job, id, asked, error);
        if (result != JS_OK || *stopped || *asked) {
            break;
        }
        result = done % job->every == 0 ? report_progress(database, id, done / job->every, error)
                                        : js_heartbeat(database, id, error);
        if (result != JS_OK) {
            break;
        }
    }
    return result;
}

/* Live one session through. When `*stopped` comes back true, a signal has cut it short. */
static js_result live_session(js_database *database, const worker_job *job,
                              const sigset_t *stop_signals, bool *stopped, js_error *error)
{
    uint64_t id;
    bool asked = false;
    js_result result = start_session(database, job->type, &id, error);
    if (result != JS_OK) {
        return result;
    }
    printf("session %" PRIu64 " has started\n", id);
    result = work(database, job, id, stop_signals, stopped, &asked, error);
    if (result != JS_OK) {
        return result;
    }
    const char *status = *stopped || asked ? "Canceled" : "Success";
    result = finish_session(database, id, status, error);
    if (result == JS_OK) {
        printf("session %" PRIu64 " has finished: %s\n", id, status);
    }
    return result;
}

static js_result live(js_database *database, const worker_job *job, js_error *error)
{
    sigset_t stop_signals;
    bool stopped = false;
    js_result result = JS_OK;
    block_stop_signals(&stop_signals);
    for (unsigned n = 0; result == JS_OK && !stopped && (job->sessions == 0 || n < job->sessions);
         n++) {
        result = live_session(database, job, &stop_signals, &stopped, error);
    }
    return result;
}

/* ---- Command line -------------------------------------------------------------------------- */

static bool read_number(const char *text, unsigned *number)
{
    char *end;
    if (strspn(text, "0123456789") == 0) {
        return false;
    }
    unsigned long value = strtoul(text, &end, 10);
    *number = (unsigned)value;
    return *end == '\0' && value <= 1000000;
}

/* The type is copied into JSON text, so it may hold nothing that would need an escape there. */
static bool is_safe_type(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    return length > 0 && length <= 128 && text[length] == '\0';
}

static bool read_options(int argc, char **argv, worker_job *job)
{
    static const struct option options[] = {
        {"directory", required_argument, NULL, 'd'},
        {"type", required_argument, NULL, 't'},
        {"seconds", required_argument, NULL, 's'},
        {"every", required_argument, NULL, 'e'},
        {"sessions", required_argument, NULL, 'n'},
        {"requests", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool valid = true;
    int option;
    while (valid && (option = getopt_long(argc, argv, "d:t:s:e:n:r:h", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            job->directory = optarg;
            break;
        case 't':
            job->type = optarg;
            valid = is_safe_type(optarg);
            break;
        case 's':
            valid = read_number(optarg, &job->seconds);
            break;
        case 'e':
            valid = read_number(optarg, &job->every) && job->every > 0;
            break;
        case 'n':
            valid = read_number(optarg, &job->sessions);
            break;
        case 'r':
            job->requests = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            valid = false;
        }
    }
    return valid && optind == argc && job->directory != NULL;
}

int main(int argc, char **argv)
{
    worker_job job = {.type = "PolicyBackup", .seconds = 5, .every = 1, .sessions = 1};
    js_database *database;
    js_error error;
    if (!read_options(argc, argv, &job)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a log file shows each line at once */
    if (js_open(job.directory, JS_WRITE, NULL, &database, &error) != JS_OK) {
        (void)fprintf(stderr, "worker: %s\n", error.message);
        return EXIT_DATABASE;
    }
    js_result result = live(database, &job, &error);
    if (result != JS_OK) {
        (void)fprintf(stderr, "worker: %s\n", error.message);
    }
    js_close(database);
    if (result == JS_INVALID) {
        return EXIT_FAILURE;
    }
    return result == JS_OK ? EXIT_SUCCESS : EXIT_DATABASE;
}
