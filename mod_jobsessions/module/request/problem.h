/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as clients see them: application/problem+json (RFC 9457), for every status of 400 and
 * above below a mount, whoever produced it. A handler says what it knows with problem_set() and
 * returns the status; httpd's own error path does the rest, so an administrator's ErrorDocument
 * still wins. */
#ifndef JOBSESSIONS_PROBLEM_H
#define JOBSESSIONS_PROBLEM_H

#include "httpd.h"

/* Describe the error that is about to be returned; returns status. detail is a sentence for the
 * client and must not tell more than the client may know. */
int problem_set(request_rec *r, int status, const char *detail);

/* The same for a method that the resource does not have; allow lists those it has, as in the header
 * Allow. */
int problem_method(request_rec *r, const char *allow);

/* Note that a parameter, or a member of a body, is wrong: text goes on after its name. May be said of
 * several, of which the first ones are told. */
void problem_parameter(request_rec *r, const char *name, const char *text);

/* OK, or 400 when problem_parameter() has been called for the request. */
int problem_any(request_rec *r);

/* Hooks. */
void problem_insert_filter(request_rec *r);
void problem_register(void);

#endif
