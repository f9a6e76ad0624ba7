/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream.h"

#include <sys/ioctl.h>
#include <time.h>

#include "ap_mpm.h"
#include "apr_buckets.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "http_connection.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "request/problem.h"
#include "response/spool.h"
#include "response/watchdog.h"

APLOG_USE_MODULE(jobsessions);

/* A chunk waits in memory while its client lags, so it is small at first and grows with what has reached
 * the client: large ones cost fewer changes of threads. There are few sizes, as memory of one size is not
 * used again for another: httpd's allocator keeps 2 MiB of it (MaxMemFree) and gives the rest back. In
 * HTTP/2 that has to do for two chunks at a time. A document that fits is one chunk. */
#define CHUNK_HEADS 128 /* what httpd puts before a chunk, so that both together are whole pages */
#define CHUNK_WHOLE ((apr_size_t)64 * 1024 - CHUNK_HEADS)
#define CHUNK_SMALL ((apr_size_t)16 * 1024 - CHUNK_HEADS)
#define CHUNK_LARGE ((apr_size_t)512 * 1024 - CHUNK_HEADS)
#define CHUNK_LARGE_OF_TWO ((apr_size_t)256 * 1024 - CHUNK_HEADS)
#define CHUNK_GROWTH 4
#define CHUNK_PART 16 /* a chunk is no more than this part of what was received */

/* Until a client has received so much it may be a slow one. */
#define MAY_BE_SLOW_UNTIL ((apr_uint64_t)1024 * 1024)

/* Of a response no longer than this httpd keeps back all, for more to come. */
#define SMALL ((apr_uint64_t)4 * 1024)

/* A document of which no more than this has been sent is spooled from its beginning, for others to
 * share: rendering that much again is cheap. */
#define SHARED_FROM_BEGINNING ((apr_off_t)64 * 1024 * 1024)

/* How long a client may make us wait in all; and while others write, in all and at a time, with as many
 * commits as are too few to matter. Who may be slow may turn out to take nothing at all, and is judged
 * sooner. */
#define WAIT_MAX apr_time_from_msec(700)
#define WAIT_BUSY_MAX apr_time_from_msec(50)
#define WAIT_BUSY_ONCE apr_time_from_msec(25)
#define WAIT_BUSY_FIRST apr_time_from_msec(2)
#define COMMITS_BUSY 4

/* Bytes a microsecond that a file takes at best. Who takes as many is no slower than a spool would be, and
 * gets the longest document from the map. */
#define SPOOL_RATE 256

static apr_interval_time_t thread_cpu_time(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return apr_time_from_sec(time.tv_sec) + time.tv_nsec / 1000;
}

/* Nothing more is rendered. */
static void end_reading(struct stream *stream)
{
    js_document_end(stream->document);
    reading_end(stream->reading);
}

struct stream *stream_make(request_rec *r, struct reading *reading)
{
    struct stream *stream = apr_pcalloc(r->pool, sizeof(*stream));
    stream->reading = reading;
    stream->document = apr_palloc(r->pool, js_document_size());
    return stream;
}

static int may_be_slow(const struct stream *stream)
{
    return stream->received < MAY_BE_SLOW_UNTIL;
}

int stream_is_overdue(const struct stream *stream, apr_interval_time_t waiting)
{
    apr_interval_time_t allowed =
        (apr_interval_time_t)(js_document_produced(stream->document) / SPOOL_RATE);
    apr_interval_time_t once = may_be_slow(stream) ? WAIT_BUSY_FIRST : WAIT_BUSY_ONCE;
    apr_interval_time_t waited = stream->waited + waiting;
    return waited > WAIT_MAX + allowed
           || ((waited > WAIT_BUSY_MAX + allowed || waiting > once)
               && js_snapshot_age(stream->reading->snapshot) > COMMITS_BUSY);
}

/* Equal documents of different databases are kept apart by where the database is in memory. */
static const char *spool_key(const struct stream *stream, char *text, apr_size_t room)
{
    if (stream->key == NULL) {
        return NULL;
    }
    int length = apr_snprintf(text, room, "%pp %s", (void *)stream->reading->database, stream->key);
    return (apr_size_t)length < room - 1 ? text : NULL;
}

void stream_spool(struct stream *stream)
{
    char text[JS_LINK_MAX + 256];
    const char *key = spool_key(stream, text, sizeof(text));
    stream->sent = (apr_off_t)js_document_produced(stream->document);
    stream->spool = key != NULL ? spool_join(key, stream->sent) : NULL;
    if (stream->spool == NULL) {
        if (key != NULL && stream->sent <= SHARED_FROM_BEGINNING) {
            js_document_rewind(stream->document);
        }
        stream->spool =
            spool_fill(stream->reading->server, stream->reading->directory, key, stream->document);
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

/* httpd drops what follows the headers of a response without a body, so a flush is asked for behind the
 * request's filters. */
static apr_status_t flush_headers(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_brigade_cleanup(brigade);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(r->connection->bucket_alloc));
    return ap_pass_brigade(r->connection->output_filters, brigade);
}

static int child_is_ending(void)
{
    int state;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

/* Pass what ends a response. A small one would wait until httpd has looked for the next request and
 * written its log. In a child that is ending nothing may be left to event's listener: it goes as soon as
 * no thread has a connection, even if some still wait for a thread. */
static int pass_last(request_rec *r, apr_bucket_brigade *brigade, int is_small)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    int is_header_only = r->header_only || AP_STATUS_IS_HEADER_ONLY(r->status);
    if ((is_small && !is_header_only) || child_is_ending()) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
    if (status == APR_SUCCESS && is_small && is_header_only) {
        status = flush_headers(r, brigade);
    }
    return status == APR_SUCCESS ? OK : AP_FILTER_ERROR;
}

int stream_send_nothing(request_rec *r, int status)
{
    r->status = status;
    (void)pass_last(r, apr_brigade_create(r->pool, r->connection->bucket_alloc), 1);
    return DONE;
}

static apr_status_t release_spool(void *spool)
{
    spool_release(spool);
    return APR_SUCCESS;
}

/* Send what was spooled. */
static int send_spool(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade)
{
    apr_file_t *file;
    apr_off_t offset;
    apr_off_t length;
    if (stream->spool == NULL) {
        return break_off(r, brigade);
    }
    apr_pool_cleanup_register(r->pool, stream->spool, release_spool, apr_pool_cleanup_null);
    if (spool_open(stream->spool, stream->sent, r->pool, &file, &offset, &length) != APR_SUCCESS) {
        return break_off(r, brigade);
    }
    (void)apr_brigade_insert_file(brigade, file, offset, length, r->pool);
    return pass_last(r, brigade, 0);
}

/* Bytes of the document that have reached the client: all but what the kernel still keeps for it. */
static apr_uint64_t received(request_rec *r, apr_uint64_t produced)
{
    conn_rec *connection = r->connection->master != NULL ? r->connection->master : r->connection;
    apr_socket_t *socket = ap_get_conn_socket(connection);
    apr_os_sock_t descriptor;
    int kept;
    if (socket == NULL || apr_os_sock_get(&descriptor, socket) != APR_SUCCESS
        || ioctl(descriptor, TIOCOUTQ, &kept) != 0) {
        return 0;
    }
    return (apr_uint64_t)kept < produced ? produced - (apr_uint64_t)kept : 0;
}

static apr_size_t chunk_size(request_rec *r, const struct stream *stream)
{
    apr_size_t large = r->connection->master != NULL ? CHUNK_LARGE_OF_TWO : CHUNK_LARGE;
    apr_size_t size = CHUNK_SMALL;
    apr_uint64_t most = stream->received / CHUNK_PART;
    if (js_document_length(stream->document) <= CHUNK_WHOLE) {
        return CHUNK_WHOLE;
    }
    while (size < large && CHUNK_GROWTH * size <= most) {
        size *= CHUNK_GROWTH;
    }
    return size < large ? size : large;
}

static apr_size_t room_for(request_rec *r, const struct stream *stream)
{
    apr_uint64_t left =
        js_document_length(stream->document) - js_document_produced(stream->document);
    apr_size_t most = chunk_size(r, stream);
    return left < most ? (apr_size_t)left : most;
}

/* Append the next chunk of the document to the brigade. */
static js_result append_chunk(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    js_document *document = stream->document;
    stream->received = received(r, js_document_produced(document));
    apr_size_t room = room_for(r, stream);
    apr_size_t length;
    char *chunk = apr_bucket_alloc(room, alloc);
    js_result status = js_document_read(document, chunk, room, &length);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(chunk, length, apr_bucket_free, alloc));
    return status;
}

/* Pass a chunk, and wait before the next one for a client that may turn out to be slow: httpd would
 * keep several chunks for it. */
static apr_status_t pass(request_rec *r, const struct stream *stream, apr_bucket_brigade *brigade)
{
    apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    if (status == APR_SUCCESS && may_be_slow(stream) && r->connection->data_in_output_filters) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(r->connection->bucket_alloc));
        status = ap_pass_brigade(r->output_filters, brigade);
        apr_brigade_cleanup(brigade);
    }
    return status;
}

/* Pass a chunk down while the watchdog looks on. *spooled tells whether the rest has been spooled, by
 * the watchdog or, since the client has made us wait too long in all, by this thread. */
static apr_status_t pass_watched(request_rec *r, struct stream *stream, apr_bucket_brigade *brigade,
                                 int *spooled)
{
    apr_interval_time_t busy = thread_cpu_time();
    watchdog_watch(stream); /* which may take the document */
    apr_status_t status = pass(r, stream, brigade);
    busy = thread_cpu_time() - busy;
    *spooled = watchdog_unwatch(stream, busy);
    if (!*spooled && status == APR_SUCCESS && stream_is_overdue(stream, 0)) {
        stream_spool(stream);
        *spooled = 1;
    }
    return status;
}

/* The client is gone. */
static int give_up(struct stream *stream)
{
    end_reading(stream);
    if (stream->spool != NULL) {
        spool_release(stream->spool);
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
                  stream->reading->directory, js_document_produced(stream->document));
    if (!begun) {
        apr_brigade_cleanup(brigade);
        return problem_set(r, HTTP_SERVICE_UNAVAILABLE,
                           "The job sessions cannot be read; the server's error log says why.");
    }
    return break_off(r, brigade);
}

static apr_status_t end_document(void *document)
{
    js_document_end(document);
    return APR_SUCCESS;
}

int stream_send(request_rec *r, struct stream *stream)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int spooled = 0;
    apr_pool_cleanup_register(r->pool, stream->document, end_document, apr_pool_cleanup_null);
    if (js_document_length(stream->document) != JS_NO_LENGTH) {
        ap_set_content_length(r, (apr_off_t)js_document_length(stream->document));
    }
    if (r->header_only) { /* a HEAD request gets the headers of the GET */
        end_reading(stream);
        return pass_last(r, brigade, 1);
    }
    for (int begun = 0; !spooled; begun = 1) {
        js_result rendered = append_chunk(r, stream, brigade);
        if (rendered != JS_OK) {
            end_reading(stream);
        }
        if (rendered == JS_END) {
            return pass_last(r, brigade, js_document_produced(stream->document) <= SMALL);
        }
        if (rendered != JS_OK) {
            return damaged(r, stream, brigade, begun);
        }
        if (pass_watched(r, stream, brigade, &spooled) != APR_SUCCESS) {
            return give_up(stream);
        }
    }
    return send_spool(r, stream, brigade);
}
