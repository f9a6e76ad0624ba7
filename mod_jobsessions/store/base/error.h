/* SPDX-License-Identifier: Apache-2.0 */
/* How the store says what went wrong: the caller's js_error is filled once, where it happened. */
#ifndef JS_STORE_ERROR_H
#define JS_STORE_ERROR_H

#include "jobsessions.h"

/* Fill error (which may be NULL) with a printf-style message; returns status. */
__attribute__((format(printf, 3, 4))) js_result jsp_fail(js_error *error, js_result result,
                                                         const char *format, ...);

/* The same for a refused member, whose dotted path goes before the message. */
__attribute__((format(printf, 3, 4))) js_result jsp_refuse(js_error *error, const char *member,
                                                           const char *format, ...);

#endif
