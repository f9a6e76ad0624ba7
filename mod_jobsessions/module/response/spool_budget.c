/* SPDX-License-Identifier: Apache-2.0 */
#include "response/spool_budget.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_atomic.h"
#include "apr_shm.h"

/* A child begins before the one that it replaces has ended. */
#define SLOTS_A_CHILD 2

/* What one process has. Only that process changes `bytes`, and only who takes the slot of one that has ended `process`. */
struct slot {
    apr_uint64_t bytes;
    apr_uint32_t process; /* 0: nobody's */
};

static struct {
    struct slot *slots; /* in memory that all processes share */
    unsigned count;
    struct slot alone;
    struct slot *own;
} budget;

static int is_living(apr_uint32_t process)
{
    return process != 0 && (kill((pid_t)process, 0) == 0 || errno != ESRCH);
}

apr_status_t spool_budget_create(apr_pool_t *pconf)
{
    apr_shm_t *shared;
    int children;
    if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children) != APR_SUCCESS || children < 1) {
        children = 1;
    }
    budget.count = 0;
    apr_size_t size = sizeof(struct slot) * (apr_size_t)children * SLOTS_A_CHILD;
    apr_status_t status = apr_shm_create(&shared, size, NULL, pconf);
    if (status == APR_SUCCESS) {
        budget.slots = apr_shm_baseaddr_get(shared);
        budget.count = (unsigned)children * SLOTS_A_CHILD;
        memset(budget.slots, 0, size);
    }
    return status;
}

/* Whether a slot was nobody's any more, and is ours. */
static int claim(struct slot *slot)
{
    apr_uint32_t process = apr_atomic_read32(&slot->process);
    if (is_living(process)
        || apr_atomic_cas32(&slot->process, (apr_uint32_t)getpid(), process) != process) {
        return 0;
    }
    apr_atomic_set64(&slot->bytes, 0);
    return 1;
}

void spool_budget_child_init(void)
{
    budget.own = &budget.alone;
    for (unsigned i = 0; i < budget.count && budget.own == &budget.alone; i++) {
        if (claim(&budget.slots[i])) {
            budget.own = &budget.slots[i];
        }
    }
}

/* What all have, or all that are living: to ask that takes longer. */
static apr_off_t sum(int of_living)
{
    apr_off_t bytes = (apr_off_t)apr_atomic_read64(&budget.alone.bytes);
    for (unsigned i = 0; i < budget.count; i++) {
        struct slot *slot = &budget.slots[i];
        apr_off_t slot_bytes = (apr_off_t)apr_atomic_read64(&slot->bytes);
        if (slot_bytes != 0 && (!of_living || is_living(apr_atomic_read32(&slot->process)))) {
            bytes += slot_bytes;
        }
    }
    return bytes;
}

int spool_budget_take(apr_off_t bytes, apr_off_t limit)
{
    (void)apr_atomic_add64(&budget.own->bytes, (apr_uint64_t)bytes);
    if (sum(0) <= limit || sum(1) <= limit) {
        return 1;
    }
    spool_budget_give(bytes);
    return 0;
}

void spool_budget_give(apr_off_t bytes)
{
    apr_atomic_sub64(&budget.own->bytes, (apr_uint64_t)bytes);
}
