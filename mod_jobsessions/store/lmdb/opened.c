/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/opened.h"

#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    jsp_opened *first;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

/* In the child, where nobody is left who would give the lock back: files are inherited, locks are not. */
static void forget(void)
{
    (void)pthread_mutex_init(&process.lock, NULL);
    process.first = NULL;
}

static void watch(void)
{
    failed = pthread_atfork(NULL, NULL, forget);
}

int jsp_opened_watch(void)
{
    (void)pthread_once(&once, watch);
    return failed;
}

void jsp_opened_lock(void)
{
    (void)pthread_mutex_lock(&process.lock);
}

void jsp_opened_unlock(void)
{
    (void)pthread_mutex_unlock(&process.lock);
}

static bool collide(const jsp_opened *opened, const jsp_files *files, bool may_write)
{
    bool same_lock = opened->files.lock_inode == files->lock_inode
                     && opened->files.lock_device == files->lock_device;
    bool same_data = opened->files.data_inode == files->data_inode
                     && opened->files.data_device == files->data_device;
    return same_lock || (same_data && (opened->may_write || may_write));
}

const jsp_opened *jsp_opened_find(const jsp_files *files, bool may_write)
{
    const jsp_opened *opened = process.first;
    while (opened != NULL && !collide(opened, files, may_write)) {
        opened = opened->next;
    }
    return opened;
}

void jsp_opened_add(jsp_opened *opened)
{
    opened->next = process.first;
    process.first = opened;
}

void jsp_opened_remove(const jsp_opened *opened)
{
    jsp_opened **link = &process.first;
    while (*link != NULL && *link != opened) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = opened->next;
    }
}
