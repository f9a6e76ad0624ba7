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

static int reserve(const struct server_config *config, apr_uint64_t bytes)
{
    apr_off_t limit = config->spool_limit >= 0 ? config->spool_limit : SPOOL_LIMIT_DEFAULT;
    if (apr_atomic_add64(&spooled_total, bytes) + bytes > (apr_uint64_t)limit) {
        apr_atomic_sub64(&spooled_total, bytes);
        return 0;
    }
    return 1;
}

static apr_status_t release(void *stream)
{
    apr_atomic_sub64(&spooled_total, (apr_uint64_t)((struct stream *)stream)->spooled);
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
        apr_status_t status = apr_file_write_full(stream->spool, chunk, length, NULL);
        if (status != APR_SUCCESS) {
            return status;
        }
    } while (rendered == JS_OK);
    return rendered == JS_END ? APR_SUCCESS : APR_EGENERAL;
}

void stream_spool(struct stream *stream)
{
    server_rec *server = stream->reading->server;
    apr_uint64_t rest = stream->document.length - stream->document.produced;
    apr_status_t status;
    if (!reserve(config_of_server(server), rest)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "a slow client is disconnected: the %" APR_UINT64_T_FMT
                     " bytes it still waits for do not fit in JobSessionsSpoolLimit",
                     rest);
        stream->broken = 1;
    } else {
        stream->spooled = (apr_off_t)rest;
        status = open_spool(stream);
        status = status == APR_SUCCESS ? fill_spool(stream) : status;
        if (status != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_ERR, status, server,
                         "a slow client is disconnected: the %" APR_UINT64_T_FMT
                         " bytes it still waits for could not be spooled; look at "
                         "JobSessionsSpoolDirectory and at the database %s",
                         rest, stream->reading->directory);
            stream->broken = 1;
        }
    }
    reading_end(stream->reading);
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
    if (stream->spooled > 0) {
        apr_pool_cleanup_register(r->pool, stream, release, apr_pool_cleanup_null);
    }
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
    char *chunk = apr_bucket_alloc(CHUNK, alloc);
    apr_size_t length;
    js_status status = js_document_read(&stream->document, chunk, CHUNK, &length);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(chunk, length, apr_bucket_free, alloc));
    if (status == JS_END) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    }
    return status;
}

int stream_send(request_rec *r, struct stream *stream)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    ap_set_content_length(r, (apr_off_t)stream->document.length);
    for (;;) {
        js_status rendered = append_chunk(r, stream, brigade);
        if (rendered != JS_OK) {
            reading_end(stream->reading);
        }
        if (rendered == JS_END) {
            return ap_pass_brigade(r->output_filters, brigade) == APR_SUCCESS ? OK
                                                                              : AP_FILTER_ERROR;
        }
        if (rendered != JS_OK) {
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                          "%s: the database is damaged beyond single records; the response was "
                          "broken off after %" APR_UINT64_T_FMT " of %" APR_UINT64_T_FMT " bytes",
                          stream->reading->directory, stream->document.produced,
                          stream->document.length);
            return break_off(r, brigade);
        }
        apr_interval_time_t busy = thread_cpu_time();
        watchdog_watch(stream);
        apr_status_t passed = ap_pass_brigade(r->output_filters, brigade);
        busy = thread_cpu_time() - busy;
        int taken = watchdog_unwatch(stream, busy);
        apr_brigade_cleanup(brigade);
        if (!taken && passed == APR_SUCCESS && stream->waited > STREAM_WAIT_MAX) {
            stream_spool(stream);
            taken = 1;
        }
        if (passed != APR_SUCCESS) {
            reading_end(stream->reading);
            if (stream->spool_pool != NULL) {
                apr_pool_destroy(stream->spool_pool);
            }
            release(stream);
            return AP_FILTER_ERROR;
        }
        if (taken) {
            return send_spool(r, stream, brigade);
        }
    }
}
