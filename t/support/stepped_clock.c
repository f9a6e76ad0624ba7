/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a clock on the wall that is ahead of the machine's, or behind, by as many seconds as the file
 * says that STEPPED_CLOCK names, and by none while there is no such file. What waits for a time on that clock
 * waits until it shows it, as in the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS (2 * 1000 * 1000)
#define SECOND_NS (1000 * 1000 * 1000)

static long step(void)
{
    char text[32] = "";
    const char *file = getenv("STEPPED_CLOCK");
    int descriptor = file != NULL ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor >= 0) {
        (void)!read(descriptor, text, sizeof(text) - 1);
        (void)close(descriptor);
    }
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int saved = errno;
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += step();
        errno = saved;
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (seconds != NULL) {
        *seconds = now.tv_sec;
    }
    return now.tv_sec;
}

static int is_over(const struct timespec *deadline)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > deadline->tv_sec
           || (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict lock,
                           const struct timespec *restrict deadline)
{
    while (!is_over(deadline)) {
        struct timespec slice;
        (void)clock_gettime(CLOCK_MONOTONIC, &slice);
        slice.tv_nsec += SLICE_NS;
        slice.tv_sec += slice.tv_nsec / SECOND_NS;
        slice.tv_nsec %= SECOND_NS;
        int result = pthread_cond_clockwait(condition, lock, CLOCK_MONOTONIC, &slice);
        if (result != ETIMEDOUT) {
            return result;
        }
    }
    return ETIMEDOUT;
}
