/* SPDX-License-Identifier: Apache-2.0 */
#include "server/probe.h"

#include <unistd.h>

#include "apr_shm.h"
#include "apr_thread_proc.h"
#include "mpm_common.h"

#include "server/monotonic.h"

/* A database may be on a file system that does not answer. */
#define PATIENCE apr_time_from_sec(10)
#define POLL apr_time_from_msec(1)

static void await(apr_proc_t *process)
{
    apr_time_t deadline = monotonic_now() + PATIENCE;
    while (apr_proc_wait(process, NULL, NULL, APR_NOWAIT) == APR_CHILD_NOTDONE) {
        if (monotonic_now() > deadline) {
            (void)apr_proc_kill(process, SIGKILL);
            return; /* it may not even be able to end */
        }
        apr_sleep(POLL);
    }
}

const void *probe_children(apr_pool_t *pool, server_rec *server, probe_look *look,
                           const void *question, apr_size_t size)
{
    apr_shm_t *shared; /* what was found out before the process came to grief is kept */
    apr_proc_t process;
    if (apr_shm_create(&shared, size, NULL, pool) != APR_SUCCESS) {
        return NULL;
    }
    void *answers = memset(apr_shm_baseaddr_get(shared), 0, size);
    switch (apr_proc_fork(&process, pool)) {
    case APR_INCHILD:
        if (ap_run_drop_privileges(pool, server) == OK) {
            look(question, answers, pool);
        }
        _exit(0);
    case APR_INPARENT:
        await(&process);
        return answers;
    default:
        return NULL;
    }
}
