/* SPDX-License-Identifier: Apache-2.0 */
/* Another process, which does what it is told over one pipe and answers over another. */
#ifndef JSP_TEST_OTHER_H
#define JSP_TEST_OTHER_H

#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

struct other {
    pid_t process;
    int to;
    int from;
};

/* What it runs, until it has no more to read; it does not return. */
typedef void obeying(const char *directory, int from, int to);

static inline struct other begin_other(const struct store *store, obeying *obey)
{
    int there[2];
    int back[2];
    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    pid_t process = fork();
    if (process == 0) {
        (void)close(there[1]);
        obey(store->directory, there[0], back[1]);
    }
    assert_true(process > 0);
    (void)close(there[0]);
    (void)close(back[1]);
    return (struct other){process, there[1], back[0]};
}

#endif
