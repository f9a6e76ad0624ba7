/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}: a page of sessions. */
#ifndef JOBSESSIONS_COLLECTION_H
#define JOBSESSIONS_COLLECTION_H

#include "route.h"

int collection_handle(request_rec *r, const struct target *target);

#endif
