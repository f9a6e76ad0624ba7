/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <time.h>

#include "apr_atomic.h"
#include "apr_buckets.h"
#include "apr_strings.h"
#include "http_connection.h"
#include "http_log.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "config.h"
#include "problem.h"
#include "watchdog.h"

APLOG_USE_MODULE(jobsessions);

#define CHUNK ((apr_size_t)64 * 1024)

/* Bytes that wait in files of this process. */
static volatile apr_uint64_t spooled_total;

/* Where they wait unless JobSessionsSpoolDirectory says otherwise; NULL: nowhere. */
static const char *temporary_directory;

void stream_child_init(apr_pool_t *pchild)
{
    if (apr_temp_dir_get(&temporary_directory, pchild) != APR_SUCCESS) {
        temporary_directory = NULL;
    }
}

static apr_interval_time_t thread_cpu_time(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return apr_time_from_sec(time.tv_sec) + time.tv_nsec / 1000;
}

/* Count bytes that are about to wait; false when they are more than may. */
static int reserve(struct stream *stream, apr_size_t bytes)
{
    const struct server_config *config = config_of_server(stream->reading->server);
    apr_off_t limit = config->spool_limit >= 0 ? config->spool_limit : SPOOL_LIMIT_DEFAULT;
    if (apr_atomic_add64(&spooled_total, bytes) + bytes > (apr_uint64_t)limit) {
        apr_atomic_sub64(&spooled_total, bytes);
        return 0;
    }
    stream->spooled += (apr_off_t)bytes;
    return 1;
}

static void release(struct stream *stream)
{
    apr_atomic_sub64(&spooled_total, (apr_uint64_t)stream->spooled);
    stream->spooled = 0;
}

static apr_status_t release_with_pool(void *stream)
{
    release(stream);
    return APR_SUCCESS;
}

/* An unnamed temporary file. */
static apr_status_t open_spool(struct stream *stream)
{
    const char *directory = config_of_server(stream->reading->server)->spool_directory;
    char *path;
    apr_status_t status = apr_pool_create_unmanaged_ex(&stream->spool_pool, NULL, NULL);
    if (status != APR_SUCCESS) {
        return status;
    }
    directory = directory != NULL ? directory : temporary_directory;
    if (directory == NULL) {
        return APR_ENOENT;
    }
    path = apr_pstrcat(stream->spool_pool, directory, "/jobsessions.XXXXXX", NULL);
    status = apr_file_mktemp(&stream->spool, path,
                             APR_FOPEN_CREATE | APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_EXCL,
                             stream->spool_pool);
    return status == APR_SUCCESS ? apr_file_remove(path, stream->spool_pool) : status;
}

static apr_status_t fill_spool(struct stream *stream)
{
    char *chunk = apr_palloc(stream->spool_pool, CHUNK);
    js_status rendered;
    do {
        apr_size_t length;
        rendered = js_document_read(&stream->document, chunk, CHUNK, &length);
        if (!reserve(stream, length)) {
            return APR_EINCOMPLETE;
        }
        apr_status_t status = apr_file_write_full(stream->spool, chunk, length, NULL);
        if (status != APR_SUCCESS) {
            return status;
        }
    } while (rendered == JS_OK);
    return rendered == JS_END ? APR_SUCCESS : APR_EGENERAL;
}

/* Nothing more is rendered. */
static void end_reading(struct stream *stream)
{
    js_document_end(&stream->document);
    reading_end(stream->reading);
}

void stream_spool(struct stream *stream)
{
    server_rec *server = stream->reading->server;
    apr_status_t status = open_spool(stream);
    status = status == APR_SUCCESS ? fill_spool(stream) : status;
    if (status == APR_EINCOMPLETE) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "a slow client is disconnected: what it still waits for does not fit in "
                     "JobSessionsSpoolLimit");
    } else if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, server,
                     "a slow client is disconnected: what it still waits for could not be spooled; "
                     "look at JobSessionsSpoolDirectory and at the database %s",
                     stream->reading->directory);
    }
    if (status != APR_SUCCESS) {
        stream->broken = 1;
    }
    end_reading(stream);
}

/* The client must not take what it has for the whole: HTTP/1 closes the connection before
 * Content-Length is reached, HTTP/2 resets the stream. */
static int break_off(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_brigade_cleanup(brigade);
    APR_BRIGADE_INSERT_TAIL(brigade,
                            ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_eoc_create(alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    r->connection->keepalive = AP_CONN_CLOSE;
    (void)ap_pass_brigade(r->output_filters, brigade);
    return AP_FILTER_ERROR;
}

/* Send what was spooled. */
static int send_spool(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade)
{
    apr_file_t *file;
    apr_pool_cleanup_register(r->pool, stream, release_with_pool, apr_pool_cleanup_null);
    if (stream->broken) {
        if (stream->spool_pool != NULL) {
            apr_pool_destroy(stream->spool_pool);
        }
        return break_off(r, brigade);
    }
    /* from the pool of the thread that spooled to the request's */
    apr_status_t status = apr_file_setaside(&file, stream->spool, r->pool);
    apr_pool_destroy(stream->spool_pool);
    if (status != APR_SUCCESS) {
        return break_off(r, brigade);
    }
    apr_brigade_cleanup(brigade);
    (void)apr_brigade_insert_file(brigade, file, 0, stream->spooled, r->pool);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(r->connection->bucket_alloc));
    return ap_pass_brigade(r->output_filters, brigade) == APR_SUCCESS ? OK : AP_FILTER_ERROR;
}

/* Append the next chunk of the document to the brigade. */
static js_status append_chunk(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    const js_document *document = &stream->document;
    apr_size_t room = document->length < CHUNK ? (apr_size_t)document->length : CHUNK;
    char *chunk = apr_bucket_alloc(room, alloc);
    apr_size_t length;
    js_status status = js_document_read(&stream->document, chunk, room, &length);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(chunk, length, apr_bucket_free, alloc));
    if (status == JS_END) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    }
    return status;
}

static apr_status_t end_document(void *document)
{
    js_document_end(document);
    return APR_SUCCESS;
}

/* A HEAD request gets the headers of the GET. */
static int send_headers(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade)
{
    end_reading(stream);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(r->connection->bucket_alloc));
    return ap_pass_brigade(r->output_filters, brigade) == APR_SUCCESS ? OK : AP_FILTER_ERROR;
}

/* Pass a chunk down while the watchdog looks on. *spooled tells whether the rest has been spooled, by
 * the watchdog or, since the client has made us wait too long in all, by this thread. */
static apr_status_t pass_watched(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade,
                                 int *spooled)
{
    apr_interval_time_t busy = thread_cpu_time();
    watchdog_watch(stream);
    apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
    busy = thread_cpu_time() - busy;
    *spooled = watchdog_unwatch(stream, busy);
    if (!*spooled && status == APR_SUCCESS && stream->waited > STREAM_WAIT_MAX) {
        stream_spool(stream);
        *spooled = 1;
    }
    return status;
}

/* The client is gone. */
static int give_up(struct stream *stream)
{
    end_reading(stream);
    release(stream);
    if (stream->spool_pool != NULL) {
        apr_pool_destroy(stream->spool_pool);
    }
    return AP_FILTER_ERROR;
}

/* Neither the records nor the index lead on. Before the first byte that is an error like others. */
static int damaged(request_rec *r, const struct stream *stream, apr_bucket_brigade *brigade,
                   int begun)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "%s: the database is damaged beyond single records: after %" APR_UINT64_T_FMT
                  " bytes of the response nothing leads on; restore it from a backup or an export",
                  stream->reading->directory, stream->document.produced);
    if (!begun) {
        apr_brigade_cleanup(brigade);
        return problem_set(r, HTTP_SERVICE_UNAVAILABLE,
                           "The job sessions cannot be read; the server's error log says why.");
    }
    return break_off(r, brigade);
}

int stream_send(request_rec *r, struct stream *stream)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int begun = 0;
    apr_pool_cleanup_register(r->pool, &stream->document, end_document, apr_pool_cleanup_null);
    if (stream->document.length != JS_NO_LENGTH) {
        ap_set_content_length(r, (apr_off_t)stream->document.length);
    }
    if (r->header_only) {
        return send_headers(r, stream, brigade);
    }
    for (;;) {
        int spooled;
        js_status rendered = append_chunk(r, stream, brigade);
        if (rendered != JS_OK) {
            end_reading(stream);
        }
        if (rendered == JS_END) {
            return ap_pass_brigade(r->output_filters, brigade) == APR_SUCCESS ? OK
                                                                              : AP_FILTER_ERROR;
        }
        if (rendered != JS_OK) {
            return damaged(r, stream, brigade, begun);
        }
        begun = 1;
        apr_status_t passed = pass_watched(r, stream, brigade, &spooled);
        apr_brigade_cleanup(brigade);
        if (passed != APR_SUCCESS) {
            return give_up(stream);
        }
        if (spooled) {
            return send_spool(r, stream, brigade);
        }
    }
}
