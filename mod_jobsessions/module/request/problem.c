/* SPDX-License-Identifier: Apache-2.0 */
#include "request/problem.h"

#include "apr_strings.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "mod_core.h"
#include "util_filter.h"

#include "request/utf8.h"
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
    struct problem *problem = ap_get_module_config(r->request_config, &jobsessions_module);
    if (problem == NULL) {
        problem = apr_pcalloc(r->pool, sizeof(*problem));
        ap_set_module_config(r->request_config, &jobsessions_module, problem);
    }
    return problem;
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

/* What to say of an error that another module produced. */
static const char *default_detail(int status)
{
    switch (status) {
    case HTTP_BAD_REQUEST:
        return "The request is malformed.";
    case HTTP_UNAUTHORIZED:
        return "The request carries no valid credentials.";
    case HTTP_FORBIDDEN:
        return "Access to this is not allowed.";
    case HTTP_NOT_FOUND:
        return "There is no such resource.";
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The request's body is too large.";
    default:
        return status >= HTTP_INTERNAL_SERVER_ERROR
                   ? "The server could not answer; its error log says why."
                   : "The request could not be answered.";
    }
}

/* Text for a JSON string. Bytes that are no UTF-8 are taken for Latin-1. */
static const char *escape(apr_pool_t *pool, const char *text)
{
    char *escaped = apr_palloc(pool, 6 * strlen(text) + 1);
    char *to = escaped;
    int is_utf8 = utf8_is_valid(text);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\'
            || (byte > 0x7f && !is_utf8)) {
            to += apr_snprintf(to, 7, "\\u%04x", byte);
        } else {
            *to++ = (char)byte;
        }
    }
    *to = '\0';
    return escaped;
}

/* httpd's id of the request, as %L writes it to the error log. */
static const char *trace_id(request_rec *r)
{
    if (r->log_id == NULL) {
        ap_run_generate_log_id(r->connection, r, &r->log_id);
    }
    return r->log_id != NULL ? r->log_id : "";
}

/* Errors that are being rendered: one name has one list of texts. */
struct errors {
    apr_pool_t *pool;
    const apr_table_t *all;
    apr_table_t *done;
    const char *text;
};

static int append_text(void *list_, const char *name, const char *text)
{
    struct errors *list = list_;
    list->text = apr_psprintf(list->pool, "%s%s\"%s %s\"", list->text, *list->text ? "," : "",
                              escape(list->pool, name), escape(list->pool, text));
    return 1;
}

static int append_name(void *errors_, const char *name, const char *text)
{
    struct errors *errors = errors_;
    struct errors list = {.pool = errors->pool, .text = ""};
    (void)text;
    if (apr_table_get(errors->done, name) != NULL) {
        return 1;
    }
    apr_table_setn(errors->done, name, "");
    (void)apr_table_do(append_text, &list, errors->all, name, NULL);
    errors->text = apr_psprintf(errors->pool, "%s%s\"%s\":[%s]", errors->text,
                                *errors->text ? "," : "", escape(errors->pool, name), list.text);
    return 1;
}

/* The member `errors`, with a comma behind it, or nothing. */
static const char *render_errors(request_rec *r, const struct problem *problem)
{
    struct errors errors = {.pool = r->pool, .all = problem->errors, .text = ""};
    if (problem->errors == NULL || r->status != HTTP_BAD_REQUEST) {
        return "";
    }
    errors.done = apr_table_make(r->pool, 4);
    (void)apr_table_do(append_name, &errors, problem->errors, NULL);
    return apr_psprintf(r->pool, "\"errors\":{%s},", errors.text);
}

static const char *render(request_rec *r)
{
    const struct problem *problem = problem_of(r);
    const char *title = ap_get_status_line(r->status) + sizeof("404");
    const char *detail = problem->status == r->status ? problem->detail : default_detail(r->status);
    return apr_psprintf(r->pool,
                        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                        "\"detail\":\"%s\",%s\"traceId\":\"%s\"}\n",
                        escape(r->pool, title), r->status, escape(r->pool, detail),
                        render_errors(r, problem), escape(r->pool, trace_id(r)));
}

/* Puts the problem in the place of httpd's error page. */
static apr_status_t replace_page(ap_filter_t *filter, apr_bucket_brigade *page)
{
    request_rec *r = filter->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    const struct problem *problem = problem_of(r);
    const char *text;
    if (filter->ctx != NULL) { /* the rest of the page */
        apr_brigade_cleanup(page);
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

    apr_brigade_cleanup(page);
    APR_BRIGADE_INSERT_TAIL(page, apr_bucket_pool_create(text, strlen(text), r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(page, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(filter->next, page);
}

void problem_insert_filter(request_rec *r)
{
    const char *custom = ap_response_code_string(r, ap_index_of_response(r->status));
    int is_text = custom != NULL && custom[0] == '"';
    if (config_below_mount(r) && r->status >= HTTP_BAD_REQUEST && !is_text) {
        ap_add_output_filter_handle(filter_handle, NULL, r, r->connection);
    }
}

void problem_register(void)
{
    filter_handle = ap_register_output_filter(FILTER_NAME, replace_page, NULL, AP_FTYPE_RESOURCE);
}
