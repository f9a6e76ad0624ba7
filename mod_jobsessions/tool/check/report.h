/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` has found: a line to standard output for each thing it looked at, and how many are at fault. */
#ifndef JS_TOOL_REPORT_H
#define JS_TOOL_REPORT_H

struct report {
    unsigned faults;
};

/* From now on each line is an object: {"found":"fault" or "fine","text"}, at the end {"directory","faults"}. */
void report_as_json(void);

/* What is wrong, and what to do about it. */
__attribute__((format(printf, 2, 3))) void report_fault(struct report *report, const char *format,
                                                        ...);

/* What is right, or need not be. */
__attribute__((format(printf, 1, 2))) void report_note(const char *format, ...);

/* How many faults there are, at the end. */
void report_sum(const struct report *report, const char *directory);

#endif
