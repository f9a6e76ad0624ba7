/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the files of a database keep out, and what to do about it. */
#ifndef JS_STORE_ACCESS_H
#define JS_STORE_ACCESS_H

#include <stdbool.h>

#include "jobsessions.h"

/* Fill error for EACCES or EPERM: which file it is, whose, its mode, and the remedy. Returns JS_FORBIDDEN. */
js_result jsp_access_fail(js_error *error, int rc, const char *directory, bool may_write,
                          const char *doing);

#endif
