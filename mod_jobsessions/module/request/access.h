/* SPDX-License-Identifier: Apache-2.0 */
/* Closed by default: whoever forgets the Auth... lines publishes nothing. */
#ifndef JOBSESSIONS_ACCESS_H
#define JOBSESSIONS_ACCESS_H

#include "httpd.h"

/* OK when an authentication module has named the user, the location allows requests without one, or the
 * request is OPTIONS, which shows no session and which a browser sends without a token before others (CORS);
 * else 403, and a line in the error log that says what to configure. Which module it was does not
 * matter, and what the user may do was httpd's authorization to say, before the handler. */
int access_check(request_rec *r);

#endif
