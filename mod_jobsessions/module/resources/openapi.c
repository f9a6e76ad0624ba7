/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/openapi.json: what is served, in the form of OpenAPI. It needs no database. */
#include "httpd.h"

#include "http_protocol.h"

#include "request/description.h"
#include "request/problem.h"
#include "request/request_links.h"
#include "resources/resource.h"
#include "response/response.h"

static const struct parameter_names parameters = {resource_no_names, resource_no_names, ""};

static int answer_description(request_rec *r, const struct target *target)
{
    js_links links;
    struct parameters none;
    apr_size_t length;
    (void)target;
    parameters_read(&none, r, r->args, &parameters);
    int status = problem_any(r);
    status = status == OK ? request_links(r, &links) : status;
    if (status != OK) {
        return status;
    }
    const char *text = description_make(r, &links, &length);
    if (text == NULL) {
        return problem_set(r, HTTP_INTERNAL_SERVER_ERROR, "There is too little memory.");
    }
    ap_set_content_type(r, "application/json; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)length);
    response_headers(r);
    (void)ap_rwrite(text, (int)length, r);
    return OK;
}

const struct resource openapi_resource = {
    .name = "the description",
    .parameters = &parameters,
    .answer = answer_description,
};
