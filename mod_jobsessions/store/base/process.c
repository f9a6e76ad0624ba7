/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;
static unsigned forks;

/* In the child, where there is no other thread yet. */
static void count(void)
{
    forks++;
}

static void watch(void)
{
    failed = pthread_atfork(NULL, NULL, count);
}

int jsp_process_watch(void)
{
    (void)pthread_once(&once, watch);
    return failed;
}

unsigned jsp_process_forks(void)
{
    return forks;
}
