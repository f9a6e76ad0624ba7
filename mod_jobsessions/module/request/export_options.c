/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where a request is parsed with jansson. */
#include "request/export_options.h"

#include "apr_strings.h"

#include "request/numbers.h"
#include "request/parameters.h"
#include "request/pool_json.h"
#include "request/problem.h"
#include "request/request_body.h"
#include "request/session_filter.h"
#include "request/type_groups.h"
#include "server/config.h"

/* A string, or NULL with the mistake noted. */
static const char *text(request_rec *r, const char *name, const json_t *value)
{
    if (!json_is_string(value)) {
        problem_parameter(r, name, "is not a string");
        return NULL;
    }
    return json_string_value(value);
}

/* An array of strings, without blanks around them; a single one will do. */
static apr_array_header_t *texts(request_rec *r, const char *name, const json_t *value)
{
    apr_array_header_t *strings = apr_array_make(r->pool, 8, sizeof(const char *));
    apr_size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (apr_size_t i = 0; i < count; i++) {
        const char *string = text(r, name, json_is_array(value) ? json_array_get(value, i) : value);
        APR_ARRAY_PUSH(strings, const char *) =
            string != NULL ? parameters_trimmed(r->pool, string) : NULL;
    }
    return strings;
}

static void read_ids(request_rec *r, struct export_options *wanted, const char *name,
                     const json_t *value)
{
    apr_array_header_t *ids = texts(r, name, value);
    session_filter_ids(r, name, ids);
    wanted->ids = ids;
}

static void read_statuses(request_rec *r, struct export_options *wanted, const char *name,
                          const json_t *value)
{
    session_filter_statuses(r, &wanted->filter, name, texts(r, name, value));
}

static void read_types(request_rec *r, struct export_options *wanted, const char *name,
                       const json_t *value)
{
    session_filter_types(r, &wanted->filter, type_groups_expand(texts(r, name, value)));
}

static void read_policy(request_rec *r, struct export_options *wanted, const char *name,
                        const json_t *value)
{
    session_filter_policy(r, &wanted->filter, name, text(r, name, value));
}

static void read_name(request_rec *r, struct export_options *wanted, const char *name,
                      const json_t *value)
{
    wanted->policy_name = text(r, name, value);
    session_filter_policy_name(r, &wanted->filter, wanted->policy_name);
}

static void read_from(request_rec *r, struct export_options *wanted, const char *name,
                      const json_t *value)
{
    session_filter_time(r, &wanted->filter.from, name, text(r, name, value));
}

static void read_to(request_rec *r, struct export_options *wanted, const char *name,
                    const json_t *value)
{
    session_filter_time(r, &wanted->filter.to, name, text(r, name, value));
}

static void read_workloads(request_rec *r, struct export_options *wanted, const char *name,
                           const json_t *value)
{
    session_filter_types(r, &wanted->filter, type_groups_workloads(r, name, texts(r, name, value)));
}

static void read_appliance(request_rec *r, struct export_options *wanted, const char *name,
                           const json_t *value)
{
    wanted->appliance = session_filter_appliance(r, name, text(r, name, value));
}

/* Of two names which stand for one condition that is not the filter's; find_resource() takes it. */
static void note_resource(request_rec *r, struct export_options *wanted, const char *name,
                          const json_t *value)
{
    (void)wanted;
    (void)text(r, name, value);
}

static const struct option {
    const char *name;
    void (*read)(request_rec *r, struct export_options *wanted, const char *name,
                 const json_t *value);
} options[] = {
    {"jobSessionIds", read_ids},
    {"status", read_statuses},
    {"sessionTypes", read_types},
    {"policyId", read_policy},
    {"filter", read_name},
    {"fromUtc", read_from},
    {"toUtc", read_to},
    {"workloadTypes", read_workloads},
    {"resourceId", note_resource},
    {"vmId", note_resource},
    {"appliance", read_appliance},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* Names of conditions and pages that do not stand in the query string of an export, nor in a form. */
static const char *const refused[] = {
    "jobSessionIds", "sessionTypes", "workloadTypes",   "Offset",      "Limit",     "Status",
    "Types",         "PolicyId",     "FromUtc",         "ToUtc",       "Filter",    "Display",
    "Sort",          "SinceUsn",     "MaxId",           "ResourceId",  "BeforeId",  "AfterId",
    "Database",      "VmId",         NUMBERS_DURATIONS, NUMBERS_TIMES, "Appliance", NULL};
static const char *const served[] = {NUMBERS_DURATIONS, NUMBERS_TIMES, NULL};
static const char *const of_forms[] = {NULL};

const struct parameter_names export_options_parameters = {
    served, refused, "is not taken here: an export is whole, or has its options in a JSON body"};
static const struct parameter_names form_parameters = {
    of_forms, refused,
    "is not taken in a form: options stand in a JSON body, Durations and Times in the query "
    "string"};

/* As null, an empty text or list is no condition. */
static int is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0);
}

/* Read a member; `met` has a bit for each option that was met in whatever case. */
static void read_member(request_rec *r, struct export_options *wanted, unsigned *met,
                        const char *name, const json_t *value)
{
    unsigned i = 0;
    while (i < OPTIONS && ap_cstr_casecmp(options[i].name, name) != 0) {
        i++;
    }
    if (i == OPTIONS) {
        if (config_of_request(r)->strict_query == 1) {
            problem_parameter(r, name, "is not an option of the export");
        } else if (parameters_find(refused, name) != NULL && !is_empty(value)) {
            problem_parameter(r, name,
                              "is a parameter of the list, and not an option of the export");
        }
        return;
    }
    if ((*met >> i & 1) != 0) {
        problem_parameter(r, options[i].name, "stands more than once");
    } else if (!is_empty(value)) {
        options[i].read(r, wanted, options[i].name, value);
    }
    *met |= 1u << i;
}

static int has_type(request_rec *r, const char *type)
{
    const char *given = apr_table_get(r->headers_in, "Content-Type");
    return given != NULL && ap_cstr_casecmpn(given, type, strlen(type)) == 0;
}

/* Options are JSON by their type, or by their look where the type says nothing of it. */
static int are_options(request_rec *r, const char *body)
{
    body += strspn(body, " \t\r\n");
    return *body == '{' || *body == '[' || (*body != '\0' && has_type(r, "application/json"));
}

/* What is no JSON is version 1's, and says nothing; but a form may have been meant to. */
static int ignore(request_rec *r, const char *body)
{
    struct parameters form;
    if (has_type(r, "application/x-www-form-urlencoded")) {
        parameters_read(&form, r, body, &form_parameters);
    }
    return problem_any(r);
}

static json_t *parse(request_rec *r, const char *body, apr_size_t length, int *status)
{
    json_error_t cause;
    json_t *members =
        pool_json_bind(r->pool, json_loadb(body, length, JSON_REJECT_DUPLICATES, &cause));
    *status = OK;
    if (!json_is_object(members)) {
        *status = problem_set(r, HTTP_BAD_REQUEST,
                              apr_psprintf(r->pool, "The options are not a JSON object%s%s.",
                                           members == NULL ? ": " : "",
                                           members == NULL ? cause.text : ""));
    }
    return members;
}

/* What a member says, in whatever case its name is; NULL: nothing. */
static const char *find_text(json_t *members, const char *wanted)
{
    const char *name;
    json_t *value;
    json_object_foreach(members, name, value)
    {
        if (ap_cstr_casecmp(name, wanted) == 0 && !is_empty(value)) {
            return json_string_value(value);
        }
    }
    return NULL;
}

static const char *find_resource(request_rec *r, json_t *members)
{
    return session_filter_resource(r, "resourceId", find_text(members, "resourceId"), "vmId",
                                   find_text(members, "vmId"));
}

int export_options_read(request_rec *r, struct export_options *wanted, const char **given)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, which RFC 8259 lets us ignore */
    const char *body;
    apr_size_t length;
    const char *name;
    json_t *value;
    unsigned met = 0;
    int status = request_body_read(r, &body, &length);
    *given = NULL;
    if (status != OK || length == 0) {
        return status;
    }
    if (apr_table_get(r->headers_in, "Content-Encoding") != NULL) {
        return problem_set(r, HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "Options are read as plain JSON, without a content encoding.");
    }
    if (strncmp(body, mark, sizeof(mark) - 1) == 0) {
        body += sizeof(mark) - 1;
        length -= sizeof(mark) - 1;
    }
    if (!are_options(r, body)) {
        return ignore(r, body);
    }
    json_t *members = parse(r, body, length, &status);
    if (status != OK) {
        return status;
    }
    json_object_foreach(members, name, value)
    {
        read_member(r, wanted, &met, name, value);
    }
    wanted->resource = find_resource(r, members);
    *given = body;
    return problem_any(r);
}
