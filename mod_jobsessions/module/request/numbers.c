/* SPDX-License-Identifier: Apache-2.0 */
#include "request/numbers.h"

#include "apr_strings.h"

#include "jobsessions_read.h"
#include "request/problem.h"

static unsigned read_one(const struct parameters *parameters, const char *name, const char *word,
                         js_numbers numbers)
{
    const char *value = parameters_condition(parameters, name);
    if (value == NULL) {
        return 0;
    }
    if (ap_cstr_casecmp(value, word) != 0) {
        problem_parameter(parameters->r, name,
                          apr_pstrcat(parameters->r->pool, "is not ", word, NULL));
    }
    return numbers;
}

unsigned numbers_read(const struct parameters *parameters)
{
    return read_one(parameters, NUMBERS_DURATIONS, NUMBERS_SECONDS, JS_DURATIONS_SECONDS)
           | read_one(parameters, NUMBERS_TIMES, NUMBERS_MILLISECONDS, JS_TIMES_MILLISECONDS);
}
