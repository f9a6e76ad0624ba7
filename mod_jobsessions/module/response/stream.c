/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream.h"

#include <time.h>

#include "apr_buckets.h"
#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "request/problem.h"
#include "response/ending.h"
#include "response/received.h"
#include "response/spool.h"
#include "response/stream_account.h"
#include "response/stream_policy.h"
#include "response/watchdog.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

/* While a stream is sent. */
struct sending {
    request_rec *r;
    struct stream *stream;
    apr_bucket_brigade *brigade;
    struct watched watched;
    struct stream_account account;
    struct spool *spool; /* of the rest; NULL: none yet, or it could not be */
};

struct stream *stream_make(request_rec *r, struct reading *reading)
{
    struct stream *stream = apr_pcalloc(r->pool, sizeof(*stream));
    stream->reading = reading;
    stream->document = apr_palloc(r->pool, js_document_size());
    return stream;
}

/* Nothing more is rendered. */
static void end_reading(struct stream *stream)
{
    js_document_end(stream->document);
    reading_end(stream->reading);
}

/* ---- A chunk --------------------------------------------------------------------------------- */

/* Append the next chunk of the document to the brigade. */
static js_result append_chunk(struct sending *sending)
{
    const request_rec *r = sending->r;
    js_document *document = sending->stream->document;
    apr_uint64_t produced = js_document_produced(document);
    sending->account.received = received_of(sending->r, produced);
    apr_size_t room = stream_policy_chunk(js_document_length(document), produced,
                                          sending->account.received, r->connection->master != NULL);
    apr_size_t length;
    char *chunk = apr_bucket_alloc(room, r->connection->bucket_alloc);
    js_result result = js_document_read(document, chunk, room, &length);
    APR_BRIGADE_INSERT_TAIL(sending->brigade, apr_bucket_heap_create(chunk, length, apr_bucket_free,
                                                                     r->connection->bucket_alloc));
    sending->account.bytes += (apr_off_t)length;
    sending->account.chunks++;
    stream_account_log_chunk(sending->r, &sending->account, length);
    return result;
}

/* Pass a chunk, and wait before the next one for a client that may turn out to be slow: httpd would
 * keep several chunks for it. */
static apr_status_t pass(struct sending *sending)
{
    request_rec *r = sending->r;
    apr_bucket_brigade *brigade = sending->brigade;
    apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    if (status == APR_SUCCESS && stream_policy_may_be_slow(sending->account.received)
        && r->connection->data_in_output_filters) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(r->connection->bucket_alloc));
        status = ap_pass_brigade(r->output_filters, brigade);
        apr_brigade_cleanup(brigade);
    }
    return status;
}

/* ---- A client that makes us wait ------------------------------------------------------------- */

/* Whether the client, which has been making us wait with the chunk at hand for so long, may hold its
 * snapshot no longer. */
static int is_overdue(void *sending_, apr_interval_time_t waiting)
{
    struct sending *sending = sending_;
    sending->account.standing = (struct stream_standing){
        .produced = js_document_produced(sending->stream->document),
        .received = sending->account.received,
        .waited = sending->account.waited,
        .waiting = waiting,
        .commits = js_snapshot_age(sending->stream->reading->snapshot),
    };
    sending->account.limit = stream_policy_limit(&sending->account.standing);
    return sending->account.limit != STREAM_POLICY_NONE;
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

/* Spool what is left, and end the reading. Runs in any one thread. */
static void spool_rest(void *sending_)
{
    struct sending *sending = sending_;
    struct stream *stream = sending->stream;
    char text[JS_LINK_MAX + 256];
    const char *key = spool_key(stream, text, sizeof(text));
    apr_uint64_t produced = js_document_produced(stream->document);
    sending->account.spooled_from = (apr_off_t)produced;
    sending->spool = key != NULL ? spool_join(key, sending->account.spooled_from) : NULL;
    sending->account.is_joined = sending->spool != NULL;
    if (!sending->account.is_joined) {
        if (key != NULL && stream_policy_spool_whole(produced)) {
            js_document_rewind(stream->document);
        }
        sending->spool =
            spool_fill(stream->reading->server, stream->reading->directory, key, stream->document);
    }
    end_reading(stream);
}

static apr_interval_time_t thread_cpu_time(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return apr_time_from_sec(time.tv_sec) + time.tv_nsec / 1000;
}

/* Pass a chunk down while the watchdog looks on. *spooled tells whether the rest has been spooled, by
 * the watchdog or, since the client has made us wait too long in all, by this thread. */
static apr_status_t pass_watched(struct sending *sending, int *spooled)
{
    apr_interval_time_t busy = thread_cpu_time();
    apr_interval_time_t passed;
    watchdog_watch(&sending->watched); /* which may take the document */
    apr_status_t status = pass(sending);
    busy = thread_cpu_time() - busy;
    *spooled = watchdog_unwatch(&sending->watched, &passed);
    sending->account.waited += passed > busy ? passed - busy : 0;
    if (!*spooled && status == APR_SUCCESS && is_overdue(sending, 0)) {
        spool_rest(sending);
        *spooled = 1;
    }
    return status;
}

/* ---- The end --------------------------------------------------------------------------------- */

static int end_whole(struct sending *sending)
{
    int status = ending_pass(sending->r, sending->brigade, (apr_uint64_t)sending->account.bytes);
    stream_account_log_end(sending->r, &sending->account,
                           status == OK ? "whole" : "the client is gone");
    return status;
}

static int break_off(struct sending *sending)
{
    stream_account_log_end(sending->r, &sending->account, "broken off");
    return ending_break_off(sending->r, sending->brigade);
}

static int give_up(struct sending *sending)
{
    end_reading(sending->stream);
    if (sending->spool != NULL) {
        spool_release(sending->spool);
    }
    stream_account_log_end(sending->r, &sending->account, "the client is gone");
    return AP_FILTER_ERROR;
}

/* Neither the records nor the index lead on. Before the first byte that is an error like others. */
static int damaged(struct sending *sending)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, sending->r,
                  JSLOGNO(0421) "%s: the database is damaged beyond single records: after "
                                "%" APR_OFF_T_FMT " bytes of the response nothing leads on; "
                                "restore it from a backup or an export",
                  sending->stream->reading->directory, sending->account.bytes);
    if (sending->account.chunks == 1) {
        apr_brigade_cleanup(sending->brigade);
        return problem_set(sending->r, HTTP_SERVICE_UNAVAILABLE,
                           "The job sessions cannot be read; the server's error log says why.");
    }
    return break_off(sending);
}

static apr_status_t release_spool(void *spool)
{
    spool_release(spool);
    return APR_SUCCESS;
}

static int send_spool(struct sending *sending)
{
    request_rec *r = sending->r;
    apr_file_t *file;
    apr_off_t offset;
    apr_off_t length;
    if (sending->spool == NULL) {
        return break_off(sending);
    }
    apr_pool_cleanup_register(r->pool, sending->spool, release_spool, apr_pool_cleanup_null);
    if (spool_open(sending->spool, sending->account.spooled_from, r->pool, &file, &offset, &length)
        != APR_SUCCESS) {
        return break_off(sending);
    }
    (void)apr_brigade_insert_file(sending->brigade, file, offset, length, r->pool);
    sending->account.bytes += length;
    return end_whole(sending);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int send_document(struct sending *sending)
{
    int spooled = 0;
    while (!spooled) {
        js_result result = append_chunk(sending);
        if (result != JS_OK) {
            end_reading(sending->stream);
            return result == JS_END ? end_whole(sending) : damaged(sending);
        }
        if (pass_watched(sending, &spooled) != APR_SUCCESS) {
            return give_up(sending);
        }
    }
    return send_spool(sending);
}

/* Of a request that is over without: js_document_end() is allowed twice. */
static apr_status_t end_document(void *document)
{
    js_document_end(document);
    return APR_SUCCESS;
}

int stream_send(request_rec *r, struct stream *stream)
{
    struct sending sending = {
        .r = r,
        .stream = stream,
        .brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc),
        .watched = {.is_overdue = is_overdue, .take_over = spool_rest, .baton = &sending},
    };
    apr_pool_cleanup_register(r->pool, stream->document, end_document, apr_pool_cleanup_null);
    if (js_document_length(stream->document) != JS_NO_LENGTH) {
        ap_set_content_length(r, (apr_off_t)js_document_length(stream->document));
    }
    if (r->header_only) { /* a HEAD request gets the headers of the GET */
        end_reading(stream);
        return ending_pass(r, sending.brigade, 0);
    }
    return send_document(&sending);
}
