/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that httpd has made like any other, but whose ends are memory: requests are taken from a
 * brigade, and what is sent is kept. */
#include "mod_fuzz.h"

#include <jansson.h>

#include "ap_listen.h"
#include "apr_strings.h"
#include "http_connection.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_vhost.h"
#include "util_filter.h"

#include "../store/fuzz.h"

#define SENT_MAX (4 << 20)

static conn_rec *connection;
static ap_filter_rec_t *source_handle;
static ap_filter_rec_t *sink_handle;
static apr_bucket_brigade *incoming;
static char sent[SENT_MAX];
static apr_size_t sent_length;

static apr_status_t source(ap_filter_t *filter, apr_bucket_brigade *brigade, ap_input_mode_t mode,
                           apr_read_type_e block, apr_off_t most)
{
    apr_bucket *after;
    (void)filter;
    if (APR_BRIGADE_EMPTY(incoming)) {
        return APR_EOF;
    }
    if (mode == AP_MODE_GETLINE) {
        return apr_brigade_split_line(brigade, incoming, block, HUGE_STRING_LEN);
    }
    must(mode == AP_MODE_READBYTES);
    (void)apr_brigade_partition(incoming, most, &after);
    while (APR_BRIGADE_FIRST(incoming) != after && !APR_BRIGADE_EMPTY(incoming)) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(incoming);
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(brigade, bucket);
    }
    return APR_SUCCESS;
}

static apr_status_t sink(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    apr_size_t length = SENT_MAX - sent_length;
    (void)filter;
    must(apr_brigade_flatten(brigade, sent + sent_length, &length) == APR_SUCCESS);
    sent_length += length;
    must(sent_length < SENT_MAX);
    return apr_brigade_cleanup(brigade);
}

void fuzz_register(void)
{
    source_handle = ap_register_input_filter("FUZZ_SOURCE", source, NULL, AP_FTYPE_NETWORK);
    sink_handle = ap_register_output_filter("FUZZ_SINK", sink, NULL, AP_FTYPE_NETWORK);
}

/* The socket is a real one, connected to this server; nothing goes over it. */
void fuzz_connect(apr_pool_t *pool, server_rec *server)
{
    apr_socket_t *socket;
    const apr_sockaddr_t *address = ap_listeners->bind_addr;
    apr_bucket_alloc_t *alloc = apr_bucket_alloc_create(pool);
    must(apr_socket_create(&socket, address->family, SOCK_STREAM, APR_PROTO_TCP, pool)
         == APR_SUCCESS);
    must(apr_socket_connect(socket, ap_listeners->bind_addr) == APR_SUCCESS);
    connection = ap_run_create_connection(pool, server, socket, 0, NULL, alloc);
    must(connection != NULL);
    ap_update_vhost_given_ip(connection);
    int status = ap_run_pre_connection(connection, socket);
    must(status == OK || status == DONE);
    connection->input_filters = NULL;
    connection->output_filters = NULL;
    (void)ap_add_input_filter_handle(source_handle, NULL, NULL, connection);
    (void)ap_add_output_filter_handle(sink_handle, NULL, NULL, connection);
    incoming = apr_brigade_create(pool, alloc);
}

static void receive(const char *bytes, apr_size_t length)
{
    APR_BRIGADE_INSERT_TAIL(incoming,
                            apr_bucket_immortal_create(bytes, length, connection->bucket_alloc));
}

request_rec *fuzz_request(const char *head, const char *body, apr_size_t length)
{
    receive(head, strlen(head));
    if (length > 0) {
        receive(body, length);
    }
    request_rec *r = ap_read_request(connection);
    must(r != NULL && r->status == HTTP_OK);
    return r;
}

void fuzz_end(request_rec *r)
{
    apr_pool_destroy(r->pool);
    (void)apr_brigade_cleanup(incoming);
    sent_length = 0;
    connection->keepalive = AP_CONN_UNKNOWN;
    connection->keepalives = 0;
    connection->aborted = 0;
}

void fuzz_refuse(request_rec *r, int status)
{
    json_error_t cause;
    ap_die(status, r);
    sent[sent_length] = '\0';
    const char *body = strstr(sent, "\r\n\r\n");
    const char *length = strstr(sent, "Content-Length: ");
    must(strncmp(sent, "HTTP/1.1 ", 9) == 0 && strtol(sent + 9, NULL, 10) == status);
    must(strstr(sent, "\r\nContent-Type: application/problem+json\r\n") != NULL);
    must(body != NULL && length != NULL && length < body);
    body += 4;
    must(strlen(body) == strtoul(length + 16, NULL, 10)
         && body + strlen(body) == sent + sent_length);
    json_t *problem = json_loads(body, JSON_REJECT_DUPLICATES, &cause);
    must(json_integer_value(json_object_get(problem, "status")) == status);
    must(json_string_length(json_object_get(problem, "detail")) > 0);
    json_decref(problem);
}

static int same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

int fuzz_same_filter(const js_filter *one, const js_filter *other)
{
    if (one->id_count != other->id_count || one->type_count != other->type_count
        || one->statuses != other->statuses || one->from != other->from || one->to != other->to
        || one->highest_id != other->highest_id || !one->policy != !other->policy
        || (one->policy != NULL && memcmp(one->policy, other->policy, 16) != 0)
        || !same_text(one->policy_name, other->policy_name)) {
        return 0;
    }
    for (apr_size_t i = 0; i < one->id_count; i++) {
        if (one->ids[i] != other->ids[i]) {
            return 0;
        }
    }
    for (apr_size_t i = 0; i < one->type_count; i++) {
        if (strcmp(one->types[i], other->types[i]) != 0) {
            return 0;
        }
    }
    return 1;
}
