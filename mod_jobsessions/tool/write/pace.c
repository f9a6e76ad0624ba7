/* SPDX-License-Identifier: Apache-2.0 */
#include "write/pace.h"

#include <time.h>
#include <unistd.h>

/* Milliseconds that a transaction should have its turn for, and those after which no step is begun. */
#define TURN 40
#define PATIENCE 20

/* However slow a commit is, as the disk may be at fault and not the steps. */
#define FEWEST 200

/* Milliseconds that workers have for themselves before the next transaction, at least. */
#define PAUSE 2

/* And at most, while one after the other of them writes: so many times as long as the transaction took. */
#define PATIENT 4

/* Milliseconds between two lines of progress. */
#define PROGRESS 1000

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void pace_init(struct pace *pace)
{
    *pace = (struct pace){.most = PACE_MOST / 4, .shown = now()};
}

void pace_begin(struct pace *pace)
{
    pace->begun = now();
    pace->steps = 0;
}

bool pace_go_on(struct pace *pace)
{
    bool may = pace->steps < pace->most && now() - pace->begun < PATIENCE;
    pace->steps += may;
    return may;
}

/* As many as would have fitted; no more than twice as many as there were. */
static size_t next_most(const struct pace *pace, int64_t took)
{
    size_t most = 2 * pace->steps;
    if (took > 0) {
        size_t fit = pace->steps * TURN / (size_t)took;
        most = fit < most ? fit : most;
    }
    most = most < PACE_MOST ? most : PACE_MOST;
    return most > FEWEST ? most : FEWEST;
}

static void rest_for(int64_t rest)
{
    struct timespec time = {.tv_sec = rest / 1000, .tv_nsec = rest % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

void pace_rest(struct pace *pace, js_database *database)
{
    int64_t ended = now();
    int64_t took = ended - pace->begun;
    pace->most = next_most(pace, took);
    rest_for(PAUSE + took / 4);
    while (js_others_write(database) && now() - ended < PAUSE + PATIENT * took) {
        rest_for(1);
    }
}

bool pace_shows(struct pace *pace)
{
    bool shows = now() - pace->shown >= PROGRESS && isatty(STDERR_FILENO) == 1;
    pace->shown = shows ? now() : pace->shown;
    return shows;
}
