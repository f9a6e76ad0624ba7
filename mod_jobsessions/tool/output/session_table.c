/* SPDX-License-Identifier: Apache-2.0 */
#include "output/session_table.h"

#include <inttypes.h>
#include <string.h>

/* What of a text is shown at most. */
#define CELL 512

/* Where the status stands. */
#define STATUS 1

static const struct column columns[] = {
    {"ID", 8}, {"STATUS", 12}, {"TYPE", 16}, {"START", 20}, {"DURATION", 10}, {"POLICY", 0},
};

static const char *const members[] = {
    "id", "status", "type", "executionStartTime", "executionDuration", "backupJobInfo.policyName"};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

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

void session_table_begin(struct table *table)
{
    table_begin(table, columns, COLUMNS);
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

void session_table_row(const struct table *table, FILE *out, const js_session *session)
{
    char texts[COLUMNS][CELL];
    const char *cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        (void)js_session_text(session, members[i], texts[i], sizeof(texts[i]));
        cells[i] = texts[i];
    }
    drop_fraction(texts[3]);
    drop_fraction(texts[4]);
    table_row(table, out, cells, STATUS, colour_of(texts[STATUS]));
}
