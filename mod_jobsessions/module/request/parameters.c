/* SPDX-License-Identifier: Apache-2.0 */
#include "request/parameters.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "jobsessions_read.h"
#include "request/problem.h"
#include "server/config.h"

const char *parameters_find(const char *const *names, const char *name)
{
    while (*names != NULL && ap_cstr_casecmp(name, *names) != 0) {
        names++;
    }
    return *names;
}

/* Decode a name or value; NULL when it cannot be. */
static char *decode(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *decoded = apr_pstrmemdup(pool, text, length);
    return ap_unescape_urlencoded(decoded) == OK && js_utf8_is_valid(decoded, strlen(decoded))
               ? decoded
               : NULL;
}

/* Note what is wrong with a name, or nothing. */
static void refuse(const struct parameters *parameters, const char *name, const char *value,
                   const struct parameter_names *names)
{
    const char *refused = parameters_find(names->refused, name);
    if (refused != NULL && *value != '\0') {
        problem_parameter(parameters->r, refused, names->why);
    } else if (config_of_request(parameters->r)->strict_query == 1) {
        problem_parameter(parameters->r, name, "is not a parameter of this resource");
    }
}

/* Whether a text is "[]" or "[7]". */
static int is_element(const char *brackets)
{
    apr_size_t digits = strspn(brackets + 1, "0123456789");
    return strcmp(brackets + 1 + digits, "]") == 0;
}

static void add(struct parameters *parameters, const char *name, const char *value)
{
    request_rec *r = parameters->r;
    if (value == NULL) {
        problem_parameter(r, name, "is not percent-encoded UTF-8 without NUL");
    } else if (strlen(value) > PARAMETER_MAX) {
        problem_parameter(r, name, apr_psprintf(r->pool, "is longer than %d bytes", PARAMETER_MAX));
    } else {
        apr_table_addn(parameters->values, name, value);
    }
}

static void read_pair(struct parameters *parameters, const char *pair, apr_size_t length,
                      const struct parameter_names *names)
{
    request_rec *r = parameters->r;
    const char *equals = memchr(pair, '=', length);
    apr_size_t name_length = equals != NULL ? (apr_size_t)(equals - pair) : length;
    const char *given = decode(r->pool, pair, name_length);
    if (given == NULL) {
        problem_parameter(r, "query", "has a name that is not percent-encoded UTF-8");
        return;
    }
    const char *brackets = strchr(given, '[');
    const char *name =
        brackets != NULL ? apr_pstrmemdup(r->pool, given, (apr_size_t)(brackets - given)) : given;
    const char *served = parameters_find(names->served, name);
    const char *value = equals != NULL ? decode(r->pool, equals + 1, length - name_length - 1) : "";
    if (served == NULL) {
        refuse(parameters, name, value != NULL ? value : "", names);
    } else if (brackets != NULL && !is_element(brackets)) {
        problem_parameter(r, served, "has brackets with something else than a number in them");
    } else {
        add(parameters, served, value);
    }
}

void parameters_read(struct parameters *parameters, request_rec *r, const char *query,
                     const struct parameter_names *names)
{
    parameters->r = r;
    parameters->values = apr_table_make(r->pool, 8);
    while (query != NULL && *query != '\0') {
        apr_size_t length = strcspn(query, "&");
        if (length > 0) {
            read_pair(parameters, query, length, names);
        }
        query += length + (query[length] == '&');
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

const char *parameters_condition(const struct parameters *parameters, const char *name)
{
    const char *value = parameters_get(parameters, name);
    return value != NULL && *value != '\0' ? value : NULL;
}

const char *parameters_trimmed(apr_pool_t *pool, const char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    apr_size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL) {
        length--;
    }
    return apr_pstrmemdup(pool, text, length);
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
            const char *trimmed = parameters_trimmed(parameters->r->pool, value);
            if (*trimmed != '\0') {
                APR_ARRAY_PUSH(values, const char *) = trimmed;
            }
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
