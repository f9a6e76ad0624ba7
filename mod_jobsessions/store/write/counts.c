/* SPDX-License-Identifier: Apache-2.0 */
#include "write/counts.h"

#include <string.h>

#include "base/ticks.h"
#include "format/day.h"
#include "format/status.h"
#include "lmdb/cursor.h"

void jsp_counts_of(jsp_count *count, const jsp_facts *facts, jsp_slice json)
{
    count->id = facts->id;
    count->start = facts->start;
    count->duration = facts->duration;
    count->status = facts->status;
    count->type = facts->type;
    count->is_damaged = false;
    jsp_run_key_make(&count->policy, json, facts->status);
}

static void count_of_entry(jsp_count *count, const jsp_entry *entry)
{
    count->id = entry->id;
    count->start = entry->start;
    count->duration = JSP_TICKS_NONE;
    count->status = entry->status;
    count->type = entry->type;
    count->is_damaged = true;
    count->policy.length = 0;
}

static bool keeps_counts(const js_transaction *transaction)
{
    return (transaction->database->writers & JSP_WRITERS_COUNT) != 0;
}

int jsp_counts_of_stored(js_transaction *transaction, const jsp_entry *entry, jsp_count *count)
{
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    MDB_val record;
    jsp_facts facts;
    count_of_entry(count, entry);
    if (!keeps_counts(transaction)) {
        return 0;
    }
    jsp_put_be64(id, entry->id);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_SESSIONS, &key, &record);
    if (rc != 0 || jsp_record_damage(entry->id, record.mv_data, record.mv_size) != NULL) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    jsp_record_facts(record.mv_data, &facts);
    jsp_counts_of(count, &facts,
                  (jsp_slice){(const char *)record.mv_data + JSP_RECORD_HEADER,
                              record.mv_size - JSP_RECORD_HEADER});
    return 0;
}

/* ---- Days ------------------------------------------------------------------------------------- */

static int change_day(js_transaction *transaction, uint64_t day, const jsp_count *count, int by)
{
    jsp_day row = {day, count->status, count->type};
    return jsp_pending_days_add(&transaction->days, &transaction->checked, &row, by);
}

/* Of its day, and of all. */
static int change_days(js_transaction *transaction, const jsp_count *count, int by)
{
    int rc = change_day(transaction, jsp_day_of(count->start), count, by);
    return rc != 0 ? rc : change_day(transaction, JSP_DAY_ALL, count, by);
}

/* ---- Runs ------------------------------------------------------------------------------------- */

static int has_runs_of(js_transaction *transaction, jsp_run_key *policy, unsigned status)
{
    MDB_val key = {policy->length, policy->bytes};
    MDB_val value;
    policy->bytes[policy->length - 1] = (unsigned char)status;
    return jsp_checked_get(&transaction->checked, JSP_TABLE_RUNS, &key, &value);
}

/* Whether a policy has runs, as the transaction has left them: most have one of the status at hand, or one that ended
 * well, whose code is among the last. LMDB is asked for keys that are there or not, as the pages of what stands behind
 * one would have to be checked before. */
static int has_runs(js_transaction *transaction, const jsp_run_key *policy, bool *has)
{
    jsp_run_key other = *policy;
    int rc = has_runs_of(transaction, &other, policy->bytes[policy->length - 1]);
    for (unsigned status = JSP_STATUS_COUNT; status > 0 && rc == MDB_NOTFOUND; status--) {
        rc = has_runs_of(transaction, &other, status - 1);
    }
    *has = rc == 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* How many policies there are stands in `meta`. */
static int change_policies(js_transaction *transaction, int by)
{
    unsigned char number[8];
    MDB_val key = {sizeof(JSP_KEY_POLICIES) - 1, JSP_KEY_POLICIES};
    MDB_val value;
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_META, &key, &value);
    uint64_t sum = rc == 0 && value.mv_size == sizeof(number) ? jsp_get_le64(value.mv_data) : 0;
    if ((rc != 0 && rc != MDB_NOTFOUND) || (by < 0 && sum == 0)) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    jsp_put_le64(number, by < 0 ? sum - 1 : sum + 1);
    value = (MDB_val){sizeof(number), number};
    return jsp_checked_put(&transaction->checked, JSP_TABLE_META, &key, &value, 0);
}

static void pack_run(unsigned char bytes[JSP_RUN_BYTES], const jsp_count *count)
{
    jsp_run_pack(bytes, &(jsp_run){count->start, count->id, count->duration});
}

static int put_run(js_transaction *transaction, const jsp_count *count)
{
    unsigned char bytes[JSP_RUN_BYTES];
    MDB_val key = {count->policy.length, (void *)count->policy.bytes};
    MDB_val value = {sizeof(bytes), bytes};
    pack_run(bytes, count);
    return jsp_checked_put(&transaction->checked, JSP_TABLE_RUNS, &key, &value, 0);
}

static int add_run(js_transaction *transaction, const jsp_count *count)
{
    bool had = true;
    if (count->policy.length == 0) {
        return 0;
    }
    int rc = has_runs(transaction, &count->policy, &had);
    rc = rc != 0 ? rc : put_run(transaction, count);
    return rc != 0 || had ? rc : change_policies(transaction, 1);
}

static int take_run(js_transaction *transaction, const jsp_run_key *policy,
                    unsigned char bytes[JSP_RUN_BYTES])
{
    MDB_val key = {policy->length, (void *)policy->bytes};
    MDB_val value = {JSP_RUN_BYTES, bytes};
    return jsp_checked_remove(&transaction->checked, JSP_TABLE_RUNS, &key, &value);
}

static int drop_run(js_transaction *transaction, const jsp_run_key *policy,
                    unsigned char bytes[JSP_RUN_BYTES])
{
    bool has = true;
    int rc = take_run(transaction, policy, bytes);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = has_runs(transaction, policy, &has);
    return rc != 0 || has ? rc : change_policies(transaction, -1);
}

/* The run of a session among those of a key, whose duration is not known. */
static int find_run(jsp_cursor *cursor, MDB_val *key, const jsp_count *count,
                    unsigned char found[JSP_RUN_BYTES])
{
    unsigned char bytes[JSP_RUN_BYTES];
    MDB_val value = {sizeof(bytes), bytes};
    pack_run(bytes, count);
    memset(bytes + JSP_RUN_PLACE, 0, sizeof(bytes) - JSP_RUN_PLACE);
    int rc = jsp_cursor_get(cursor, key, &value, MDB_GET_BOTH_RANGE);
    if (rc == 0
        && (value.mv_size != JSP_RUN_BYTES || memcmp(value.mv_data, bytes, JSP_RUN_PLACE) != 0)) {
        rc = MDB_NOTFOUND;
    }
    if (rc == 0) {
        memcpy(found, value.mv_data, JSP_RUN_BYTES);
    }
    return rc;
}

/* In the table as the last commit has left it: what is damaged is older. */
static int find_run_anywhere(js_transaction *transaction, const jsp_count *count,
                             jsp_run_key *policy, unsigned char found[JSP_RUN_BYTES])
{
    jsp_guard *guard = &transaction->checked.guard;
    jsp_guard_table *table = &transaction->checked.tables[JSP_TABLE_RUNS];
    jsp_cursor keys;
    jsp_cursor runs;
    MDB_val key;
    int rc = jsp_guard_open(guard, table);
    if (rc != 0 || !jsp_cursor_open(&keys, &guard->checks.pages, &table->tree.tree, true)
        || !jsp_cursor_open(&runs, &guard->checks.pages, &table->tree.tree, true)) {
        return rc != 0 ? rc : MDB_CORRUPTED;
    }
    while ((rc = jsp_cursor_get(&keys, &key, NULL, MDB_NEXT_NODUP)) == 0) {
        policy->length = key.mv_size <= sizeof(policy->bytes) ? key.mv_size : 0;
        memcpy(policy->bytes, key.mv_data, policy->length);
        if (policy->length > 0 && policy->bytes[policy->length - 1] == count->status
            && find_run(&runs, &key, count, found) == 0) {
            break;
        }
    }
    return rc;
}

/* A damaged record does not tell whose run it is: it is looked for in all policies. */
static int take_run_anywhere(js_transaction *transaction, const jsp_count *count)
{
    jsp_run_key policy;
    unsigned char found[JSP_RUN_BYTES];
    int rc = find_run_anywhere(transaction, count, &policy, found);
    return rc == 0 ? drop_run(transaction, &policy, found) : rc == MDB_NOTFOUND ? 0 : rc;
}

static int drop_run_of(js_transaction *transaction, const jsp_count *count)
{
    unsigned char bytes[JSP_RUN_BYTES];
    if (count->is_damaged) {
        return take_run_anywhere(transaction, count);
    }
    if (count->policy.length == 0) {
        return 0;
    }
    pack_run(bytes, count);
    return drop_run(transaction, &count->policy, bytes);
}

/* Of a policy that has it before and after. */
static int move_run(js_transaction *transaction, const jsp_count *before, const jsp_count *after)
{
    unsigned char bytes[JSP_RUN_BYTES];
    pack_run(bytes, before);
    int rc = take_run(transaction, &before->policy, bytes);
    return rc != 0 && rc != MDB_NOTFOUND ? rc : put_run(transaction, after);
}

/* ---- Both ------------------------------------------------------------------------------------- */

static bool same_day(const jsp_count *one, const jsp_count *other)
{
    return jsp_day_of(one->start) == jsp_day_of(other->start) && one->status == other->status
           && one->type == other->type;
}

static bool same_policy(const jsp_count *one, const jsp_count *other)
{
    return jsp_run_same_policy(one->policy.bytes, one->policy.length, other->policy.bytes,
                               other->policy.length);
}

static bool same_run(const jsp_count *one, const jsp_count *other)
{
    return one->status == other->status && one->start == other->start
           && one->duration == other->duration;
}

static int replace_run(js_transaction *transaction, const jsp_count *before, const jsp_count *after)
{
    if (same_policy(before, after)) {
        return same_run(before, after) ? 0 : move_run(transaction, before, after);
    }
    int rc = drop_run_of(transaction, before);
    return rc != 0 ? rc : add_run(transaction, after);
}

static int replace_day(js_transaction *transaction, const jsp_count *before, const jsp_count *after)
{
    if (same_day(before, after)) {
        return 0;
    }
    int rc = change_days(transaction, before, -1);
    return rc != 0 ? rc : change_days(transaction, after, 1);
}

/* Sessions from this key of the index on are counted by an upgrade when it comes to them. */
static int find_counted(js_transaction *transaction)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    MDB_val value;
    if (transaction->knows_counted) {
        return 0;
    }
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_META, &key, &value);
    transaction->counted = rc == 0 && value.mv_size == 8 ? jsp_get_be64(value.mv_data) : UINT64_MAX;
    transaction->knows_counted = true;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int add(js_transaction *transaction, const jsp_count *count)
{
    int rc = add_run(transaction, count);
    return rc != 0 ? rc : change_days(transaction, count, 1);
}

static int take_away(js_transaction *transaction, const jsp_count *count)
{
    int rc = drop_run_of(transaction, count);
    return rc != 0 ? rc : change_days(transaction, count, -1);
}

static int replace(js_transaction *transaction, const jsp_count *before, const jsp_count *after)
{
    int rc = replace_run(transaction, before, after);
    return rc != 0 ? rc : replace_day(transaction, before, after);
}

int jsp_counts_replace(js_transaction *transaction, const jsp_count *before, const jsp_count *after)
{
    uint64_t id = before != NULL ? before->id : after->id;
    if (!keeps_counts(transaction)) {
        return 0;
    }
    int rc = find_counted(transaction);
    if (rc != 0 || jsp_entry_bucket(id) >= transaction->counted) {
        return rc;
    }
    return before == NULL  ? add(transaction, after)
           : after == NULL ? take_away(transaction, before)
                           : replace(transaction, before, after);
}

int jsp_counts_enter(js_transaction *transaction, const jsp_entry *entry)
{
    jsp_count count;
    int rc = jsp_counts_of_stored(transaction, entry, &count);
    return rc != 0 || !keeps_counts(transaction) ? rc : add(transaction, &count);
}
