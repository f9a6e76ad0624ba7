/* SPDX-License-Identifier: Apache-2.0 */
/* How much of what was passed down the filters has come to the client, as the kernel knows it. What httpd
 * keeps in its filters counts as passed on; so does what TLS adds and what other responses of an HTTP/2
 * connection have in the same socket: it is a measure of who reads, not an account. */
#ifndef JOBSESSIONS_RECEIVED_H
#define JOBSESSIONS_RECEIVED_H

#include "httpd.h"

/* Of so many bytes passed for the request all but those that the kernel still keeps for the client; 0 where
 * it cannot be asked. Called by the request's thread. */
apr_uint64_t received_of(request_rec *r, apr_uint64_t passed);

#endif
