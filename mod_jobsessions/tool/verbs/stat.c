/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "output/text_output.h"
#include "read/tally.h"
#include "read/walk.h"
#include "verbs/verbs.h"

/* More than the texts that are counted may have, which may be 1024 bytes. */
#define TEXT_SIZE 1032

struct statistics {
    const struct options *options;
    struct tally statuses;
    struct tally types;
    struct tally policies;
    uint64_t damaged;
    js_totals totals;
    js_space space;
    char identity[JS_IDENTITY_TEXT];
    uint64_t forgotten; /* the usn up to which removals are */
    bool first;         /* of what stands in one object or list */
};

static bool count(struct tally *tally, const js_session *session, const char *member)
{
    char text[TEXT_SIZE];
    return js_session_text(session, member, text, sizeof(text)) == 0 || tally_count(tally, text);
}

static enum exit_code count_session(void *baton, FILE *out, const js_session *session)
{
    struct statistics *statistics = baton;
    (void)out;
    statistics->damaged += session->damage != NULL;
    if (!count(&statistics->statuses, session, "status")
        || !count(&statistics->types, session, "type")
        || !count(&statistics->policies, session, "backupJobInfo.policyName")) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static enum exit_code look(struct statistics *statistics, js_database *database)
{
    js_error error;
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, &error);
    if (result == JS_OK) {
        result = js_snapshot_totals(snapshot, &statistics->totals, &error);
        result = result == JS_OK ? js_snapshot_space(snapshot, &statistics->space, &error) : result;
        statistics->forgotten = js_snapshot_forgotten(snapshot);
        if (!js_snapshot_identity(snapshot, statistics->identity)) {
            (void)strcpy(statistics->identity, "damaged");
        }
        js_snapshot_end(snapshot);
    }
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static enum exit_code count_all(struct statistics *statistics, js_database *database)
{
    struct walk walk = {.options = statistics->options,
                        .database = database,
                        .row = count_session,
                        .baton = statistics};
    js_query_all(&walk.query);
    enum exit_code code = walk_run(&walk);
    return statistics->damaged > 0 ? EXIT_DATABASE : code;
}

/* ---- For people ---------------------------------------------------------------------------- */

static void print_count(void *unused, const char *text, uint64_t counted)
{
    (void)unused;
    (void)printf("  %10" PRIu64 "  ", counted);
    text_output_plain(text);
    (void)putchar('\n');
}

static void print_tally(const char *name, const struct tally *tally)
{
    (void)printf("%s\n", name);
    tally_walk(tally, print_count, NULL);
}

/* What a process is called, or nothing. */
static void process_name(int process, char name[64])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", process);
    FILE *file = fopen(path, "re");
    name[0] = '\0';
    if (file != NULL) {
        if (fgets(name, 64, file) != NULL) {
            name[strcspn(name, "\n")] = '\0';
        }
        (void)fclose(file);
    }
}

static void print_reader(void *unused, const js_reader *reader)
{
    char name[64];
    (void)unused;
    if (reader->process == (int)getpid()) {
        return;
    }
    process_name(reader->process, name);
    (void)printf("  %10d  ", reader->process);
    text_output_plain(name);
    if (reader->reading) {
        (void)printf("  snapshot, %" PRIu64 " transactions old\n", reader->age);
    } else {
        (void)printf("  no snapshot\n");
    }
}

static js_result print_text(const struct statistics *statistics, js_database *database,
                            js_error *error)
{
    const js_totals *totals = &statistics->totals;
    const js_space *space = &statistics->space;
    uint64_t used = (space->pages - space->free_pages) * space->page_size;
    (void)printf("database      %s\n", statistics->identity);
    (void)printf("sessions      %" PRIu64 ", %" PRIu64 " bytes of JSON\n", totals->count,
                 totals->json_bytes);
    (void)printf("damaged       %" PRIu64 "\n", statistics->damaged);
    (void)printf("items         %" PRIu64 "\n", totals->items);
    (void)printf("tombstones    %" PRIu64 "; forgotten up to usn %" PRIu64 "\n", totals->removed,
                 statistics->forgotten);
    (void)printf("last usn, id  %" PRIu64 ", %" PRIu64 "\n", totals->usn, totals->highest_id);
    (void)printf("file          %" PRIu64 " bytes of at most %" PRIu64 "; %" PRIu64 " of %" PRIu64
                 " pages are free\n",
                 space->pages * space->page_size, space->map_size, space->free_pages, space->pages);
    (void)printf("a session     %" PRIu64 " bytes of the file, with all that goes with it\n",
                 totals->count > 0 ? used / totals->count : 0);
    print_tally("statuses", &statistics->statuses);
    print_tally("types", &statistics->types);
    print_tally("policies", &statistics->policies);
    (void)printf("readers\n");
    return js_readers(database, print_reader, NULL, error);
}

/* ---- For programs -------------------------------------------------------------------------- */

static void json_separator(struct statistics *statistics)
{
    (void)fputs(statistics->first ? "" : ",", stdout);
    statistics->first = false;
}

static void json_count(void *baton, const char *text, uint64_t counted)
{
    json_separator(baton);
    text_output_json(text);
    (void)printf(":%" PRIu64, counted);
}

static void json_tally(struct statistics *statistics, const char *name, const struct tally *tally)
{
    (void)printf(",\"%s\":{", name);
    statistics->first = true;
    tally_walk(tally, json_count, statistics);
    (void)putchar('}');
}

static void json_reader(void *baton, const js_reader *reader)
{
    char name[64];
    if (reader->process == (int)getpid()) {
        return;
    }
    json_separator(baton);
    process_name(reader->process, name);
    (void)printf("{\"process\":%d,\"name\":", reader->process);
    text_output_json(name);
    (void)printf(",\"reading\":%s,\"transactionsBehind\":%" PRIu64 "}",
                 reader->reading ? "true" : "false", reader->age);
}

static js_result print_json(struct statistics *statistics, js_database *database, js_error *error)
{
    const js_totals *totals = &statistics->totals;
    const js_space *space = &statistics->space;
    (void)printf("{\"database\":\"%s\",\"sessions\":%" PRIu64 ",\"jsonBytes\":%" PRIu64
                 ",\"damaged\":%" PRIu64 ",\"items\":%" PRIu64 ",\"tombstones\":%" PRIu64
                 ",\"forgottenUsn\":%" PRIu64 ",\"lastUsn\":%" PRIu64 ",\"lastId\":\"%" PRIu64 "\"",
                 statistics->identity, totals->count, totals->json_bytes, statistics->damaged,
                 totals->items, totals->removed, statistics->forgotten, totals->usn,
                 totals->highest_id);
    (void)printf(",\"pageSize\":%" PRIu64 ",\"pages\":%" PRIu64 ",\"freePages\":%" PRIu64
                 ",\"mapSize\":%" PRIu64,
                 space->page_size, space->pages, space->free_pages, space->map_size);
    json_tally(statistics, "statuses", &statistics->statuses);
    json_tally(statistics, "types", &statistics->types);
    json_tally(statistics, "policies", &statistics->policies);
    (void)fputs(",\"readers\":[", stdout);
    statistics->first = true;
    js_result result = js_readers(database, json_reader, statistics, error);
    (void)fputs("]}\n", stdout);
    return result;
}

static enum exit_code print(struct statistics *statistics, js_database *database)
{
    js_error error;
    js_result result = statistics->options->json ? print_json(statistics, database, &error)
                                                 : print_text(statistics, database, &error);
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

enum exit_code verb_stat(const struct options *options)
{
    js_database *database;
    struct statistics statistics = {.options = options};
    enum exit_code code = database_open(options, JS_READ, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = look(&statistics, database);
    if (code == EXIT_DONE) {
        code = count_all(&statistics, database);
        code = exit_code_worse(code, print(&statistics, database));
    }
    tally_free(&statistics.statuses);
    tally_free(&statistics.types);
    tally_free(&statistics.policies);
    js_close(database);
    return exit_code_worse(code, output_finish());
}
