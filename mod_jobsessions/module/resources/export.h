/* SPDX-License-Identifier: Apache-2.0 */
/* POST {mount}/export: all sessions, or those the request's options name, in one document. */
#ifndef JOBSESSIONS_EXPORT_H
#define JOBSESSIONS_EXPORT_H

#include "route.h"

int export_handle(request_rec *r, const struct target *target);

#endif
