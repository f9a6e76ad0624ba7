/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream.h"

#include "apr_buckets.h"
#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "request/outcome.h"
#include "request/problem.h"
#include "response/ending.h"
#include "response/received.h"
#include "response/spool.h"
#include "response/stream_account.h"
#include "response/stream_policy.h"
#include "response/watchdog.h"
#include "server/counters.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

/* While a stream is sent. */
struct sending {
    request_rec *r;
    struct stream *stream;
    apr_bucket_brigade *brigade;
    struct watched watched;
    struct stream_account account;
    const char *key;     /* as spools have it, or NULL */
    struct spool *spool; /* of the rest; NULL: none yet, or it could not be */
};

struct stream *stream_make(request_rec *r, struct reading *reading)
{
    struct stream *stream = apr_pcalloc(r->pool, sizeof(*stream));
    stream->reading = reading;
    stream->body.document = apr_palloc(r->pool, js_document_size());
    return stream;
}

/* Nothing more is rendered. */
static void end_reading(struct stream *stream)
{
    js_document_end(stream->body.document);
    reading_end(stream->reading);
}

/* ---- A chunk --------------------------------------------------------------------------------- */

/* Append the next chunk of the document to the brigade. */
static js_result append_chunk(struct sending *sending)
{
    const request_rec *r = sending->r;
    struct body *body = &sending->stream->body;
    apr_uint64_t produced = body_produced(body);
    sending->account.received = received_of(sending->r, produced);
    apr_size_t room = stream_policy_chunk(body_length(body), produced, sending->account.received,
                                          r->connection->master != NULL);
    apr_size_t length;
    char *chunk = apr_bucket_alloc(room, r->connection->bucket_alloc);
    js_result result = body_read(body, chunk, room, &length);
    APR_BRIGADE_INSERT_TAIL(sending->brigade, apr_bucket_heap_create(chunk, length, apr_bucket_free,
                                                                     r->connection->bucket_alloc));
    sending->account.bytes += (apr_off_t)length;
    sending->account.chunks++;
    sending->account.damaged = body_damaged(body);
    stream_account_log_chunk(sending->r, &sending->account, length);
    return result;
}

/* Pass a chunk, and wait before the next one for a client that may turn out to be slow: httpd would
 * keep several chunks for it. */
static apr_status_t pass(struct sending *sending)
{
    request_rec *r = sending->r;
    apr_bucket_brigade *brigade = sending->brigade;
    outcome_first_byte(r);
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

/* Where the document stands, with a client that has been making us wait with the chunk at hand for so long. */
static struct stream_standing standing_of(const struct sending *sending,
                                          apr_interval_time_t waiting)
{
    return (struct stream_standing){
        .produced = body_produced(&sending->stream->body),
        .received = sending->account.received,
        .waited = sending->account.waited,
        .waiting = waiting,
        .commits = reading_age(sending->stream->reading),
    };
}

/* Whether the client may hold its snapshot no longer. */
static int is_overdue(void *sending_, apr_interval_time_t waiting)
{
    struct sending *sending = sending_;
    sending->account.standing = standing_of(sending, waiting);
    sending->account.limit = stream_policy_limit(&sending->account.standing);
    return sending->account.limit != STREAM_POLICY_NONE;
}

/* Whether it has waited for its turn to be spooled until the second is over. */
static int is_late(void *sending_, apr_interval_time_t waiting)
{
    const struct sending *sending = sending_;
    struct stream_standing standing = standing_of(sending, waiting);
    return stream_policy_wait_left(&standing) < 0;
}

/* Nothing is spooled: the response is broken off. */
static void give_snapshot_up(void *sending_)
{
    struct sending *sending = sending_;
    const struct stream *stream = sending->stream;
    ap_log_error(
        APLOG_MARK, APLOG_WARNING, 0, stream->reading->server,
        JSLOGNO(0423) "%s is disconnected: too many slow clients at once, so that after "
                      "%" APR_UINT64_T_FMT
                      " bytes of the response its snapshot of %s was given up, %" APR_TIME_T_FMT
                      " ms after it began",
        sending->r->useragent_ip, body_produced(&stream->body), stream->reading->directory,
        apr_time_as_msec(monotonic_now() - stream->reading->began));
    counters_error(stream->reading->server, 423);
    end_reading(sending->stream);
}

/* Equal documents of different databases are kept apart by where the database is in memory. */
static const char *spool_key(const request_rec *r, const struct stream *stream)
{
    return stream->key == NULL
               ? NULL
               : apr_psprintf(r->pool, "%pp %s", (void *)stream->reading->database, stream->key);
}

/* Take hold of a spool that has what is left, if somebody has made it. */
static int join_spool(void *sending_)
{
    struct sending *sending = sending_;
    sending->account.spooled_from = (apr_off_t)body_produced(&sending->stream->body);
    sending->spool =
        sending->key != NULL ? spool_join(sending->key, sending->account.spooled_from) : NULL;
    sending->account.is_joined = sending->spool != NULL;
    return sending->account.is_joined;
}

static void let_snapshot_go(void *sending_)
{
    struct sending *sending = sending_;
    end_reading(sending->stream);
}

/* Spool what is left, and end the reading. Runs in any one thread. */
static void spool_rest(void *sending_)
{
    struct sending *sending = sending_;
    struct stream *stream = sending->stream;
    const char *key = sending->key;
    struct stream_standing standing =
        standing_of(sending, monotonic_now() - sending->watched.since);
    const struct spool_order order = {
        .server = stream->reading->server,
        .database = stream->reading->directory,
        .client = sending->r->useragent_ip,
        .key = key,
        .patience = stream_policy_wait_left(&standing),
    };
    if (!join_spool(sending)) {
        if (key != NULL && stream_policy_spool_whole(body_produced(&stream->body))) {
            body_rewind(&stream->body);
        }
        sending->spool = spool_fill(&order, &stream->body, &sending->account.is_joined);
    }
    end_reading(stream);
}

/* Pass a chunk down while the watchdog looks on. *spooled tells whether the rest has been spooled, or given up,
 * while the client was waited for or since it has made us wait too long in all. */
static apr_status_t pass_watched(struct sending *sending, int *spooled)
{
    apr_interval_time_t busy = monotonic_busy();
    apr_interval_time_t passed;
    watchdog_watch(&sending->watched); /* which may take the document */
    apr_status_t status = pass(sending);
    busy = monotonic_busy() - busy;
    *spooled = watchdog_unwatch(&sending->watched, status == APR_SUCCESS, &passed);
    sending->account.waited += passed > busy ? passed - busy : 0;
    if (!*spooled && status == APR_SUCCESS && is_overdue(sending, 0)) {
        watchdog_hand_over(&sending->watched);
        *spooled = 1;
    }
    return status;
}

/* ---- The end --------------------------------------------------------------------------------- */

/* What the logs tell of it. */
static void tell_end(const struct sending *sending, enum document_end end, const char *description)
{
    struct outcome *outcome = outcome_of(sending->r);
    outcome->end = end;
    outcome->bytes = sending->account.bytes;
    outcome->damaged = sending->account.damaged;
    stream_account_log_end(sending->r, &sending->account, description);
}

static int end_whole(struct sending *sending)
{
    outcome_first_byte(sending->r);
    int status = ending_pass(sending->r, sending->brigade, (apr_uint64_t)sending->account.bytes);
    if (status == OK) {
        tell_end(sending, DOCUMENT_WHOLE, "whole");
    } else {
        tell_end(sending, DOCUMENT_ABORTED, "the client is gone");
    }
    return status;
}

static int break_off(struct sending *sending, enum document_end end)
{
    tell_end(sending, end, "broken off");
    return ending_break_off(sending->r, sending->brigade);
}

static int give_up(struct sending *sending)
{
    end_reading(sending->stream);
    if (sending->spool != NULL) {
        spool_release(sending->spool);
    }
    tell_end(sending, DOCUMENT_ABORTED, "the client is gone");
    return AP_FILTER_ERROR;
}

/* Instead of a response that has not begun. httpd would take the 206 of a part for an error it is dealing
 * with already. */
static int unavailable(request_rec *r, const char *detail)
{
    r->status = HTTP_OK;
    return problem_set(r, HTTP_SERVICE_UNAVAILABLE, detail);
}

static void log_damage(const struct sending *sending)
{
    const struct reading *reading = sending->stream->reading;
    if (reading->provider == PROVIDER_SQL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, sending->r,
                      JSLOGNO(0425) "after %" APR_OFF_T_FMT " bytes of the response: %s",
                      sending->account.bytes, reading->failure.message);
        counters_error(reading->server, 425);
        return;
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, sending->r,
                  JSLOGNO(0421) "%s: the database is damaged beyond single records: after "
                                "%" APR_OFF_T_FMT " bytes of the response nothing leads on; "
                                "restore it from a backup or an export",
                  reading->directory, sending->account.bytes);
    counters_error(reading->server, 421);
}

/* Neither the records nor the index lead on, or PostgreSQL is gone. Before the first byte that is an error like others. */
static int damaged(struct sending *sending)
{
    log_damage(sending);
    if (sending->account.chunks == 1) {
        apr_brigade_cleanup(sending->brigade);
        return unavailable(sending->r,
                           "The job sessions cannot be read; the server's error log says why.");
    }
    return break_off(sending, DOCUMENT_BROKEN);
}

static int come_later(request_rec *r)
{
    return unavailable(r,
                       "Too many slow clients are being served at the moment; come again later.");
}

static apr_status_t release_spool(void *spool)
{
    spool_release(spool);
    return APR_SUCCESS;
}

/* Before the first byte that is an error like others. */
static int without_spool(struct sending *sending)
{
    return sending->account.bytes > 0 ? break_off(sending, DOCUMENT_SLOW) : come_later(sending->r);
}

static int send_spool(struct sending *sending)
{
    request_rec *r = sending->r;
    apr_file_t *file;
    apr_off_t offset;
    apr_off_t length;
    if (sending->spool == NULL) {
        return without_spool(sending);
    }
    apr_pool_cleanup_register(r->pool, sending->spool, release_spool, apr_pool_cleanup_null);
    if (spool_open(sending->spool, sending->account.spooled_from, r->pool, &file, &offset, &length)
        != APR_SUCCESS) {
        return without_spool(sending);
    }
    if (sending->account.bytes == 0) { /* it is measured */
        ap_set_content_length(r, length);
    }
    (void)apr_brigade_insert_file(sending->brigade, file, offset, length, r->pool);
    sending->account.bytes += length;
    sending->account.damaged = spool_damaged(sending->spool);
    outcome_of(r)->is_left_in_file = 1;
    counters_spooled(r->server);
    return end_whole(sending);
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* What HTTP/1.0 has no other end for than that of the connection needs a length, or who gets a part takes it for
 * the whole. */
static int needs_length(const struct sending *sending)
{
    return sending->r->proto_num < HTTP_VERSION(1, 1)
           && sending->stream->representation != REPRESENTATION_FILTERED
           && body_length(&sending->stream->body) == JS_NO_LENGTH;
}

/* Spool all of the document, of which a chunk was rendered but nothing passed, to know its length. */
static int send_measured(struct sending *sending)
{
    apr_brigade_cleanup(sending->brigade);
    body_rewind(&sending->stream->body);
    sending->account = (struct stream_account){.limit = STREAM_POLICY_NONE};
    watchdog_hand_over(&sending->watched);
    return send_spool(sending);
}

/* From a file: no snapshot is held meanwhile. */
static int send_whole(struct sending *sending)
{
    struct whole *whole = sending->stream->body.whole;
    end_reading(sending->stream);
    whole_append(whole, sending->brigade);
    sending->account.bytes = whole_length(whole);
    return end_whole(sending);
}

static int send_document(struct sending *sending)
{
    int spooled = 0;
    while (!spooled) {
        js_result result = append_chunk(sending);
        if (result == JS_OK && sending->account.chunks == 1 && needs_length(sending)) {
            return send_measured(sending);
        }
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
        .key = spool_key(r, stream),
        .watched = {.is_overdue = is_overdue,
                    .join = join_spool,
                    .is_late = is_late,
                    .take_over = spool_rest,
                    .let_go = let_snapshot_go,
                    .give_up = give_snapshot_up,
                    .baton = &sending,
                    .began = stream->reading->began},
    };
    apr_pool_cleanup_register(r->pool, stream->body.document, end_document, apr_pool_cleanup_null);
    if (r->header_only) { /* a HEAD request gets the headers of the GET */
        end_reading(stream);
        if (stream->representation != REPRESENTATION_OPEN) {
            representation_without_body(r);
        }
        return ending_pass(r, sending.brigade, 0);
    }
    if (stream->body.whole != NULL) {
        return send_whole(&sending);
    }
    if (watchdog_is_crowded() && !stream_policy_is_short(body_length(&stream->body))) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      JSLOGNO(0424) "answered 503: too many slow clients wait to have the rest of "
                                    "their responses spooled");
        counters_error(r->server, 424);
        end_reading(stream);
        return come_later(r);
    }
    return send_document(&sending);
}
