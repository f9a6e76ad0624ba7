/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/query.h"

#include "apr_strings.h"

#include "sql/times.h"

const char *query_refusal(const struct query_terms *terms)
{
    const js_query *query = terms->query;
    if (query->changes) {
        return "Changes are followed at each appliance; a fleet has no SinceUsn.";
    }
    if (query->place != JS_PLACE_NONE || query->filter.highest_id != UINT64_MAX) {
        return "Ids are in order at one appliance alone; a fleet has no MaxId, BeforeId and "
               "AfterId: "
               "use Offset.";
    }
    if (query->filter.other_types) {
        return "A fleet is not searched for the sessions whose type v8.1 does not have, which "
               "Unknown stands for: name their types.";
    }
    if (query->sort == JS_SORT_DURATION) {
        return "A fleet cannot be sorted by Duration.";
    }
    return NULL;
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Texts as PostgreSQL reads an array of them. */
static const char *array_of(apr_pool_t *pool, const char *const *texts, apr_size_t count)
{
    apr_size_t room = sizeof("{}");
    for (apr_size_t i = 0; i < count; i++) {
        room += 2 * strlen(texts[i]) + sizeof("\"\",") - 1;
    }
    char *array = apr_palloc(pool, room);
    char *at = array;
    *at++ = '{';
    for (apr_size_t i = 0; i < count; i++) {
        at = i > 0 ? apr_cpystrn(at, ",", 2) : at;
        *at++ = '"';
        for (const char *text = texts[i]; *text != '\0'; text++) {
            if (*text == '"' || *text == '\\') {
                *at++ = '\\';
            }
            *at++ = *text;
        }
        *at++ = '"';
    }
    (void)apr_cpystrn(at, "}", 2);
    return array;
}

/* What `*` stands for as LIKE has it, whose own signs are none here. */
static const char *pattern_of(apr_pool_t *pool, const char *text)
{
    char *pattern = apr_palloc(pool, 2 * strlen(text) + 1);
    char *at = pattern;
    for (; *text != '\0'; text++) {
        if (*text == '%' || *text == '_' || *text == '\\') {
            *at++ = '\\';
        }
        *at++ = (char)(*text == '*' ? '%' : *text);
    }
    *at = '\0';
    return pattern;
}

/* Its digits in lower case, without hyphens, as those of the column are made comparable. */
static const char *uuid_of(apr_pool_t *pool, const uint8_t *uuid)
{
    char *digits = apr_palloc(pool, 33);
    for (int i = 0; i < 16; i++) {
        (void)apr_snprintf(digits + 2 * i, 3, "%02x", uuid[i]);
    }
    return digits;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

#define START "rtrim(document ->> 'executionStartTime', 'Z') collate \"C\""

/* A condition on a text; what is no UTF-8 no session has, and PostgreSQL refuses it. */
static void require(struct statement *where, const char *condition, const char *text)
{
    if (js_utf8_is_valid(text, strlen(text))) {
        statement_add_value(where, condition, text);
    } else {
        statement_add(where, condition[strlen(" and ")] == '(' ? " and (false" : " and false");
    }
}

static void require_types(struct statement *where, const js_filter *filter)
{
    if (filter->type_count > 0) {
        require(where,
                " and lower(type collate \"C\") in"
                " (select lower(wanted collate \"C\") from unnest(%s::text[]) wanted)",
                array_of(where->texts->pool, filter->types, filter->type_count));
    }
}

static void require_statuses(struct statement *where, uint32_t statuses)
{
    static const char *const names[] = {"Canceled", "Canceling",        "Error",
                                        "Failed",   "NeverExecuted",    "Pending",
                                        "Running",  "RunningWithError", "RunningWithWarning",
                                        "Success",  "Unknown",          "Warning"};
    const char *wanted[sizeof(names) / sizeof(names[0])];
    apr_size_t count = 0;
    for (apr_size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((statuses & js_status_bit(names[i])) != 0) {
            wanted[count++] = names[i];
        }
    }
    if (statuses != 0) {
        statement_add_value(where,
                            (statuses & JS_STATUS_NONE_BIT) != 0
                                ? " and (status is null or status = any(%s::text[]))"
                                : " and status = any(%s::text[])",
                            array_of(where->texts->pool, wanted, count));
    }
}

/* Numbers, and UUIDs by which sessions are known that have a number of no meaning. */
static void require_ids(struct statement *where, const apr_array_header_t *ids)
{
    apr_pool_t *pool = where->texts->pool;
    apr_array_header_t *numbers = apr_array_make(pool, ids->nelts, sizeof(const char *));
    apr_array_header_t *uuids = apr_array_make(pool, ids->nelts, sizeof(const char *));
    for (int i = 0; i < ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(ids, i, const char *);
        uint64_t number;
        APR_ARRAY_PUSH(js_id_parse(id, strlen(id), &number) ? numbers : uuids, const char *) = id;
    }
    statement_add_value(
        where, " and (id = any(%s::numeric[]) and uuid is null",
        array_of(pool, (const char **)(void *)numbers->elts, (apr_size_t)numbers->nelts));
    statement_add_value(
        where, " or uuid = any(%s::uuid[]))",
        array_of(pool, (const char **)(void *)uuids->elts, (apr_size_t)uuids->nelts));
}

/* Columns have times to the microsecond, cut off; the JSON has the rest, and is looked at where that matters. */
static void require_start(struct statement *where, const js_filter *filter)
{
    apr_pool_t *pool = where->texts->pool;
    if (filter->from != JS_NO_TIME) {
        const char *time = apr_pstrcat(pool, times_cut(pool, filter->from), "Z", NULL);
        statement_add_value(where, " and began >= %s::timestamptz", time);
        statement_add_value(where, " and (began > %s::timestamptz", time);
        statement_add_value(where, " or " START " >= %s::text)", times_whole(pool, filter->from));
    }
    if (filter->to != JS_NO_TIME) {
        const char *time = apr_pstrcat(pool, times_cut(pool, filter->to), "Z", NULL);
        statement_add_value(where, " and began > '-infinity' and began <= %s::timestamptz", time);
        statement_add_value(where, " and (began < %s::timestamptz", time);
        statement_add_value(where, " or " START " <= %s::text)", times_whole(pool, filter->to));
    }
}

/* A name without a letter is null in the column, as is that of no policy. */
static void require_policy_name(struct statement *where, const char *text)
{
    const char *pattern = pattern_of(where->texts->pool, text);
    require(where, " and (policy_name like %s::text", pattern);
    statement_add(where, text[strspn(text, "*")] == '\0'
                             ? " or document #>> '{backupJobInfo,policyName}' = '')"
                             : ")");
}

/* The sessions that are wanted, from `from` on. */
static void add_wanted(struct statement *statement, const struct query_terms *terms)
{
    apr_pool_t *pool = statement->texts->pool;
    const js_filter *filter = &terms->query->filter;
    statement_add(statement, " from jobsessions.session where true");
    if (terms->appliance != NULL) {
        require(statement, " and appliance = %s::text", terms->appliance);
    }
    require_types(statement, filter);
    require_statuses(statement, filter->statuses);
    if (filter->policy != NULL) {
        statement_add_value(statement,
                            " and translate(lower(policy_id collate \"C\"), '{}-', '') = %s::text",
                            uuid_of(pool, filter->policy));
    }
    if (terms->policy_name != NULL) {
        require_policy_name(statement, terms->policy_name);
    }
    require_start(statement, filter);
    if (terms->ids != NULL) {
        require_ids(statement, terms->ids);
    }
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* Ascending and descending. What has no value comes before all others, as in the store. Sessions that are equal in that
 * are in the order of their ids, and those by appliance, so that pages do not overlap. */
static const char *const orders[][2] = {
    [JS_SORT_ID] = {"id, appliance", "id desc, appliance"},
    [JS_SORT_START_TIME] = {"began nulls first, id, appliance",
                            "began desc nulls last, id desc, appliance"},
    [JS_SORT_STOP_TIME] = {"stopped nulls first, id, appliance",
                           "stopped desc nulls last, id desc, appliance"},
    [JS_SORT_STATUS] = {"status collate \"C\" nulls first, id, appliance",
                        "status collate \"C\" desc nulls last, id desc, appliance"},
    [JS_SORT_TYPE] = {"type collate \"C\" nulls first, id, appliance",
                      "type collate \"C\" desc nulls last, id desc, appliance"},
    [JS_SORT_POLICY_NAME] = {"policy_name collate \"C\" nulls first, id, appliance",
                             "policy_name collate \"C\" desc nulls last, id desc, appliance"},
    [JS_SORT_USN] = {"usn, id, appliance", "usn desc, id desc, appliance"},
};

static const char *order_of(const struct query_terms *terms)
{
    const js_query *query = terms->query;
    switch (terms->order) {
    case QUERY_STORED:
        return "appliance_key desc, generation desc, id desc";
    case QUERY_SORTED:
        return orders[query->sort][query->ascending ? 0 : 1];
    default:
        return orders[JS_SORT_START_TIME][1];
    }
}

struct statement *query_count(apr_pool_t *pool, const struct query_terms *terms)
{
    struct statement *statement = statement_make(pool);
    statement_add(statement, "select count(*)");
    add_wanted(statement, terms);
    return statement;
}

#define COLUMNS                                                                                    \
    "select appliance, document, case when document is null then coalesce(uuid::text, id::text) "  \
    "end"

struct statement *query_page(apr_pool_t *pool, const struct query_terms *terms)
{
    const js_query *query = terms->query;
    struct statement *statement = statement_make(pool);
    statement_add(statement, COLUMNS);
    add_wanted(statement, terms);
    statement_add(statement, " order by ");
    statement_add(statement, order_of(terms));
    if (query->offset > 0) {
        statement_add_value(statement, " offset %s::bigint",
                            apr_psprintf(pool, "%" APR_UINT64_T_FMT, query->offset));
    }
    if (query->limit != JS_NO_LIMIT) {
        statement_add_value(statement, " limit %s::bigint",
                            apr_psprintf(pool, "%" APR_UINT64_T_FMT, query->limit));
    }
    return statement;
}

struct statement *query_session(apr_pool_t *pool, const char *appliance, const char *id)
{
    struct statement *statement = statement_make(pool);
    uint64_t number;
    statement_add(statement, COLUMNS " from jobsessions.session where true");
    require(statement, " and appliance = %s::text", appliance);
    statement_add_value(statement,
                        js_id_parse(id, strlen(id), &number)
                            ? " and id = %s::numeric and uuid is null"
                            : " and uuid = %s::uuid",
                        id);
    return statement;
}
