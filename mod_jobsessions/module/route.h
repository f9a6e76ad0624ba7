/* SPDX-License-Identifier: Apache-2.0 */
/* From a path below the mount to the resource that answers. */
#ifndef JOBSESSIONS_ROUTE_H
#define JOBSESSIONS_ROUTE_H

#include "httpd.h"

/* In translate_name: tells httpd that what we answer need not be looked for among its files. */
int route_translate(request_rec *r);

/* httpd's content handler. */
int route_handle(request_rec *r);

#endif
