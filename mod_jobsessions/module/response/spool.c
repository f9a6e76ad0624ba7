/* SPDX-License-Identifier: Apache-2.0 */
#include "response/spool.h"

#include <stdlib.h>

#include "apr_atomic.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"
#include "http_log.h"

#include "response/free_space.h"
#include "response/reopened.h"
#include "response/spool_budget.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/log.h"
#include "server/monotonic.h"
#include "server/spool_directory.h"

APLOG_USE_MODULE(jobsessions);

#define CHUNK ((apr_size_t)64 * 1024)

/* What the file system has left is looked at after so many bytes, a multiple of CHUNK. */
#define RESERVE_STEP ((apr_off_t)1024 * 1024)

enum spool_state {
    SPOOL_FILLING,
    SPOOL_WHOLE,
    SPOOL_BROKEN /* the document does not go on, or there is no room */
};

struct spool {
    struct spool *next;
    apr_pool_t *pool; /* its own: threads of several requests have to do with it */
    const char *key;  /* NULL: nobody shares it */
    apr_off_t from;   /* the document's byte that comes first */
    apr_off_t length;
    apr_file_t *file;
    apr_uint64_t damaged; /* sessions in all of the document */
    unsigned clients;
    enum spool_state state;
};

static struct {
    apr_thread_mutex_t *lock; /* for what follows, and every spool's clients and state */
    apr_thread_cond_t *filled;
    struct spool *all;
    const char
        *directory; /* unless JobSessionsSpoolDirectory says otherwise; NULL: none is known */
    int shareable;  /* files can be opened anew */
    apr_uint32_t ending;
} spools;

/* The child ends: what is being filled is broken off. */
static apr_status_t stop(void *dummy)
{
    (void)dummy;
    apr_atomic_set32(&spools.ending, 1);
    return APR_SUCCESS;
}

void spool_child_init(apr_pool_t *pchild, apr_pool_t *lasting)
{
    apr_finfo_t finfo;
    (void)apr_thread_mutex_create(&spools.lock, APR_THREAD_MUTEX_DEFAULT, lasting);
    (void)apr_thread_cond_create(&spools.filled, lasting);
    spools.directory = spool_directory_default(lasting);
    spool_budget_child_init();
    /* a chroot may have no /proc */
    spools.shareable = apr_stat(&finfo, "/proc/self/fd", APR_FINFO_TYPE, lasting) == APR_SUCCESS;
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}

/* Take hold of one that there is; with the lock held. */
static struct spool *find(const char *key, apr_off_t from)
{
    struct spool *spool = key != NULL ? spools.all : NULL;
    while (spool != NULL
           && (spool->key == NULL || strcmp(spool->key, key) != 0 || spool->from > from
               || spool->state == SPOOL_BROKEN)) {
        spool = spool->next;
    }
    if (spool != NULL) {
        spool->clients++;
        spool_budget_client(1);
    }
    return spool;
}

struct spool *spool_join(const char *key, apr_off_t from)
{
    (void)apr_thread_mutex_lock(spools.lock);
    struct spool *spool = find(key, from);
    (void)apr_thread_mutex_unlock(spools.lock);
    return spool;
}

/* A new one that is to be filled, unless somebody has begun with an equal one meanwhile. */
static struct spool *make(const char *key, apr_off_t from, int *is_new)
{
    apr_pool_t *pool;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    struct spool *made = apr_pcalloc(pool, sizeof(*made));
    made->pool = pool;
    made->key = key != NULL && spools.shareable ? apr_pstrdup(pool, key) : NULL;
    made->from = from;
    made->clients = 1;
    (void)apr_thread_mutex_lock(spools.lock);
    struct spool *other = find(made->key, from);
    *is_new = other == NULL;
    if (*is_new) {
        spool_budget_client(1);
        made->next = spools.all;
        spools.all = made;
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    if (!*is_new) {
        apr_pool_destroy(pool);
    }
    return *is_new ? made : other;
}

static apr_status_t make_file(struct spool *spool, const struct server_config *config)
{
    const char *directory =
        config->spool_directory != NULL ? config->spool_directory : spools.directory;
    return spool_directory_file(directory, &spool->file, spool->pool);
}

/* Count bytes that are about to wait; false when they are more than may. */
static int reserve(struct spool *spool, const struct server_config *config, apr_size_t bytes)
{
    apr_off_t limit = config->spool_limit >= 0 ? config->spool_limit : SPOOL_LIMIT_DEFAULT;
    int fits = spool_budget_take((apr_off_t)bytes, limit);
    spool->length += fits ? (apr_off_t)bytes : 0;
    return fits;
}

/* Whether the file system has what others are to find there. */
static int has_reserve(const struct spool *spool, const struct server_config *config)
{
    apr_os_file_t descriptor;
    return apr_os_file_get(&descriptor, spool->file) != APR_SUCCESS
           || free_space_is_left(descriptor, config);
}

/* Write a chunk, if it may be. */
static apr_status_t append(struct spool *spool, const struct server_config *config,
                           const char *chunk, apr_size_t length)
{
    if (spool->length % RESERVE_STEP == 0 && !has_reserve(spool, config)) {
        return APR_ENOSPC;
    }
    return reserve(spool, config, length) ? apr_file_write_full(spool->file, chunk, length, NULL)
                                          : APR_EINCOMPLETE;
}

static apr_status_t fill(struct spool *spool, const struct spool_order *order, struct body *body,
                         char *chunk)
{
    apr_interval_time_t waited = 0; /* for the disk */
    js_result result;
    do {
        apr_size_t length;
        result = body_read(body, chunk, CHUNK, &length);
        apr_time_t began = monotonic_now();
        apr_status_t status = append(spool, config_of_server(order->server), chunk, length);
        waited += monotonic_now() - began;
        if (status != APR_SUCCESS) {
            return status;
        }
        if (apr_atomic_read32(&spools.ending)) {
            return APR_EINTR;
        }
        if (result == JS_OK && waited > order->patience) {
            return APR_TIMEUP;
        }
    } while (result == JS_OK);
    spool->damaged = body_damaged(body);
    return result == JS_END ? APR_SUCCESS : APR_EGENERAL;
}

static void finish(struct spool *spool, enum spool_state state)
{
    (void)apr_thread_mutex_lock(spools.lock);
    spool->state = state;
    (void)apr_thread_cond_broadcast(spools.filled);
    (void)apr_thread_mutex_unlock(spools.lock);
}

static void log_failure(const struct spool_order *order, const struct spool *spool,
                        apr_status_t status)
{
    switch (status) {
    case APR_EINTR: /* the child ends */
        break;
    case APR_EINCOMPLETE:
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, order->server,
            JSLOGNO(0410) "a slow client is disconnected: what %s still waits for does not "
                          "fit in JobSessionsSpoolLimit, after %" APR_OFF_T_FMT " bytes of it",
            order->client, spool->length);
        counters_error(order->server, 410);
        break;
    case APR_ENOSPC:
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, order->server,
            JSLOGNO(0412) "a slow client is disconnected: after %" APR_OFF_T_FMT
                          " bytes of what %s still waits for the file system of "
                          "JobSessionsSpoolDirectory has no more than JobSessionsSpoolReserve left",
            spool->length, order->client);
        counters_error(order->server, 412);
        break;
    case APR_TIMEUP:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, order->server,
                     JSLOGNO(0413) "a slow client is disconnected: after %" APR_OFF_T_FMT
                                   " bytes of what %s still waits for the second is over for which "
                                   "a snapshot may be kept; is the file system of "
                                   "JobSessionsSpoolDirectory fast enough?",
                     spool->length, order->client);
        counters_error(order->server, 413);
        break;
    default:
        ap_log_error(
            APLOG_MARK, APLOG_ERR, status, order->server,
            JSLOGNO(0411) "a slow client is disconnected: what %s still waits for could "
                          "not be spooled, after %" APR_OFF_T_FMT
                          " bytes; look at JobSessionsSpoolDirectory and at the database %s",
            order->client, spool->length, order->database);
        counters_error(order->server, 411);
    }
}

struct spool *spool_fill(const struct spool_order *order, struct body *body, int *is_joined)
{
    int is_new = 0;
    struct spool *spool = make(order->key, (apr_off_t)body_produced(body), &is_new);
    apr_pool_t *scratch; /* does not stay as long as the spool */
    *is_joined = spool != NULL && !is_new;
    if (!is_new) {
        return spool;
    }
    apr_status_t status = apr_pool_create_unmanaged_ex(&scratch, NULL, NULL);
    if (status == APR_SUCCESS) {
        status = make_file(spool, config_of_server(order->server));
        status =
            status == APR_SUCCESS ? fill(spool, order, body, apr_palloc(scratch, CHUNK)) : status;
        apr_pool_destroy(scratch);
    }
    if (status != APR_SUCCESS) {
        log_failure(order, spool, status);
    }
    finish(spool, status == APR_SUCCESS ? SPOOL_WHOLE : SPOOL_BROKEN);
    return spool;
}

apr_status_t spool_open(struct spool *spool, apr_off_t from, apr_pool_t *pool, apr_file_t **file,
                        apr_off_t *offset, apr_off_t *length)
{
    apr_os_file_t descriptor;
    (void)apr_thread_mutex_lock(spools.lock);
    while (spool->state == SPOOL_FILLING) {
        (void)apr_thread_cond_wait(spools.filled, spools.lock);
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    if (spool->state == SPOOL_BROKEN) {
        return APR_EGENERAL;
    }
    *offset = from - spool->from;
    *length = spool->length - *offset;
    if (spool->key == NULL) {
        return apr_file_setaside(file, spool->file, pool);
    }
    apr_status_t status = apr_os_file_get(&descriptor, spool->file);
    return status == APR_SUCCESS ? reopened(descriptor, 0, pool, file) : status;
}

apr_uint64_t spool_damaged(const struct spool *spool)
{
    return spool->damaged;
}

void spool_release(struct spool *spool)
{
    struct spool **link = &spools.all;
    (void)apr_thread_mutex_lock(spools.lock);
    int unused = --spool->clients == 0;
    spool_budget_client(-1);
    if (unused) {
        while (*link != spool) {
            link = &(*link)->next;
        }
        *link = spool->next;
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    if (unused) {
        spool_budget_give(spool->length);
        apr_pool_destroy(spool->pool);
    }
}
