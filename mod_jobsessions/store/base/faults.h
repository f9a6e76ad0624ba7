/* SPDX-License-Identifier: Apache-2.0 */
/* What js_verify() finds wrong: told to its caller a line at a time, and counted. */
#ifndef JS_STORE_FAULTS_H
#define JS_STORE_FAULTS_H

#include "jobsessions_read.h"

typedef struct jsp_faults {
    js_fault_report *report;
    void *baton;
    uint64_t count;
} jsp_faults;

__attribute__((format(printf, 2, 3))) void jsp_fault(jsp_faults *faults, const char *format, ...);

#endif
