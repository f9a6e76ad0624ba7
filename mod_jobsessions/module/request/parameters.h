/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of a request's query string. Names match in any case, as the vendor's server does it.
 * What is wrong is noted with problem_parameter(), and the caller asks problem_any() at the end, so
 * that a client is told of all its mistakes at once. */
#ifndef JOBSESSIONS_PARAMETERS_H
#define JOBSESSIONS_PARAMETERS_H

#include "httpd.h"

#include "apr_tables.h"

/* Bytes a single value may have, decoded. */
#define PARAMETER_MAX 1024
/* Values a list may have. */
#define PARAMETER_VALUES_MAX 64

struct parameters {
    request_rec *r;
    apr_table_t *values; /* decoded, by name, in their order */
};

/* Read the query string; `known` lists the names the resource has, ended by NULL. Others are ignored,
 * or refused with JobSessionsStrictQuery On. */
void parameters_read(struct parameters *parameters, request_rec *r, const char *const *known);

/* The value of a parameter that may stand once, NULL when it is not there. */
const char *parameters_get(const struct parameters *parameters, const char *name);

/* All values of a parameter that may stand more than once, each also a list with commas; an array of
 * const char *, empty when it is not there. */
apr_array_header_t *parameters_list(const struct parameters *parameters, const char *name);

/* A whole number from `least` on; `missing` when the parameter is not there or is wrong. */
apr_int64_t parameters_number(const struct parameters *parameters, const char *name,
                              apr_int64_t least, apr_int64_t missing);

#endif
