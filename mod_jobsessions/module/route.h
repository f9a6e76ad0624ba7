/* SPDX-License-Identifier: Apache-2.0 */
/* From a path below the mount to the resource that answers. */
#ifndef JOBSESSIONS_ROUTE_H
#define JOBSESSIONS_ROUTE_H

#include "httpd.h"

/* httpd's content handler. */
int route_handle(request_rec *r);

#endif
