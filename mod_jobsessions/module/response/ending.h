/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a response, one way or another. Each function passes the last brigade of its request, returns
 * what the handler returns, and is called by the request's thread. */
#ifndef JOBSESSIONS_ENDING_H
#define JOBSESSIONS_ENDING_H

#include "httpd.h"

#include "apr_buckets.h"

/* Pass the brigade as the last one of a response that has so many bytes in all, 0 for that to a HEAD
 * request. OK, or AP_FILTER_ERROR: the client is gone. */
int ending_pass(request_rec *r, apr_bucket_brigade *brigade, apr_uint64_t length);

/* Send a response that has no body, such as 304, at once. Returns DONE. */
int ending_without_body(request_rec *r, int status);

/* Break a response off of which bytes have been sent: the client must not take what it has for the whole.
 * HTTP/1 closes the connection before Content-Length is reached, HTTP/2 resets the stream. Returns
 * AP_FILTER_ERROR. */
int ending_break_off(request_rec *r, apr_bucket_brigade *brigade);

#endif
