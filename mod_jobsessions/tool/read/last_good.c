/* SPDX-License-Identifier: Apache-2.0 */
#include "read/last_good.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "read/walk.h"

/* More than a policy's id or name may have, which may be 1024 bytes. */
#define NAME_SIZE 1032

#define TIME_SIZE 64

/* The best run that was met of a policy. */
struct policy {
    uint64_t id;
    int64_t start;
    bool is_success;
    char name[];
};

static int compare_policies(const void *one_, const void *other_)
{
    const struct policy *one = one_;
    const struct policy *other = other_;
    return strcmp(one->name, other->name);
}

/* What the policy is known by, with a letter that tells ids from names; false when it has neither. */
static bool name_policy(const js_session *session, char name[NAME_SIZE])
{
    name[0] = 'i';
    if (js_session_text(session, "backupJobInfo.policyId", name + 1, NAME_SIZE - 1) > 0) {
        return true;
    }
    name[0] = 'n';
    return js_session_text(session, "backupJobInfo.policyName", name + 1, NAME_SIZE - 1) > 0;
}

static struct policy *make_policy(const char *name)
{
    size_t size = strlen(name) + 1;
    struct policy *made = calloc(1, sizeof(*made) + size);
    if (made != NULL) {
        memcpy(made->name, name, size);
        made->start = JS_NO_TIME - 1; /* earlier than none */
    }
    return made;
}

/* The policy of a name, added when it is new; NULL: there is no memory. */
static struct policy *policy_of(struct last_good *good, const char *name)
{
    struct policy *made = make_policy(name);
    void *node = made != NULL ? tsearch(made, &good->policies, compare_policies) : NULL;
    struct policy *found = node != NULL ? *(struct policy **)node : NULL;
    if (found != made) {
        free(made);
    }
    return found;
}

static void keep_better(struct policy *policy, const js_session *session)
{
    char text[TIME_SIZE];
    struct policy run = {.id = session->id, .start = JS_NO_TIME};
    (void)js_session_text(session, "status", text, sizeof(text));
    run.is_success = strcmp(text, "Success") == 0;
    size_t length = js_session_text(session, "executionStartTime", text, sizeof(text));
    if (length > 0) {
        (void)js_time_parse(text, length, &run.start);
    }
    bool is_better = run.is_success != policy->is_success ? run.is_success
                     : run.start != policy->start         ? run.start > policy->start
                                                          : run.id > policy->id;
    if (is_better) {
        policy->id = run.id;
        policy->start = run.start;
        policy->is_success = run.is_success;
    }
}

static enum exit_code meet(void *baton, FILE *out, const js_session *session)
{
    struct last_good *good = baton;
    char name[NAME_SIZE];
    (void)out;
    if (!name_policy(session, name)) {
        return EXIT_DONE;
    }
    struct policy *policy = policy_of(good, name);
    if (policy == NULL) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
    keep_better(policy, session);
    return EXIT_DONE;
}

static void collect(const void *node, VISIT visit, void *baton)
{
    struct last_good *good = baton;
    if (visit != postorder && visit != leaf) {
        return;
    }
    if (good->count == good->room) {
        size_t room = 2 * good->room + 64;
        uint64_t *ids = realloc(good->ids, room * sizeof(*ids));
        if (ids == NULL) {
            good->out_of_memory = true;
            return;
        }
        good->ids = ids;
        good->room = room;
    }
    good->ids[good->count++] = (*(struct policy *const *)node)->id;
}

static int compare_ids(const void *one_, const void *other_)
{
    const uint64_t *one = one_;
    const uint64_t *other = other_;
    return (*one > *other) - (*one < *other);
}

enum exit_code last_good_find(struct last_good *good, const struct options *options,
                              js_database *database)
{
    struct walk walk = {.options = options, .database = database, .row = meet, .baton = good};
    js_query_all(&walk.query);
    walk.query.filter.statuses = js_status_bit("Success") | js_status_bit("Warning");
    enum exit_code code = walk_run(&walk);
    twalk_r(good->policies, collect, good);
    if (good->out_of_memory) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
    if (good->count > 0) {
        qsort(good->ids, good->count, sizeof(*good->ids), compare_ids);
    }
    return code;
}

bool last_good_has(const struct last_good *good, uint64_t id)
{
    return good->count > 0 && bsearch(&id, good->ids, good->count, sizeof(id), compare_ids) != NULL;
}

void last_good_free(struct last_good *good)
{
    tdestroy(good->policies, free);
    free(good->ids);
}
