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

/* The names of a resource's parameters, in lists ended by NULL. */
struct parameter_names {
    const char *const *served;
    const char *const
        *refused;    /* a client knows them from elsewhere, and would believe they are served */
    const char *why; /* they are refused, as problem_parameter() says it */
};

/* Read a query string, NULL: there is none. A name may end in brackets, empty or with a number in them, as some
 * clients write lists. Names that nobody has are ignored, or refused with JobSessionsStrictQuery On. */
void parameters_read(struct parameters *parameters, request_rec *r, const char *query,
                     const struct parameter_names *names);

/* The value of a parameter that may stand once, NULL when it is not there. */
const char *parameters_get(const struct parameters *parameters, const char *name);

/* The same of one that is a condition: an empty value is none, and NULL. */
const char *parameters_condition(const struct parameters *parameters, const char *name);

/* All values of a parameter that may stand more than once, each also a list with commas, without blanks around
 * them; an array of const char *, empty when it is not there. */
apr_array_header_t *parameters_list(const struct parameters *parameters, const char *name);

/* A text without the blanks around it. */
const char *parameters_trimmed(apr_pool_t *pool, const char *text);

/* The one of some names, ended by NULL, that matches in any case; NULL: none does. */
const char *parameters_find(const char *const *names, const char *name);

/* A whole number from `least` on; `missing` when the parameter is not there or is wrong. */
apr_int64_t parameters_number(const struct parameters *parameters, const char *name,
                              apr_int64_t least, apr_int64_t missing);

#endif
