/* SPDX-License-Identifier: Apache-2.0 */
#include "write/thread_end.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Of each thread the first of a list. */
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void end_all(void *first)
{
    jsp_thread_end *begun = first;
    while (begun != NULL) {
        jsp_thread_end *next = begun->next;
        begun->ended(begun);
        begun = next;
    }
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, end_all) == 0;
}

/* A process may load the library again and again. */
__attribute__((destructor)) static void delete_key(void)
{
    if (has_key) {
        (void)pthread_key_delete(key);
    }
}

void jsp_thread_end_watch(jsp_thread_end *begun)
{
    (void)pthread_once(&once, make_key);
    if (has_key) {
        begun->next = pthread_getspecific(key);
        (void)pthread_setspecific(key, begun);
    }
}

void jsp_thread_end_forget(jsp_thread_end *begun)
{
    jsp_thread_end *first = has_key ? pthread_getspecific(key) : NULL;
    if (first != NULL && first == begun) {
        (void)pthread_setspecific(key, first->next);
        return;
    }
    for (jsp_thread_end *at = first; at != NULL; at = at->next) {
        if (at->next == begun) {
            at->next = begun->next;
        }
    }
}
