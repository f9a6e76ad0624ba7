/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/memory.h"

/* The version of conf/fleet/schema.sql. */
#define SCHEMA_VERSION "4"

/* Bytes of COPY that are handed over at once. */
#define COPY_CHUNK ((size_t)1 << 20)

/* How many numbers of a new appliance may be taken already, each time it is looked for. */
#define NUMBERS_TRIED 1000

/* To pgpool-II: not of a standby, which may be behind what was written. */
#define NOT_BALANCED "/*NO LOAD BALANCE*/ "

/* Room for a number as a parameter. */
#define NUMBER 24

void fleet_close(struct fleet *fleet)
{
    PQfinish(fleet->connection);
    fleet->connection = NULL;
}

/* What PostgreSQL says, on one line. */
static enum exit_code fleet_fail(struct fleet *fleet, const char *doing)
{
    char message[1024];
    (void)snprintf(message, sizeof(message), "%s", PQerrorMessage(fleet->connection));
    for (char *end = message; (end = strchr(end, '\n')) != NULL;) {
        *end = end[1] != '\0' ? ' ' : '\0';
    }
    complain("follow: %s: %s", doing, message);
    fleet_close(fleet);
    return EXIT_DATABASE;
}

/* Run a statement, by the simple protocol where it has no values: pgpool-II waits for ever for a COPY by the other one.
 * NULL: it failed, which was said, and the connection is closed. Else to be given to PQclear(). */
static PGresult *fleet_ask(struct fleet *fleet, const char *doing, const char *statement, int count,
                           const char *const *values)
{
    PGresult *result =
        count == 0 ? PQexec(fleet->connection, statement)
                   : PQexecParams(fleet->connection, statement, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_IN) {
        return result;
    }
    PQclear(result);
    (void)fleet_fail(fleet, doing);
    return NULL;
}

static enum exit_code fleet_run(struct fleet *fleet, const char *doing, const char *statement,
                                int count, const char *const *values)
{
    PGresult *result = fleet_ask(fleet, doing, statement, count, values);
    PQclear(result);
    return result != NULL ? EXIT_DONE : EXIT_DATABASE;
}

static enum exit_code check_schema(struct fleet *fleet, const char *where)
{
    PGresult *result =
        fleet_ask(fleet, "read jobsessions.version (was conf/fleet/schema.sql loaded?)",
                  "select max(version)::text from jobsessions.version", 0, NULL);
    if (result == NULL) {
        return EXIT_DATABASE;
    }
    if (PQgetisnull(result, 0, 0)) {
        PQclear(result);
        complain("follow: %s: jobsessions.version is empty, as while a dump is restored", where);
        fleet_close(fleet);
        return EXIT_DATABASE;
    }
    bool fits = strcmp(PQgetvalue(result, 0, 0), SCHEMA_VERSION) == 0;
    if (!fits) {
        complain("follow: %s: the schema has version %s, and this program writes "
                 "version " SCHEMA_VERSION,
                 where, PQgetvalue(result, 0, 0));
        fleet_close(fleet);
    }
    PQclear(result);
    return fits ? EXIT_DONE : EXIT_REFUSED;
}

/* A machine that is gone without a word is given up after a minute, where the URL does not say otherwise: by who
 * waits for an answer (keepalives), and by who sends (the user timeout, in milliseconds). */
static PGconn *connect_to(const char *where)
{
    static const char *const names[] = {
        "fallback_application_name", "connect_timeout",  "keepalives_idle", "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",          NULL};
    const char *values[] = {"jobsessions-follow", "10", "30", "10", "3", "60000", where, NULL};
    return PQconnectdbParams(names, values, 1);
}

enum exit_code fleet_connect(struct fleet *fleet, const char *where)
{
    if (fleet->connection != NULL) {
        return EXIT_DONE;
    }
    fleet->connection = connect_to(where);
    fleet->connects++;
    if (PQstatus(fleet->connection) != CONNECTION_OK) {
        return fleet_fail(fleet, "connect");
    }
    (void)PQsetClientEncoding(fleet->connection, "UTF8");
    enum exit_code code = check_schema(fleet, PQdb(fleet->connection));
    return code != EXIT_DONE
               ? code
               : fleet_run(fleet, "prepare",
                           "create temp table change (like jobsessions.stored_session) "
                           "on commit delete rows",
                           0, NULL);
}

/* What was written there is not, when it is looked for again. */
static void tell_set_back(const struct appliance *before, const struct appliance *is)
{
    bool is_less = is->generation != before->generation ? is->generation < before->generation
                                                        : is->place.usn < before->place.usn;
    if (is_less) {
        complain("follow: %s: PostgreSQL was set back from usn %" PRIu64
                 " of generation %lld to usn %" PRIu64 " of generation %lld: follows from there",
                 is->name, before->place.usn, before->generation, is->place.usn, is->generation);
    }
}

static void take_appliance(struct fleet *fleet, PGresult *result, const char *name,
                           struct appliance *appliance)
{
    const struct appliance before = *appliance;
    appliance->name = name;
    appliance->key = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    appliance->generation = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    (void)snprintf(appliance->place.identity, sizeof(appliance->place.identity), "%s",
                   PQgetvalue(result, 0, 2));
    appliance->place.usn = strtoull(PQgetvalue(result, 0, 3), NULL, 10);
    appliance->loaded_to = strtoull(PQgetvalue(result, 0, 4), NULL, 10);
    appliance->complete = PQgetvalue(result, 0, 5)[0] == 't';
    appliance->connects = fleet->connects;
    tell_set_back(&before, appliance);
}

static const char finding[] = "find the appliance";

static enum exit_code look_up(struct fleet *fleet, const char *name, struct appliance *appliance,
                              bool *is_there)
{
    const char *values[] = {name};
    PGresult *result =
        fleet_ask(fleet, finding,
                  NOT_BALANCED
                  "select appliance, coalesce(generation, 0), coalesce(identity, ''), "
                  "coalesce(usn, 0), coalesce(loaded_to, 0), coalesce(complete, false) "
                  "from jobsessions.appliance left join jobsessions.generation using (appliance) "
                  "where name = $1 order by generation desc nulls last limit 1",
                  1, values);
    *is_there = result != NULL && PQntuples(result) == 1;
    if (*is_there) {
        take_appliance(fleet, result, name, appliance);
    }
    PQclear(result);
    return result != NULL ? EXIT_DONE : EXIT_DATABASE;
}

/* A subscriber that has taken over has the publisher's rows and not its sequence: a number that is taken is passed. */
enum exit_code fleet_find(struct fleet *fleet, const char *name, struct appliance *appliance)
{
    const char *values[] = {name};
    bool is_there;
    enum exit_code code = look_up(fleet, name, appliance, &is_there);
    for (int tries = 0; code == EXIT_DONE && !is_there && tries < NUMBERS_TRIED; tries++) {
        code =
            fleet_run(fleet, finding,
                      "insert into jobsessions.appliance (name) values ($1) on conflict do nothing",
                      1, values);
        if (code == EXIT_DONE) {
            code = look_up(fleet, name, appliance, &is_there);
        }
    }
    if (code == EXIT_DONE && !is_there) {
        complain("follow: %s: no number is free for it: is the sequence of jobsessions.appliance "
                 "behind?",
                 name);
        fleet_close(fleet);
        code = EXIT_DATABASE;
    }
    return code;
}

/* Key, generation and usn of each in turn, as an array. To be freed; NULL: out of memory, which was said. */
static char *write_places(const struct move *moves, size_t count)
{
    char *text = memory_take(count * 3 * NUMBER + sizeof("{}"));
    char *end = text;
    for (size_t i = 0; i < count && text != NULL; i++) {
        end += snprintf(end, (size_t)3 * NUMBER, "%s%d,%lld,%" PRIu64, i == 0 ? "{" : ",",
                        moves[i].appliance->key, moves[i].appliance->generation,
                        moves[i].appliance->place.usn);
    }
    if (text != NULL) {
        (void)stpcpy(end, "}");
    }
    return text;
}

static enum exit_code count_places(struct fleet *fleet, const char *places, size_t *count)
{
    PGresult *result = fleet_ask(
        fleet, "look at the places",
        NOT_BALANCED "select count(*) from (select $1::bigint[] as known) as places, "
                     "generate_series(1, array_length(known, 1), 3) as at "
                     "where exists (select from jobsessions.generation where appliance = known[at] "
                     "and (generation, usn) >= (known[at + 1], known[at + 2]))",
        1, &places);
    *count = result != NULL ? strtoull(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return result != NULL ? EXIT_DONE : EXIT_DATABASE;
}

enum exit_code fleet_check(struct fleet *fleet, const struct move *moves, size_t count)
{
    size_t held = 0;
    char *places = count > 0 ? write_places(moves, count) : NULL;
    enum exit_code code = places != NULL ? count_places(fleet, places, &held) : EXIT_DONE;
    if (code == EXIT_DONE && places != NULL && held < count) {
        fleet_close(fleet);
        code = EXIT_DATABASE;
    }
    free(places);
    return code;
}

enum exit_code fleet_renew(struct fleet *fleet, struct appliance *appliance,
                           const struct page *page)
{
    char key[NUMBER];
    char generation[NUMBER];
    char loaded_to[NUMBER];
    const char *values[] = {key, generation, page->identity, loaded_to};
    (void)snprintf(key, sizeof(key), "%d", appliance->key);
    (void)snprintf(generation, sizeof(generation), "%lld", appliance->generation + 1);
    (void)snprintf(loaded_to, sizeof(loaded_to), "%" PRIu64, page->last_usn);
    enum exit_code code =
        fleet_run(fleet, "begin a generation",
                  "insert into jobsessions.generation (appliance, generation, identity, loaded_to) "
                  "values ($1, $2, $3, $4)",
                  4, values);
    if (code == EXIT_DONE) {
        appliance->generation++;
        memcpy(appliance->place.identity, page->identity, sizeof(page->identity));
        appliance->place.usn = 0;
        appliance->loaded_to = page->last_usn;
        appliance->complete = false;
    }
    return code;
}

static void write_key(const struct appliance *appliance, char key[NUMBER], char generation[NUMBER])
{
    (void)snprintf(key, NUMBER, "%d", appliance->key);
    (void)snprintf(generation, NUMBER, "%lld", appliance->generation);
}

/* Make the partitions that the rows go to, in a transaction of its own: it locks the one for all others. They are not
 * remembered, as retention drops them meanwhile. */
static enum exit_code make_partitions(struct fleet *fleet, const struct rows *rows)
{
    char text[ROWS_MONTHS * sizeof("2000-01-01") + sizeof("{}")] = "{";
    const char *values[] = {text};
    char *end = text + 1;
    for (int month = 0; month < ROWS_MONTHS; month++) {
        if (rows->months[month]) {
            end += snprintf(end, sizeof("2000-01-01,"), "%04d-%02d-01,",
                            ROWS_FIRST_YEAR + month / 12, month % 12 + 1);
        }
    }
    if (end == text + 1) {
        return EXIT_DONE;
    }
    (void)stpcpy(end - 1, "}");
    return fleet_run(fleet, "make partitions",
                     "select jobsessions.make_partition(month) from unnest($1::date[]) as month", 1,
                     values);
}

static enum exit_code copy_rows(struct fleet *fleet, const struct rows *rows, const char *statement)
{
    static const char doing[] = "copy sessions";
    if (fleet_run(fleet, doing, statement, 0, NULL) != EXIT_DONE) {
        return EXIT_DATABASE;
    }
    for (size_t sent = 0; sent < rows->length;) {
        size_t left = rows->length - sent;
        size_t chunk = left < COPY_CHUNK ? left : COPY_CHUNK;
        if (PQputCopyData(fleet->connection, rows->text + sent, (int)chunk) != 1) {
            return fleet_fail(fleet, doing);
        }
        sent += chunk;
    }
    if (PQputCopyEnd(fleet->connection, NULL) != 1) {
        return fleet_fail(fleet, doing);
    }
    enum exit_code code = EXIT_DONE;
    for (PGresult *result;
         code == EXIT_DONE && (result = PQgetResult(fleet->connection)) != NULL;) {
        code = PQresultStatus(result) == PGRES_COMMAND_OK ? EXIT_DONE : fleet_fail(fleet, doing);
        PQclear(result);
    }
    return code;
}

/* Rows of which none is there yet, and none is a removal. */
static enum exit_code load_rows(struct fleet *fleet, const struct rows *rows)
{
    return copy_rows(fleet, rows, "copy jobsessions.stored_session (" ROWS_COLUMNS ") from stdin");
}

/* Take away what there is of the sessions that changed, by their uuids where they have one: of who was removed under
 * one a URL tells nothing else. Either statement looks into each month, so that none is run for nothing. */
static enum exit_code take_away(struct fleet *fleet, const struct rows *rows)
{
    static const char doing[] = "take what changed away";
    enum exit_code code = EXIT_DONE;
    if (rows->uuids < rows->count) {
        code = fleet_run(fleet, doing,
                         "delete from jobsessions.stored_session as stored using change "
                         "where stored.appliance = change.appliance "
                         "and stored.generation = change.generation and stored.id = change.id "
                         "and change.uuid is null",
                         0, NULL);
    }
    if (code == EXIT_DONE && rows->uuids > 0) {
        code = fleet_run(fleet, doing,
                         "delete from jobsessions.stored_session as stored using change "
                         "where stored.appliance = change.appliance "
                         "and stored.generation = change.generation "
                         "and stored.uuid = change.uuid",
                         0, NULL);
    }
    return code;
}

/* Rows in the place of those that have their ids: whatever their month was. */
static enum exit_code exchange_rows(struct fleet *fleet, const struct rows *rows)
{
    enum exit_code code = copy_rows(fleet, rows, "copy change (" ROWS_COLUMNS ") from stdin");
    if (code == EXIT_DONE) {
        code = take_away(fleet, rows);
    }
    if (code == EXIT_DONE) {
        code =
            fleet_run(fleet, "add what changed",
                      "insert into jobsessions.stored_session (" ROWS_COLUMNS ") "
                      "select " ROWS_COLUMNS " from change where damaged or document is not null",
                      0, NULL);
    }
    return code;
}

/* The place is another one: before what was written, or behind it. */
static enum exit_code not_ours(struct fleet *fleet, struct appliance *appliance)
{
    const struct move move = {.appliance = appliance};
    enum exit_code code = fleet_check(fleet, &move, 1);
    if (code != EXIT_DONE) {
        return code;
    }
    complain("follow: %s: another process follows it, and has gone on from here", appliance->name);
    return EXIT_REFUSED;
}

/* Write how far it has come, if nobody else has gone on from there. */
static enum exit_code move_place(struct fleet *fleet, struct appliance *appliance, uint64_t reached,
                                 bool complete)
{
    char key[NUMBER];
    char generation[NUMBER];
    char from[NUMBER];
    char usn[NUMBER];
    const char *values[] = {key, generation, from, usn, complete ? "true" : "false"};
    write_key(appliance, key, generation);
    (void)snprintf(from, sizeof(from), "%" PRIu64, appliance->place.usn);
    (void)snprintf(usn, sizeof(usn), "%" PRIu64, reached);
    PGresult *result =
        fleet_ask(fleet, "write the place",
                  "update jobsessions.generation set usn = $4, complete = $5, moved_at = now() "
                  "where appliance = $1 and generation = $2 and usn = $3 and generation = "
                  "(select max(generation) from jobsessions.generation where appliance = $1)",
                  5, values);
    if (result == NULL) {
        return EXIT_DATABASE;
    }
    bool is_ours = strcmp(PQcmdTuples(result), "1") == 0;
    PQclear(result);
    return is_ours ? EXIT_DONE : not_ours(fleet, appliance);
}

/* An import with usns of its own, into the source while it was read for the first time, may have brought a session a
 * second time: hardly ever, so that it is looked for along the index, which takes no memory and half the time. */
static enum exit_code remove_doubles(struct fleet *fleet, const char *const values[2])
{
    static const char doing[] = "remove what came twice";
    PGresult *result = fleet_ask(
        fleet, doing,
        "select exists (select from (select id = lag(id) over (order by id) as again "
        "from jobsessions.stored_session where appliance = $1 and generation = $2) as stored "
        "where again)",
        2, values);
    bool are_there = result != NULL && PQgetvalue(result, 0, 0)[0] == 't';
    enum exit_code code = result != NULL ? EXIT_DONE : EXIT_DATABASE;
    PQclear(result);
    return !are_there ? code
                      : fleet_run(fleet, doing,
                                  "delete from jobsessions.stored_session as stored using "
                                  "(select id, max(usn) as usn from jobsessions.stored_session "
                                  "where appliance = $1 and generation = $2 "
                                  "group by id having count(*) > 1) as twice "
                                  "where appliance = $1 and generation = $2 "
                                  "and stored.id = twice.id and stored.usn < twice.usn",
                                  2, values);
}

/* Show the generation, and let those before it go. */
static enum exit_code show(struct fleet *fleet, const struct appliance *appliance)
{
    char key[NUMBER];
    char generation[NUMBER];
    const char *values[] = {key, generation};
    write_key(appliance, key, generation);
    enum exit_code code = remove_doubles(fleet, values);
    if (code == EXIT_DONE) {
        code = fleet_run(fleet, "show the generation",
                         "update jobsessions.appliance set shown = $2 where appliance = $1", 2,
                         values);
    }
    if (code == EXIT_DONE) {
        code = fleet_run(
            fleet, "remove the generations before",
            "delete from jobsessions.stored_session where appliance = $1 and generation < $2", 2,
            values);
    }
    if (code == EXIT_DONE) {
        code =
            fleet_run(fleet, "remove the generations before",
                      "delete from jobsessions.generation where appliance = $1 and generation < $2",
                      2, values);
    }
    return code;
}

static enum exit_code write_page(struct fleet *fleet, struct appliance *appliance,
                                 const struct rows *rows, const struct page *page)
{
    enum exit_code code =
        move_place(fleet, appliance, page->usn, appliance->complete || !page->more);
    if (code == EXIT_DONE && rows->count > 0) {
        bool is_new = page->usn <= appliance->loaded_to && rows->removals == 0;
        code = is_new ? load_rows(fleet, rows) : exchange_rows(fleet, rows);
    }
    if (code == EXIT_DONE && !page->more && !appliance->complete) {
        code = show(fleet, appliance);
    }
    return code;
}

static enum exit_code begin(struct fleet *fleet, const struct rows *rows)
{
    enum exit_code code = make_partitions(fleet, rows);
    return code == EXIT_DONE ? fleet_run(fleet, "begin", "begin", 0, NULL) : code;
}

/* What was refused ends with the connection. */
static enum exit_code end(struct fleet *fleet, enum exit_code code)
{
    if (code == EXIT_REFUSED) {
        fleet_close(fleet);
    }
    return code == EXIT_DONE ? fleet_run(fleet, "commit", "commit", 0, NULL) : code;
}

enum exit_code fleet_apply(struct fleet *fleet, struct appliance *appliance,
                           const struct rows *rows, const struct page *page)
{
    enum exit_code code = begin(fleet, rows);
    if (code == EXIT_DONE) {
        code = end(fleet, write_page(fleet, appliance, rows, page));
    }
    if (code == EXIT_DONE) {
        appliance->place.usn = page->usn;
        appliance->complete = appliance->complete || !page->more;
    }
    return code;
}

static enum exit_code write_moves(struct fleet *fleet, const struct move *moves, size_t count,
                                  const struct rows *rows)
{
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        code = move_place(fleet, moves[i].appliance, moves[i].usn, true);
    }
    return code == EXIT_DONE ? exchange_rows(fleet, rows) : code;
}

enum exit_code fleet_apply_moves(struct fleet *fleet, const struct move *moves, size_t count,
                                 const struct rows *rows)
{
    enum exit_code code = begin(fleet, rows);
    if (code == EXIT_DONE) {
        code = end(fleet, write_moves(fleet, moves, count, rows));
    }
    for (size_t i = 0; i < count && code == EXIT_DONE; i++) {
        moves[i].appliance->place.usn = moves[i].usn;
    }
    return code;
}
