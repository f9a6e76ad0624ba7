/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of exports. How a body is framed makes no difference; options that are accepted ask for the same
 * when they are written out anew; what is no options is ignored, or refused with a problem document. */
#include "mod_fuzz.h"

#include <jansson.h>

#include "apr_strings.h"

#include "request/export_options.h"

#include "../store/fuzz.h"

#define HEAD "POST /api/v1/jobSessions/export HTTP/1.1\r\nHost: a\r\n"
#define JSON_TYPE "Content-Type: application/json\r\n"

static void check_wanted(const struct export_options *wanted)
{
    const js_filter *filter = &wanted->filter;
    must(filter->statuses < 1u << 13);
    must(filter->from >= JS_NO_TIME && filter->to >= JS_NO_TIME);
    for (int i = 0; wanted->ids != NULL && i < wanted->ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(wanted->ids, i, const char *);
        must(js_id_is_valid(id, strlen(id)));
    }
    for (apr_size_t i = 0; i < filter->type_count; i++) {
        must(filter->types[i] != NULL);
    }
}

static int is_same(const struct export_options *one, const struct export_options *other)
{
    if (!fuzz_same_filter(&one->filter, &other->filter) || !one->ids != !other->ids) {
        return 0;
    }
    for (int i = 0; one->ids != NULL && i < one->ids->nelts; i++) {
        if (i >= other->ids->nelts
            || strcmp(APR_ARRAY_IDX(one->ids, i, const char *),
                      APR_ARRAY_IDX(other->ids, i, const char *))
                   != 0) {
            return 0;
        }
    }
    return one->ids == NULL || one->ids->nelts == other->ids->nelts;
}

static request_rec *with_length(const char *body, apr_size_t length, const char *headers)
{
    static char head[256];
    (void)snprintf(head, sizeof(head), HEAD "%sContent-Length: %" APR_SIZE_T_FMT "\r\n\r\n",
                   headers, length);
    return fuzz_request(head, body, length);
}

/* The body in chunks of as many bytes. */
static request_rec *in_chunks(const char *body, apr_size_t length, apr_size_t chunk,
                              const char *headers)
{
    static char head[256];
    static char chunks[64 << 10];
    apr_size_t at = 0;
    (void)snprintf(head, sizeof(head), HEAD "%sTransfer-Encoding: chunked\r\n\r\n", headers);
    while (length > 0) {
        apr_size_t part = length < chunk ? length : chunk;
        must(at + part + 16 < sizeof(chunks));
        at += (apr_size_t)snprintf(chunks + at, sizeof(chunks) - at, "%zx\r\n", part);
        memcpy(chunks + at, body, part);
        memcpy(chunks + at + part, "\r\n", 2);
        at += part + 2;
        body += part;
        length -= part;
    }
    memcpy(chunks + at, "0\r\n\r\n", 5);
    return fuzz_request(head, chunks, at + 5);
}

struct outcome {
    request_rec *r;
    struct export_options wanted;
    const char *given;
    int status;
};

static void read_options(struct outcome *outcome, request_rec *r)
{
    js_query all;
    js_query_all(&all);
    const struct export_options nothing = {.filter = all.filter};
    outcome->wanted = nothing;
    outcome->r = r;
    outcome->status = export_options_read(r, &outcome->wanted, &outcome->given);
    if (outcome->status == OK && outcome->given) {
        check_wanted(&outcome->wanted);
    } else if (outcome->status == OK) {
        must(is_same(&outcome->wanted, &nothing));
    } else {
        must(outcome->status == HTTP_BAD_REQUEST);
    }
}

/* The options, as another program may have written them. */
static void check_rewritten(const struct outcome *outcome, const char *body, apr_size_t length)
{
    struct outcome again;
    json_error_t cause;
    json_t *options = json_loadb(body, length, 0, &cause);
    char *text = json_dumps(options, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
    json_decref(options);
    must(text != NULL);
    /* its own connection state is not touched: the first request's memory is still needed */
    read_options(&again, with_length(text, strlen(text), ""));
    must(again.status == OK && again.given);
    must(is_same(&again.wanted, &outcome->wanted));
    fuzz_end(again.r);
    free(text);
}

static int is_options(const char *body, apr_size_t length)
{
    if (length >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
        body += 3;
        length -= 3;
    }
    while (length > 0 && strchr(" \t\r\n", *body) != NULL && *body != '\0') {
        body++;
        length--;
    }
    return length > 0 && (*body == '{' || *body == '[');
}

void fuzz_options(const char *data, apr_size_t size)
{
    struct outcome whole;
    struct outcome chunked;
    int options = is_options(data, size);
    read_options(&whole, with_length(data, size, ""));
    must(options || (whole.status == OK && !whole.given));
    must(!options || whole.given || whole.status != OK);
    read_options(&chunked, in_chunks(data, size, size % 7 + 1, options ? JSON_TYPE : ""));
    must(chunked.status == whole.status && !chunked.given == !whole.given);
    if (whole.status == OK && whole.given) {
        must(is_same(&whole.wanted, &chunked.wanted));
        fuzz_end(chunked.r);
        check_rewritten(&whole, data, size);
    } else if (whole.status != OK) {
        fuzz_refuse(chunked.r, chunked.status);
        fuzz_end(chunked.r);
    } else {
        fuzz_end(chunked.r);
    }
    fuzz_end(whole.r);
    if (!options) { /* by its type it is */
        read_options(&whole, with_length(data, size, JSON_TYPE));
        fuzz_end(whole.r);
    }
}
