/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/{id}: one session. */
#ifndef JOBSESSIONS_SESSION_H
#define JOBSESSIONS_SESSION_H

#include "route.h"

int session_handle(request_rec *r, const struct target *target);

#endif
