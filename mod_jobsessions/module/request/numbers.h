/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters Durations and Times: whether a document of sessions tells them as numbers. */
#ifndef JOBSESSIONS_NUMBERS_H
#define JOBSESSIONS_NUMBERS_H

#include "request/parameters.h"

/* The names, for lists of a resource's parameters, and the one word that each knows. */
#define NUMBERS_DURATIONS "Durations"
#define NUMBERS_SECONDS "Seconds"
#define NUMBERS_TIMES "Times"
#define NUMBERS_MILLISECONDS "UnixMilliseconds"

/* What they ask for, as js_document_tell_numbers() has it; an empty value asks for nothing. */
unsigned numbers_read(const struct parameters *parameters);

#endif
