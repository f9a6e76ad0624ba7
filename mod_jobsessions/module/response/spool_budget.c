/* SPDX-License-Identifier: Apache-2.0 */
#include "response/spool_budget.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_atomic.h"
#include "apr_shm.h"
#include "apr_strings.h"

/* A child begins before the one that it replaces has ended. */
#define SLOTS_A_CHILD 2

/* With its size, as a restart may load another module, or allow more children. */
#define KEY "jobsessions-spool-budget %" APR_SIZE_T_FMT
#define KEY_LENGTH 64

/* What one process has. Only that process changes `bytes`, and only who takes the slot of one that has ended `process`. */
struct slot {
    apr_uint64_t bytes;
    apr_uint32_t clients;
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

static unsigned slots_wanted(void)
{
    int children;
    if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children) != APR_SUCCESS || children < 1) {
        children = 1;
    }
    return (unsigned)children * SLOTS_A_CHILD;
}

apr_status_t spool_budget_create(apr_pool_t *lasting)
{
    char key[KEY_LENGTH];
    void *found = NULL;
    apr_shm_t *shared;
    apr_status_t status = APR_SUCCESS;
    unsigned count = slots_wanted();
    apr_size_t size = sizeof(struct slot) * count;
    (void)apr_snprintf(key, sizeof(key), KEY, size);
    (void)apr_pool_userdata_get(&found, key, lasting);
    if (found == NULL) {
        status = apr_shm_create(&shared, size, NULL, lasting);
        if (status == APR_SUCCESS) {
            found = memset(apr_shm_baseaddr_get(shared), 0, size);
            (void)apr_pool_userdata_set(found, key, NULL, lasting);
        }
    }
    budget.slots = found;
    budget.count = found != NULL ? count : 0;
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
    apr_atomic_set32(&slot->clients, 0);
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

void spool_budget_client(int more)
{
    (void)apr_atomic_add32(&budget.own->clients, (apr_uint32_t)more);
}

void spool_budget_totals(apr_uint64_t *bytes, apr_uint64_t *clients)
{
    *bytes = (apr_uint64_t)sum(1);
    *clients = apr_atomic_read32(&budget.alone.clients);
    for (unsigned i = 0; i < budget.count; i++) {
        apr_uint32_t slot_clients = apr_atomic_read32(&budget.slots[i].clients);
        if (slot_clients != 0 && is_living(apr_atomic_read32(&budget.slots[i].process))) {
            *clients += slot_clients;
        }
    }
}
