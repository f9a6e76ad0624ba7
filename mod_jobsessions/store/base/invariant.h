/* SPDX-License-Identifier: Apache-2.0 */
/* What must always hold, by its number in mod_jobsessions/README.md. Test builds (sanitizers, fuzzers) define
 * JSP_CHECK_INVARIANTS and stop where one does not; elsewhere a check costs nothing. */
#ifndef JS_STORE_INVARIANT_H
#define JS_STORE_INVARIANT_H

#ifdef JSP_CHECK_INVARIANTS
#include <assert.h>
#define JSP_INVARIANT(number, condition) assert((condition) && "invariant " #number)
#else
#define JSP_INVARIANT(number, condition) ((void)sizeof(condition))
#endif

#endif
