/* SPDX-License-Identifier: Apache-2.0 */
/* Where the API can be mounted: the path of a <Location> that some request can have. */
#ifndef JOBSESSIONS_MOUNT_H
#define JOBSESSIONS_MOUNT_H

#include "httpd.h"

#include "http_config.h"

#include "jobsessions_read.h"

/* What is wrong with the place of a SetHandler jobsessions and what to write, or NULL. */
const char *mount_fault(const cmd_parms *cmd);

/* Whether a handler is that of the API, one of those beside it, or neither but can only be meant so. */
int mount_is_handler(const char *name);
int mount_is_beside(const char *name);
int mount_is_misspelt_handler(const char *name);

/* The shape of the version that a mount's path names, as in /api/v8.1/jobSessions: v8.1's from v8 on, else v1's. */
js_shape mount_shape(const char *path);

#endif
