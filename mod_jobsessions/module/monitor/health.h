/* SPDX-License-Identifier: Apache-2.0 */
/* Whether requests can be answered at the moment, for who has no token, such as a load balancer: a status, and nothing
 * else. */
#ifndef JOBSESSIONS_HEALTH_H
#define JOBSESSIONS_HEALTH_H

#include "httpd.h"

/* httpd's content handler for SetHandler jobsessions-probe: 200 when the server's database can be read, else 503, both
 * without a body. Nobody is asked who he is. */
int health_handle(request_rec *r);

#endif
