/* SPDX-License-Identifier: Apache-2.0 */
/* js_snapshot_policies(): what became of the runs of each policy, from the table `runs`. */
#include <string.h>

#include "base/bytes.h"
#include "base/ticks.h"
#include "database/names.h"
#include "format/run.h"
#include "format/status.h"
#include "read/counted.h"

/* A run that is told of. */
struct told {
    bool is_there;
    jsp_run run;
    unsigned status;
};

struct policy {
    unsigned char key[JSP_RUN_KEY_MAX]; /* the first of its keys */
    size_t length;
    struct told last;
    struct told last_good;
    bool is_running;
    uint64_t runs; /* in the window, as all that follows */
    uint64_t errors;
    uint64_t timed; /* whose duration is known */
    uint64_t ticks; /* that these took */
};

struct policies {
    js_snapshot *snapshot;
    const js_policies_query *query;
    jsp_cursor cursor;
    MDB_val key; /* at hand */
    int rc;      /* of the last move */
    int64_t since;
    jsp_text text;
};

static void next_key(struct policies *own)
{
    own->rc = jsp_cursor_get(&own->cursor, &own->key, NULL, MDB_NEXT_NODUP);
    if (own->rc == 0 && (own->key.mv_size < 2 || own->key.mv_size > JSP_RUN_KEY_MAX)) {
        own->rc = MDB_CORRUPTED;
    }
}

/* Whether the key at hand is one more of a policy. */
static bool is_of(const struct policies *own, const struct policy *policy)
{
    return own->rc == 0
           && jsp_run_same_policy(own->key.mv_data, own->key.mv_size, policy->key, policy->length);
}

static void begin_policy(const struct policies *own, struct policy *policy)
{
    *policy = (struct policy){.length = own->key.mv_size};
    memcpy(policy->key, own->key.mv_data, own->key.mv_size);
}

/* ---- What the runs come to -------------------------------------------------------------------- */

static void keep_later(struct told *told, const jsp_run *run, unsigned status)
{
    bool is_later = !told->is_there || run->start > told->run.start
                    || (run->start == told->run.start && run->id > told->run.id);
    if (is_later) {
        *told = (struct told){true, *run, status};
    }
}

static void count_run(struct policy *policy, const jsp_run *run, unsigned status)
{
    policy->runs++;
    policy->errors += jsp_status_is_error(status);
    if (run->duration >= 0 && !jsp_status_is_running(status)
        && policy->ticks <= UINT64_MAX - (uint64_t)run->duration) {
        policy->timed++;
        policy->ticks += (uint64_t)run->duration;
    }
}

/* Those of a leaf that began in the window, from the last on; false: an earlier one was met, so that there are no more. */
static bool count_leaf(const struct policies *own, struct policy *policy, const MDB_val *leaf,
                       unsigned status)
{
    jsp_run run;
    const unsigned char *bytes = leaf->mv_data;
    for (size_t at = leaf->mv_size; at >= JSP_RUN_BYTES; at -= JSP_RUN_BYTES) {
        jsp_run_unpack(bytes + at - JSP_RUN_BYTES, &run);
        if (run.start < own->since) {
            return false;
        }
        count_run(policy, &run, status);
    }
    return true;
}

/* The runs of the key at hand, of one status. */
static int add_runs(struct policies *own, struct policy *policy)
{
    unsigned status = ((unsigned char *)own->key.mv_data)[own->key.mv_size - 1];
    MDB_val key;
    MDB_val value;
    jsp_run run;
    int rc = jsp_cursor_get(&own->cursor, &key, &value, MDB_LAST_DUP);
    if (rc != 0 || value.mv_size != JSP_RUN_BYTES) {
        return MDB_CORRUPTED;
    }
    jsp_run_unpack(value.mv_data, &run);
    if (run.start < JSP_TICKS_NONE) {
        return MDB_CORRUPTED;
    }
    keep_later(&policy->last, &run, status);
    if (jsp_status_is_good(status)) {
        keep_later(&policy->last_good, &run, status);
    }
    policy->is_running |= jsp_status_is_running(status);
    rc = jsp_cursor_get(&own->cursor, &key, &value, MDB_GET_MULTIPLE);
    while (rc == 0 && count_leaf(own, policy, &value, status)) {
        rc = jsp_cursor_get(&own->cursor, &key, &value, MDB_PREV_MULTIPLE);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static void read_policy(struct policies *own, struct policy *policy)
{
    begin_policy(own, policy);
    while (is_of(own, policy)) {
        int rc = add_runs(own, policy);
        next_key(own);
        own->rc = rc != 0 ? rc : own->rc;
    }
}

static void pass_policy(struct policies *own)
{
    struct policy policy;
    begin_policy(own, &policy);
    while (is_of(own, &policy)) {
        next_key(own);
    }
}

/* ---- Text ------------------------------------------------------------------------------------- */

static void put(struct policies *own, const char *words)
{
    jsp_counted_put(&own->text, words);
}

static void put_date(struct policies *own, int64_t ticks)
{
    char text[JSP_TICKS_TEXT];
    put(own, "\"");
    jsp_text_bytes(&own->text, text, jsp_date_format(ticks, text));
    put(own, "\"");
}

/* A member of its last run, as that has it. */
static bool put_member(struct policies *own, jsp_slice job, const char *name)
{
    jsp_slice value;
    if (!jsp_json_member(job, name, &value)) {
        return false;
    }
    put(own, "\"");
    put(own, name);
    put(own, "\":");
    jsp_text_bytes(&own->text, value.text, value.length);
    put(own, ",");
    return true;
}

/* The text in a key has no checksum: what is put into JSON as it is must not lead out of it. */
static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == '"' || text[i] == '\\') {
            return false;
        }
    }
    return js_utf8_is_valid(text, length);
}

/* What it is known by, where its last run is damaged; of a long name its beginning is no name. */
static void put_key(struct policies *own, const struct policy *policy)
{
    size_t length = policy->length - 2;
    if (length < JSP_RUN_TEXT_MAX && is_plain((const char *)policy->key + 1, length)) {
        put(own, policy->key[0] == JSP_RUN_POLICY_ID ? "\"policyId\":\"" : "\"policyName\":\"");
        jsp_text_bytes(&own->text, (const char *)policy->key + 1, length);
        put(own, "\",");
    }
}

static void put_names(struct policies *own, const struct policy *policy)
{
    js_session session;
    jsp_slice job;
    bool is_named = false;
    if (js_snapshot_get(own->snapshot, policy->last.run.id, &session) == JS_OK
        && jsp_json_member((jsp_slice){session.json, session.length}, "backupJobInfo", &job)) {
        is_named = put_member(own, job, "policyId");
        is_named |= put_member(own, job, "policyName");
    }
    if (!is_named) {
        put_key(own, policy);
    }
}

static void put_run(struct policies *own, const char *name, const struct told *told)
{
    char id[JSP_UUID_TEXT];
    unsigned length = jsp_names_text(own->snapshot, told->run.id, id);
    unsigned status =
        own->query->shape == JS_SHAPE_V8_1 ? jsp_status_of_v8_1(told->status) : told->status;
    put(own, ",\"");
    put(own, name);
    put(own, "\":{\"id\":\"");
    jsp_text_bytes(&own->text, id, length);
    if (told->run.start != JSP_TICKS_NONE) {
        put(own, "\",\"executionStartTime\":");
        put_date(own, told->run.start);
    } else {
        put(own, "\"");
    }
    if (status != JSP_STATUS_NONE) {
        put(own, ",\"status\":\"");
        put(own, jsp_status_name(status));
        put(own, "\"");
    }
    put(own, ",\"_links\":{\"self\":{\"href\":\"");
    put(own, own->query->links->collection);
    put(own, "/");
    jsp_text_bytes(&own->text, id, length);
    put(own, "\"}}}");
}

static void put_number(struct policies *own, const char *member, uint64_t number)
{
    put(own, member);
    jsp_counted_number(&own->text, number);
}

/* A clock that is ahead has made a run that lies ahead: it has no age yet. */
static void put_age(struct policies *own, const jsp_run *run)
{
    int64_t age = (own->query->now - run->start) / JSP_TICKS_SECOND;
    if (run->start != JSP_TICKS_NONE) {
        put_number(own, ",\"lastGoodRunAgeSeconds\":", age > 0 ? (uint64_t)age : 0);
    }
}

static void put_policy(struct policies *own, const struct policy *policy, bool is_first)
{
    put(own, is_first ? "{" : ",{");
    put_names(own, policy);
    put(own, policy->is_running ? "\"isRunning\":true" : "\"isRunning\":false");
    put_number(own, ",\"runsCount\":", policy->runs);
    put_number(own, ",\"errorsCount\":", policy->errors);
    if (policy->timed > 0) {
        char text[JSP_TICKS_TEXT];
        put(own, ",\"meanDuration\":\"");
        jsp_text_bytes(&own->text, text,
                       jsp_span_format((int64_t)(policy->ticks / policy->timed), text));
        put(own, "\"");
    }
    put_run(own, "lastRun", &policy->last);
    if (policy->last_good.is_there) {
        put_run(own, "lastGoodRun", &policy->last_good);
        put_age(own, &policy->last_good.run);
    }
    put(own, "}");
}

/* ---- All of them ------------------------------------------------------------------------------ */

static int count_policies(const js_snapshot *snapshot, uint64_t *count)
{
    MDB_val key = {sizeof(JSP_KEY_POLICIES) - 1, JSP_KEY_POLICIES};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    *count = rc == 0 && value.mv_size == sizeof(*count) ? jsp_get_le64(value.mv_data) : 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static js_result make(struct policies *own, js_policies_totals *totals, js_error *error)
{
    struct policy policy;
    int rc = count_policies(own->snapshot, &totals->total);
    rc = rc != 0 ? rc : jsp_snapshot_cursor(own->snapshot, JSP_TABLE_RUNS, &own->cursor);
    own->rc = rc;
    if (rc == 0) {
        next_key(own);
    }
    for (uint64_t passed = 0; own->rc == 0 && passed < own->query->offset; passed++) {
        pass_policy(own);
    }
    while (own->rc == 0 && totals->count < own->query->limit) {
        read_policy(own, &policy);
        if (own->rc == 0 || own->rc == MDB_NOTFOUND) {
            put_policy(own, &policy, totals->count == 0);
            totals->count++;
        }
    }
    return own->rc == 0 || own->rc == MDB_NOTFOUND
               ? JS_OK
               : jsp_counted_damaged(own->snapshot, error, jsp_table_name(JSP_TABLE_RUNS));
}

js_result js_snapshot_policies(js_snapshot *snapshot, const js_policies_query *query,
                               js_text_taker *take, void *baton, js_policies_totals *totals,
                               js_error *error)
{
    struct policies own = {.snapshot = snapshot,
                           .query = query,
                           .since = query->now - (int64_t)query->days * JSP_TICKS_DAY};
    *totals = (js_policies_totals){0};
    js_result result = jsp_counted_check(snapshot, error);
    result = result == JS_OK ? make(&own, totals, error) : result;
    return jsp_counted_hand(&own.text, result, take, baton, error);
}
