/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void jsp_turn_init(jsp_turn *turn)
{
    (void)pthread_mutex_init(&turn->threads, NULL);
}

void jsp_turn_destroy(jsp_turn *turn)
{
    (void)pthread_mutex_destroy(&turn->threads);
}

static void set_lock(MDB_env *env, short type)
{
    struct flock first_byte = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    int fd;
    if (mdb_env_get_fd(env, &fd) != 0) {
        return;
    }
    while (fcntl(fd, F_SETLKW, &first_byte) != 0 && errno == EINTR) {
    }
}

bool jsp_turn_is_own(const jsp_turn *turn)
{
    return atomic_load(&turn->holder) == gettid();
}

void jsp_turn_take(jsp_turn *turn, MDB_env *env)
{
    (void)pthread_mutex_lock(&turn->threads);
    atomic_store(&turn->holder, gettid());
    set_lock(env, F_WRLCK);
}

void jsp_turn_end(jsp_turn *turn, MDB_env *env)
{
    set_lock(env, F_UNLCK);
    atomic_store(&turn->holder, 0);
    (void)pthread_mutex_unlock(&turn->threads);
}
