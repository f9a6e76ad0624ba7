/* SPDX-License-Identifier: Apache-2.0 */
#include "place/copy.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/complain.h"
#include "base/database.h"
#include "place/sound.h"

/* How often to begin anew when a commit comes between the two snapshots. */
#define PAIR_TRIES 1000

/* Two of one moment: each is for a thread of its own. */
struct pair {
    js_snapshot *copied;
    js_snapshot *checked;
};

static void end_pair(const struct pair *pair)
{
    js_snapshot_end(pair->checked);
    js_snapshot_end(pair->copied);
}

/* Where the counters are damaged, as the check will say, nothing tells one moment from the other. */
static bool is_one_moment(const struct pair *pair)
{
    char one[JS_VERSION_TEXT];
    char other[JS_VERSION_TEXT];
    return !js_snapshot_version(pair->copied, one) || !js_snapshot_version(pair->checked, other)
           || strcmp(one, other) == 0;
}

static enum exit_code begin_pair(js_database *database, struct pair *pair)
{
    js_error error;
    for (int tries = 0; tries < PAIR_TRIES; tries++) {
        *pair = (struct pair){NULL, NULL};
        if (js_snapshot_begin(database, &pair->copied, &error) != JS_OK
            || js_snapshot_begin(database, &pair->checked, &error) != JS_OK) {
            end_pair(pair);
            complain("%s", error.message);
            return EXIT_DATABASE;
        }
        if (is_one_moment(pair)) {
            return EXIT_DONE;
        }
        end_pair(pair);
    }
    complain("writers leave no moment to begin a copy in; try again");
    return EXIT_DATABASE;
}

struct check {
    const struct options *options;
    js_snapshot *snapshot;
    enum exit_code code;
};

static void *run_check(void *check_)
{
    struct check *check = check_;
    check->code = sound_verify(check->options, check->snapshot);
    return NULL;
}

static enum exit_code copy_and_check(const struct options *options, const struct pair *pair,
                                     const char *directory)
{
    js_error error;
    pthread_t thread;
    struct check check = {options, pair->checked, EXIT_DONE};
    int rc = pthread_create(&thread, NULL, run_check, &check);
    if (rc != 0) {
        complain("a thread cannot be started: %s", strerror(rc));
        return EXIT_DATABASE;
    }
    js_result result = js_copy(pair->copied, directory, &error);
    (void)pthread_join(thread, NULL);
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return check.code;
}

/* `version` is what the copy should have. */
static enum exit_code compare(const struct options *options, js_snapshot *copy, void *version)
{
    char is[JS_VERSION_TEXT];
    if (!js_snapshot_version(copy, is) || strcmp(is, version) != 0) {
        complain("%s: the copy does not say what was written; look at the disk",
                 options->directory);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

enum exit_code copy_checked(const struct options *options, js_database *database,
                            const char *directory)
{
    struct pair pair;
    char version[JS_VERSION_TEXT];
    struct options of_copy = database_elsewhere(options, directory);
    enum exit_code code = begin_pair(database, &pair);
    if (code != EXIT_DONE) {
        return code;
    }
    if (!js_snapshot_version(pair.copied, version)) {
        version[0] = '\0'; /* the counters are damaged; the check says so */
    }
    code = copy_and_check(options, &pair, directory);
    end_pair(&pair);
    return code == EXIT_DONE ? database_read(&of_copy, compare, version) : code;
}

enum exit_code copy_snapshot(js_snapshot *snapshot, const char *directory)
{
    js_error error;
    if (js_copy(snapshot, directory, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

enum exit_code copy_present(js_database *database, const char *directory)
{
    js_error error;
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = copy_snapshot(snapshot, directory);
    js_snapshot_end(snapshot);
    return code;
}
