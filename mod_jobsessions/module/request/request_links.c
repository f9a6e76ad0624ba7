/* SPDX-License-Identifier: Apache-2.0 */
#include "request/request_links.h"

#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"

#include "request/problem.h"
#include "server/config.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

const char *request_links_front(request_rec *r)
{
    const char *base_url = config_of_request(r)->base_url;
    return base_url != NULL ? base_url : ap_construct_url(r->pool, "", r);
}

int request_links(request_rec *r, js_links *links)
{
    js_error error;
    if (js_links_make(links, request_links_front(r), config_of_request(r)->mount, &error)
        != JS_OK) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      JSLOGNO(0310) "links cannot be made for this request: %s", error.message);
        return problem_set(r, HTTP_BAD_REQUEST,
                           "The request's host is not one links can be made of.");
    }
    return OK;
}
