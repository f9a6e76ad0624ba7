/* SPDX-License-Identifier: Apache-2.0 */
/* POST {mount}/export: all sessions in one document. */
#ifndef JOBSESSIONS_EXPORT_H
#define JOBSESSIONS_EXPORT_H

#include "httpd.h"

int export_handle(request_rec *r);

#endif
