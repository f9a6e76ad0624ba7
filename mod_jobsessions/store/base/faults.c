/* SPDX-License-Identifier: Apache-2.0 */
#include "base/faults.h"

#include <stdarg.h>
#include <stdio.h>

void jsp_fault(jsp_faults *faults, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)pthread_mutex_lock(&faults->lock);
    faults->count++;
    faults->report(faults->baton, text);
    (void)pthread_mutex_unlock(&faults->lock);
}
