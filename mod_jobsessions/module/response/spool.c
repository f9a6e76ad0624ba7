/* SPDX-License-Identifier: Apache-2.0 */
#include "response/spool.h"

#include "apr_atomic.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"
#include "http_log.h"

#include "server/config.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

#define CHUNK ((apr_size_t)64 * 1024)

/* Another opening of a file that is open here, with a position of its own. */
#define REOPEN "/proc/self/fd/%d"

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
    unsigned clients;
    enum spool_state state;
};

static struct {
    apr_thread_mutex_t *lock; /* for what follows, and every spool's clients and state */
    apr_thread_cond_t *filled;
    struct spool *all;
    apr_off_t bytes; /* that wait in this process */
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
    if (apr_temp_dir_get(&spools.directory, lasting) != APR_SUCCESS) {
        spools.directory = NULL;
    }
    /* a chroot may have no /proc */
    spools.shareable = apr_stat(&finfo, "/proc/self/fd", APR_FINFO_TYPE, lasting) == APR_SUCCESS;
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}

struct spool *spool_join(const char *key, apr_off_t from)
{
    (void)apr_thread_mutex_lock(spools.lock);
    struct spool *spool = spools.all;
    while (spool != NULL
           && (spool->key == NULL || strcmp(spool->key, key) != 0 || spool->from > from
               || spool->state == SPOOL_BROKEN)) {
        spool = spool->next;
    }
    if (spool != NULL) {
        spool->clients++;
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    return spool;
}

static struct spool *make(const char *key, apr_off_t from)
{
    apr_pool_t *pool;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    struct spool *spool = apr_pcalloc(pool, sizeof(*spool));
    spool->pool = pool;
    spool->key = key != NULL && spools.shareable ? apr_pstrdup(pool, key) : NULL;
    spool->from = from;
    spool->clients = 1;
    (void)apr_thread_mutex_lock(spools.lock);
    spool->next = spools.all;
    spools.all = spool;
    (void)apr_thread_mutex_unlock(spools.lock);
    return spool;
}

/* An unnamed temporary file. */
static apr_status_t make_file(struct spool *spool, const struct server_config *config)
{
    const char *directory =
        config->spool_directory != NULL ? config->spool_directory : spools.directory;
    if (directory == NULL) {
        return APR_ENOENT;
    }
    char *path = apr_pstrcat(spool->pool, directory, "/jobsessions.XXXXXX", NULL);
    apr_status_t status = apr_file_mktemp(
        &spool->file, path, APR_FOPEN_CREATE | APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_EXCL,
        spool->pool);
    return status == APR_SUCCESS ? apr_file_remove(path, spool->pool) : status;
}

/* Count bytes that are about to wait; false when they are more than may. */
static int reserve(struct spool *spool, const struct server_config *config, apr_size_t bytes)
{
    apr_off_t limit = config->spool_limit >= 0 ? config->spool_limit : SPOOL_LIMIT_DEFAULT;
    (void)apr_thread_mutex_lock(spools.lock);
    int fits = (apr_off_t)bytes <= limit - spools.bytes;
    if (fits) {
        spools.bytes += (apr_off_t)bytes;
        spool->length += (apr_off_t)bytes;
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    return fits;
}

static apr_status_t fill(struct spool *spool, const struct server_config *config,
                         js_document *document, char *chunk)
{
    js_result result;
    do {
        apr_size_t length;
        result = js_document_read(document, chunk, CHUNK, &length);
        if (!reserve(spool, config, length)) {
            return APR_EINCOMPLETE;
        }
        apr_status_t status = apr_file_write_full(spool->file, chunk, length, NULL);
        if (status != APR_SUCCESS) {
            return status;
        }
        if (apr_atomic_read32(&spools.ending)) {
            return APR_EINTR;
        }
    } while (result == JS_OK);
    return result == JS_END ? APR_SUCCESS : APR_EGENERAL;
}

static void finish(struct spool *spool, enum spool_state state)
{
    (void)apr_thread_mutex_lock(spools.lock);
    spool->state = state;
    (void)apr_thread_cond_broadcast(spools.filled);
    (void)apr_thread_mutex_unlock(spools.lock);
}

static void log_failure(server_rec *server, const char *directory, apr_status_t status)
{
    if (status == APR_EINCOMPLETE) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, server,
            JSLOGNO(0410) "a slow client is disconnected: what it still waits for does not fit in "
                          "JobSessionsSpoolLimit");
    } else {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, server,
                     JSLOGNO(0411) "a slow client is disconnected: what it still waits for could "
                                   "not be spooled; "
                                   "look at JobSessionsSpoolDirectory and at the database %s",
                     directory);
    }
}

struct spool *spool_fill(server_rec *server, const char *directory, const char *key,
                         js_document *document)
{
    const struct server_config *config = config_of_server(server);
    struct spool *spool = make(key, (apr_off_t)js_document_produced(document));
    apr_pool_t *scratch; /* does not stay as long as the spool */
    if (spool == NULL) {
        return NULL;
    }
    apr_status_t status = apr_pool_create_unmanaged_ex(&scratch, NULL, NULL);
    if (status == APR_SUCCESS) {
        status = make_file(spool, config);
        status = status == APR_SUCCESS ? fill(spool, config, document, apr_palloc(scratch, CHUNK))
                                       : status;
        apr_pool_destroy(scratch);
    }
    if (status != APR_SUCCESS && status != APR_EINTR) {
        log_failure(server, directory, status);
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
    return status == APR_SUCCESS ? apr_file_open(file, apr_psprintf(pool, REOPEN, descriptor),
                                                 APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool)
                                 : status;
}

void spool_release(struct spool *spool)
{
    struct spool **link = &spools.all;
    (void)apr_thread_mutex_lock(spools.lock);
    int unused = --spool->clients == 0;
    if (unused) {
        while (*link != spool) {
            link = &(*link)->next;
        }
        *link = spool->next;
        spools.bytes -= spool->length;
    }
    (void)apr_thread_mutex_unlock(spools.lock);
    if (unused) {
        apr_pool_destroy(spool->pool);
    }
}
