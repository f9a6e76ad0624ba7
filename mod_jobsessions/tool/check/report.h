/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` has found: a line to standard output for each thing it looked at, and how many are at fault. */
#ifndef JS_TOOL_REPORT_H
#define JS_TOOL_REPORT_H

struct report {
    unsigned faults;
};

/* What is wrong, and what to do about it. */
__attribute__((format(printf, 2, 3))) void report_fault(struct report *report, const char *format,
                                                        ...);

/* What is right, or need not be. */
__attribute__((format(printf, 1, 2))) void report_note(const char *format, ...);

#endif
