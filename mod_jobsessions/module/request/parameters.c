/* SPDX-License-Identifier: Apache-2.0 */
#include "request/parameters.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "jobsessions_read.h"
#include "request/problem.h"
#include "server/config.h"

static int is_known(const char *name, const char *const *known)
{
    for (; *known != NULL; known++) {
        if (ap_cstr_casecmp(name, *known) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Decode a name or value; NULL when it cannot be. */
static char *decode(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *decoded = apr_pstrmemdup(pool, text, length);
    return ap_unescape_urlencoded(decoded) == OK && js_utf8_is_valid(decoded, strlen(decoded))
               ? decoded
               : NULL;
}

static void read_pair(struct parameters *parameters, const char *pair, apr_size_t length,
                      const char *const *known)
{
    request_rec *r = parameters->r;
    const char *equals = memchr(pair, '=', length);
    apr_size_t name_length = equals != NULL ? (apr_size_t)(equals - pair) : length;
    const char *name = decode(r->pool, pair, name_length);
    const char *value = "";
    if (name == NULL) {
        problem_parameter(r, "query", "has a name that is not percent-encoded UTF-8");
        return;
    }
    if (!is_known(name, known)) {
        if (config_of_request(r)->strict_query == 1) {
            problem_parameter(r, name, "is not a parameter of this resource");
        }
        return;
    }
    if (equals != NULL) {
        value = decode(r->pool, equals + 1, length - name_length - 1);
    }
    if (value == NULL) {
        problem_parameter(r, name, "is not percent-encoded UTF-8 without NUL");
    } else if (strlen(value) > PARAMETER_MAX) {
        problem_parameter(r, name, apr_psprintf(r->pool, "is longer than %d bytes", PARAMETER_MAX));
    } else {
        apr_table_addn(parameters->values, name, value);
    }
}

void parameters_read(struct parameters *parameters, request_rec *r, const char *const *known)
{
    const char *at = r->args;
    parameters->r = r;
    parameters->values = apr_table_make(r->pool, 8);
    while (at != NULL && *at != '\0') {
        apr_size_t length = strcspn(at, "&");
        if (length > 0) {
            read_pair(parameters, at, length, known);
        }
        at += length + (at[length] == '&');
    }
}

/* Collects the values of one name. */
static int collect(void *array, const char *name, const char *value)
{
    (void)name;
    APR_ARRAY_PUSH((apr_array_header_t *)array, const char *) = value;
    return 1;
}

static apr_array_header_t *all(const struct parameters *parameters, const char *name)
{
    apr_array_header_t *values = apr_array_make(parameters->r->pool, 2, sizeof(const char *));
    (void)apr_table_do(collect, values, parameters->values, name, NULL);
    return values;
}

const char *parameters_get(const struct parameters *parameters, const char *name)
{
    const apr_array_header_t *values = all(parameters, name);
    if (values->nelts > 1) {
        problem_parameter(parameters->r, name, "stands more than once");
    }
    return values->nelts == 1 ? APR_ARRAY_IDX(values, 0, const char *) : NULL;
}

apr_array_header_t *parameters_list(const struct parameters *parameters, const char *name)
{
    const apr_array_header_t *given = all(parameters, name);
    apr_array_header_t *values = apr_array_make(parameters->r->pool, 4, sizeof(const char *));
    for (int i = 0; i < given->nelts; i++) {
        char *rest = apr_pstrdup(parameters->r->pool, APR_ARRAY_IDX(given, i, const char *));
        char *state;
        for (const char *value = apr_strtok(rest, ",", &state); value != NULL;
             value = apr_strtok(NULL, ",", &state)) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
    }
    if (values->nelts > PARAMETER_VALUES_MAX) {
        problem_parameter(parameters->r, name,
                          apr_psprintf(parameters->r->pool, "has %d values, at most %d are allowed",
                                       values->nelts, PARAMETER_VALUES_MAX));
        apr_array_clear(values);
    }
    return values;
}

apr_int64_t parameters_number(const struct parameters *parameters, const char *name,
                              apr_int64_t least, apr_int64_t missing)
{
    const char *text = parameters_get(parameters, name);
    char *end;
    if (text == NULL) {
        return missing;
    }
    errno = 0;
    apr_int64_t number = apr_strtoi64(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < least
        || !(apr_isdigit(*text) || *text == '-')) {
        problem_parameter(parameters->r, name,
                          apr_psprintf(parameters->r->pool,
                                       "is not a whole number of %" APR_INT64_T_FMT " or more",
                                       least));
        return missing;
    }
    return number;
}
