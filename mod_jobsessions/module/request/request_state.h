/* SPDX-License-Identifier: Apache-2.0 */
/* What the module keeps with a request: httpd has one place for that. */
#ifndef JOBSESSIONS_REQUEST_STATE_H
#define JOBSESSIONS_REQUEST_STATE_H

#include "httpd.h"

struct request_state {
    struct problem *problem; /* problem.c's own, NULL: none */
    struct outcome *outcome; /* outcome.c's own, NULL: none */
};

/* Of a request; made when first asked for. */
struct request_state *request_state(request_rec *r);

#endif
