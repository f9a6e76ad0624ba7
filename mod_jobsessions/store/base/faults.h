/* SPDX-License-Identifier: Apache-2.0 */
/* What js_verify() finds wrong: told to its caller a line at a time, and counted. Its threads share one. */
#ifndef JS_STORE_FAULTS_H
#define JS_STORE_FAULTS_H

#include <pthread.h>

#include "jobsessions_read.h"

typedef struct jsp_faults {
    js_fault_report *report;
    void *baton;
    pthread_mutex_t lock; /* held while a line is told */
    uint64_t count;
} jsp_faults;

__attribute__((format(printf, 2, 3))) void jsp_fault(jsp_faults *faults, const char *format, ...);

#endif
