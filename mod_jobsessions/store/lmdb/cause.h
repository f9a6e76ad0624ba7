/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where LMDB's codes and errno become the store's, each with its remedy. */
#ifndef JS_STORE_CAUSE_H
#define JS_STORE_CAUSE_H

#include "jobsessions.h"

/* Fill error (which may be NULL) for a code other than 0; returns its result. `doing` is the act:
 * "commit". */
js_result jsp_cause_fail(js_error *error, int rc, const char *directory, const char *doing);

#endif
