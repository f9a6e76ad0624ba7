/* SPDX-License-Identifier: Apache-2.0 */
#include "output/session_table.h"

#include <inttypes.h>
#include <string.h>

/* What of a text is shown at most. */
#define CELL 512

/* Where the status stands in a row of a session, and in one of a change, which has the usn before. */
#define STATUS 1

#define COLUMNS_OF(id_width)                                                                       \
    {                                                                                              \
        {"USN", 8}, {"ID", id_width}, {"STATUS", 12}, {"TYPE", 16}, {"START", 20},                 \
            {"DURATION", 10}, {"POLICY", 0},                                                       \
    }

static const struct column columns[] = COLUMNS_OF(8);
static const struct column columns_of_uuids[] = COLUMNS_OF(JS_ID_TEXT - 1);

static const char *const members[] = {
    "id", "status", "type", "executionStartTime", "executionDuration", "backupJobInfo.policyName"};

#define COLUMNS (sizeof(members) / sizeof(members[0]))

/* Red, yellow, green; blue while it runs. */
static const char *colour_of(const char *status)
{
    static const struct {
        const char *status;
        const char *colour;
    } colours[] = {{"Error", "31"},
                   {"Failed", "31"},
                   {"RunningWithError", "31"},
                   {"Warning", "33"},
                   {"RunningWithWarning", "33"},
                   {"Success", "32"},
                   {"Running", "34"},
                   {"Pending", "34"}};
    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (strcmp(status, colours[i].status) == 0) {
            return colours[i].colour;
        }
    }
    return NULL;
}

/* Room for the ids that a database has. */
static const struct column *columns_for(js_database *database)
{
    js_error error;
    js_snapshot *snapshot;
    bool has_uuids = false;
    if (js_snapshot_begin(database, &snapshot, &error) == JS_OK) {
        has_uuids = js_snapshot_has_uuids(snapshot);
        js_snapshot_end(snapshot);
    }
    return has_uuids ? columns_of_uuids : columns;
}

void session_table_begin(struct table *table, js_database *database)
{
    table_begin(table, columns_for(database) + 1, COLUMNS);
}

void session_table_begin_changes(struct table *table, js_database *database)
{
    table_begin(table, columns_for(database), COLUMNS + 1);
}

/* Fractions of seconds are for programs. */
static void drop_fraction(char *text)
{
    char *point = strrchr(text, '.');
    char *colon = strrchr(text, ':');
    if (point != NULL && colon != NULL && point > colon) {
        char *behind = point + 1 + strspn(point + 1, "0123456789");
        memmove(point, behind, strlen(behind) + 1);
    }
}

/* The cells of a session, of which a removed one has few. */
static void take_cells(const js_session *session, char texts[COLUMNS][CELL],
                       const char *cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)js_session_text(session, members[i], texts[i], sizeof(texts[i]));
        cells[i] = texts[i];
    }
    drop_fraction(texts[3]);
    drop_fraction(texts[4]);
    if (session->deleted_usn != 0) {
        (void)strcpy(texts[STATUS], "removed");
    }
}

void session_table_row(const struct table *table, FILE *out, const js_session *session)
{
    char texts[COLUMNS][CELL];
    const char *cells[COLUMNS];
    take_cells(session, texts, cells);
    table_row(table, out, cells, STATUS, colour_of(texts[STATUS]));
}

void session_table_change(const struct table *table, FILE *out, const js_session *session,
                          uint64_t usn)
{
    char texts[COLUMNS][CELL];
    const char *cells[COLUMNS + 1];
    char number[32];
    (void)snprintf(number, sizeof(number), "%" PRIu64, usn);
    cells[0] = number;
    take_cells(session, texts, cells + 1);
    table_row(table, out, cells, STATUS + 1, colour_of(texts[STATUS]));
}
