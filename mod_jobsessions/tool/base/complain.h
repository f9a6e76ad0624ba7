/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told: one line to standard error, "jobsessions: " before it. */
#ifndef JS_TOOL_COMPLAIN_H
#define JS_TOOL_COMPLAIN_H

__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

#endif
