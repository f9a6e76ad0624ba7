/* SPDX-License-Identifier: Apache-2.0 */
#include "request/problem.h"

#include "apr_strings.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "mod_core.h"
#include "util_filter.h"

#include "jobsessions_read.h"
#include "request/pool_json.h"
#include "request/remaining_body.h"
#include "request/request_state.h"
#include "server/config.h"

#define FILTER_NAME "JOBSESSIONS_PROBLEM"

/* A body has room for thousands of mistakes; the first ones will do. */
#define ERRORS_MAX 32

/* What is known of an error, kept with the request. */
struct problem {
    int status;
    const char *detail;
    const char *allow;
    apr_table_t *errors; /* text by parameter, NULL: none */
};

static ap_filter_rec_t *filter_handle;

static struct problem *problem_of(request_rec *r)
{
    struct request_state *state = request_state(r);
    if (state->problem == NULL) {
        state->problem = apr_pcalloc(r->pool, sizeof(*state->problem));
    }
    return state->problem;
}

int problem_set(request_rec *r, int status, const char *detail)
{
    struct problem *problem = problem_of(r);
    problem->status = status;
    problem->detail = detail;
    return status;
}

int problem_method(request_rec *r, const char *allow)
{
    problem_of(r)->allow = allow;
    return problem_set(
        r, HTTP_METHOD_NOT_ALLOWED,
        apr_psprintf(r->pool, "The resource has no method %s; it has %s.", r->method, allow));
}

void problem_parameter(request_rec *r, const char *name, const char *text)
{
    struct problem *problem = problem_of(r);
    if (problem->errors == NULL) {
        problem->errors = apr_table_make(r->pool, 4);
    }
    if (apr_table_elts(problem->errors)->nelts < ERRORS_MAX) {
        apr_table_addn(problem->errors, name, text);
    }
}

int problem_any(request_rec *r)
{
    const struct problem *problem = problem_of(r);
    return problem->errors == NULL
               ? OK
               : problem_set(r, HTTP_BAD_REQUEST,
                             "The request has parameters that cannot be used; errors names them.");
}

/* httpd tells a field that is too long from other mistakes by this note alone, and names it in its log alone. */
static int has_long_field(request_rec *r)
{
    static const char note[] = "Size of a request header field";
    const char *notes = apr_table_get(r->notes, "error-notes");
    return r->status == HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE
           || (notes != NULL && strncmp(notes, note, strlen(note)) == 0);
}

static const char *malformed(request_rec *r)
{
    if (!has_long_field(r)) {
        return "The request is malformed.";
    }
    return apr_psprintf(
        r->pool,
        "A header field of the request, such as Authorization with a long token, has "
        "more than the %d bytes that LimitRequestFieldSize allows; at LogLevel info "
        "the server's error log names it.",
        r->server->limit_req_fieldsize);
}

/* A module that cannot reach the authorization server answers as if the token were none. */
static const char *unauthorized(request_rec *r)
{
    return apr_table_get(r->headers_in, "Authorization") == NULL
               ? "The request carries no valid credentials."
               : "The request's credentials are not valid, or could not be checked; the server's "
                 "error log says which.";
}

/* What to say of an error that another module produced. */
static const char *default_detail(request_rec *r)
{
    switch (r->status) {
    case HTTP_BAD_REQUEST:
    case HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
        return malformed(r);
    case HTTP_UNAUTHORIZED:
        return unauthorized(r);
    case HTTP_FORBIDDEN:
        return "Access to this is not allowed.";
    case HTTP_NOT_FOUND:
        return "There is no such resource.";
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The request's body is too large.";
    default:
        return r->status >= HTTP_INTERNAL_SERVER_ERROR
                   ? "The server could not answer; its error log says why."
                   : "The request could not be answered.";
    }
}

/* Text in UTF-8. What is none is taken for Latin-1. */
static const char *to_utf8(apr_pool_t *pool, const char *text)
{
    if (js_utf8_is_valid(text, strlen(text))) {
        return text;
    }
    char *converted = apr_palloc(pool, 2 * strlen(text) + 1);
    char *to = converted;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte >= 0x80) {
            *to++ = (char)(0xc0 | byte >> 6);
            byte = 0x80 | (byte & 0x3f);
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    return converted;
}

static json_t *text_value(apr_pool_t *pool, const char *text)
{
    return json_string(to_utf8(pool, text));
}

/* httpd's id of the request, as %L writes it to the error log. */
static const char *trace_id(request_rec *r)
{
    if (r->log_id == NULL) {
        ap_run_generate_log_id(r->connection, r, &r->log_id);
    }
    return r->log_id != NULL ? r->log_id : "";
}

/* The list of a name's texts; a new one when it has none yet. */
static json_t *texts_of(json_t *errors, const char *name)
{
    const char *other;
    json_t *texts;
    json_object_foreach(errors, other, texts)
    {
        if (ap_cstr_casecmp(name, other) == 0) {
            return texts;
        }
    }
    texts = json_array();
    return json_object_set_new(errors, name, texts) == 0 ? texts : NULL;
}

struct errors {
    apr_pool_t *pool;
    json_t *value;
};

/* Goes on only while there is memory. */
static int append_error(void *errors_, const char *name, const char *text)
{
    const struct errors *errors = errors_;
    const char *shown = to_utf8(errors->pool, name);
    const char *sentence = apr_pstrcat(errors->pool, shown, " ", to_utf8(errors->pool, text), NULL);
    return json_array_append_new(texts_of(errors->value, shown), json_string(sentence)) == 0;
}

/* The member `errors`: by parameter, what is wrong with it. */
static json_t *errors_value(apr_pool_t *pool, const struct problem *problem)
{
    struct errors errors = {pool, json_object()};
    (void)apr_table_do(append_error, &errors, problem->errors, NULL);
    return errors.value;
}

static int append_sentence(void *sentences, const char *name, const char *text)
{
    char **all = (char **)apr_array_push(sentences);
    *all = apr_pstrcat(((apr_array_header_t *)sentences)->pool, name, " ", text, ".", NULL);
    return 1;
}

/* What `errors` would say, where there is none. */
static const char *errors_in_words(apr_pool_t *pool, const struct problem *problem)
{
    apr_array_header_t *sentences = apr_array_make(pool, 4, sizeof(char *));
    (void)apr_table_do(append_sentence, sentences, problem->errors, NULL);
    return apr_array_pstrcat(pool, sentences, ' ');
}

static int is_list_of_items(const request_rec *r)
{
    const char *last = strrchr(r->uri, '/');
    for (js_item_kind kind = JS_PROTECTED_ITEMS; last != NULL && kind < JS_ITEM_KINDS; kind++) {
        if (ap_cstr_casecmp(last + 1, js_item_list(kind)) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Members that not every error has at a mount of v8.1: clients that are generated from the vendor's description refuse
 * an error that has others, and never tell what it was. */
enum {
    TELLS_DETAIL = 1,
    TELLS_ERRORS = 2,
    TELLS_TRACE = 4,
    TELLS_ALL = 7
};

static unsigned told(request_rec *r)
{
    if (config_shape(config_of_request(r)) != JS_SHAPE_V8_1) {
        return TELLS_ALL;
    }
    switch (r->status) {
    case HTTP_UNAUTHORIZED:
        return TELLS_DETAIL;
    case HTTP_FORBIDDEN:
        return 0;
    default:
        return is_list_of_items(r) ? TELLS_DETAIL | TELLS_TRACE : TELLS_ALL;
    }
}

static const char *detail_of(request_rec *r, const struct problem *problem, int has_errors)
{
    if (has_errors && (told(r) & TELLS_ERRORS) == 0) {
        return errors_in_words(r->pool, problem);
    }
    return problem->status == r->status ? problem->detail : default_detail(r);
}

static json_t *document_of(request_rec *r)
{
    const struct problem *problem = problem_of(r);
    const char *title = ap_get_status_line(r->status) + sizeof("404");
    int has_errors = problem->errors != NULL && r->status == HTTP_BAD_REQUEST;
    const char *detail = detail_of(r, problem, has_errors);
    json_t *document = pool_json_bind(r->pool, json_object());
    int wrong = json_object_set_new(document, "type", json_string("about:blank"))
                | json_object_set_new(document, "title", text_value(r->pool, title))
                | json_object_set_new(document, "status", json_integer(r->status));
    if ((told(r) & TELLS_DETAIL) != 0) {
        wrong |= json_object_set_new(document, "detail", text_value(r->pool, detail));
    }
    if (has_errors && (told(r) & TELLS_ERRORS) != 0) {
        wrong |= json_object_set_new(document, "errors", errors_value(r->pool, problem));
    }
    if ((told(r) & TELLS_TRACE) != 0) {
        wrong |= json_object_set_new(document, "traceId", text_value(r->pool, trace_id(r)));
    }
    return wrong == 0 ? document : NULL;
}

/* Written into memory of the pool: what jansson's own allocator is, is not known here. */
static const char *render(request_rec *r)
{
    const json_t *document = document_of(r);
    size_t length = document != NULL ? json_dumpb(document, NULL, 0, JSON_COMPACT) : 0;
    if (length == 0) {
        ap_abort_on_oom(); /* as pools do */
    }
    char *text = apr_palloc(r->pool, length + sizeof("\n"));
    (void)json_dumpb(document, text, length, JSON_COMPACT);
    memcpy(text + length, "\n", sizeof("\n"));
    return text;
}

/* Puts the problem in the place of httpd's error page. */
static apr_status_t replace_page(ap_filter_t *filter, apr_bucket_brigade *error_page)
{
    request_rec *r = filter->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    const struct problem *problem = problem_of(r);
    const char *text;
    if (filter->ctx != NULL) { /* the rest of the page */
        apr_brigade_cleanup(error_page);
        return APR_SUCCESS;
    }
    filter->ctx = (void *)problem;
    text = render(r);
    ap_set_content_type(r, "application/problem+json");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    if (problem->allow != NULL && r->status == HTTP_METHOD_NOT_ALLOWED) {
        apr_table_setn(r->headers_out, "Allow", problem->allow);
    }
    if (r->status == HTTP_SERVICE_UNAVAILABLE) {
        apr_table_setn(r->headers_out, "Retry-After", "5");
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");

    apr_brigade_cleanup(error_page);
    APR_BRIGADE_INSERT_TAIL(error_page, apr_bucket_pool_create(text, strlen(text), r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(error_page, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(filter->next, error_page);
}

void problem_insert_filter(request_rec *r)
{
    const char *custom = ap_response_code_string(r, ap_index_of_response(r->status));
    int is_text = custom != NULL && custom[0] == '"';
    if (!config_below_mount(r) || r->status == HTTP_NOT_MODIFIED) {
        return;
    }
    remaining_body_pass(r);
    if (r->status >= HTTP_BAD_REQUEST && !is_text) {
        ap_add_output_filter_handle(filter_handle, NULL, r, r->connection);
    }
}

void problem_register(void)
{
    filter_handle = ap_register_output_filter(FILTER_NAME, replace_page, NULL, AP_FTYPE_RESOURCE);
}
