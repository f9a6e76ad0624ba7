/* SPDX-License-Identifier: Apache-2.0 */
#include "response/encoding.h"

#include "apr_strings.h"
#include "util_filter.h"

#include "request/accept.h"
#include "response/deflater.h"
#include "response/kept.h"
#include "server/config.h"

/* Of filters that mod_filter runs when a response has some type, which are those that compress. */
#define BY_TYPE "bytype:"

/* Whether there is one that wants to see what is sent, such as mod_substitute's. Those that compress leave alone what
 * is compressed. */
static int is_looked_at(const request_rec *r)
{
    for (const ap_filter_t *filter = r->output_filters; filter != NULL; filter = filter->next) {
        if (filter->frec->ftype < AP_FTYPE_CONTENT_SET
            && strncmp(filter->frec->name, BY_TYPE, sizeof(BY_TYPE) - 1) != 0) {
            return 1;
        }
    }
    return 0;
}

/* What administrators tell mod_deflate of clients that want gzip and cannot read it. */
static int is_refused(const request_rec *r)
{
    return apr_table_get(r->subprocess_env, "no-gzip") != NULL
           || apr_table_get(r->subprocess_env, "gzip-only-text/html") != NULL;
}

/* All that the bytes of an export depend on, beside its sessions. Who changes what is rendered, without a new version,
 * has to empty the directory. */
static const char *key_of(request_rec *r, const js_snapshot *snapshot, const js_links *links)
{
    char identity[JS_IDENTITY_TEXT];
    return js_snapshot_identity(snapshot, identity)
               ? apr_pstrcat(r->pool, JS_VERSION " gzip ", deflater_name(), " json v1 ", identity,
                             " ", links->collection, " ", links->collection_port, NULL)
               : NULL;
}

/* Of all sessions: from what is kept, as far as anything is. */
static void encode_all(request_rec *r, struct stream *stream, const js_links *links)
{
    js_snapshot *snapshot = stream->reading->snapshot;
    const char *key = key_of(r, snapshot, links);
    struct kept *kept = key != NULL ? kept_open(r, key) : NULL;
    struct whole *whole = kept != NULL ? whole_make(r, kept, stream->reading) : NULL;
    if (whole != NULL && whole_find(whole)) {
        stream->body.whole = whole;
    } else {
        stream->body.encoder = encoder_make(r, stream->body.document, snapshot, kept, whole);
    }
}

static int is_encoded(const struct body *body)
{
    return body->encoder != NULL || body->whole != NULL;
}

void encoding_choose(request_rec *r, struct stream *stream, const js_links *links)
{
    if (config_of_server(r->server)->cache_directory == NULL || r->main != NULL
        || is_looked_at(r)) {
        return;
    }
    apr_table_mergen(r->headers_out, "Vary", "Accept-Encoding");
    if (!accept_gzip(r) || is_refused(r)) {
        return;
    }
    if (links != NULL) {
        encode_all(r, stream, links);
    } else {
        stream->body.encoder = encoder_make(r, stream->body.document, NULL, NULL, NULL);
    }
    if (is_encoded(&stream->body)) {
        r->content_encoding = "gzip";
        apr_table_setn(r->subprocess_env, "no-gzip", "1");
        apr_table_setn(r->subprocess_env, "no-brotli", "1");
    }
}
