/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way to PostgreSQL, as the text format of COPY has them: they are made while a snapshot lasts, and sent
 * when it has ended. */
#ifndef JS_FLEET_ROWS_H
#define JS_FLEET_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "jobsessions_read.h"

/* What COPY is told of the columns; those of a row in this order. A removal is a row that has no document, and is not
 * damaged. */
#define ROWS_COLUMNS                                                                               \
    "appliance, generation, id, usn, began, stopped, status, type, policy_id, policy_name, "       \
    "damaged, uuid, document"

/* The months that have partitions, from January 2000 to December 2099; what is outside lies in the one for all others. */
#define ROWS_FIRST_YEAR 2000
#define ROWS_MONTHS 1200

/* Begins as zeros; `key` and `enough` are to be set. */
struct rows {
    char key[64]; /* the first two columns, a tab behind each */
    char *text;
    size_t length;
    size_t room;
    size_t enough; /* bytes after which a page ends early */
    size_t count;
    size_t removals; /* of them */
    size_t uuids;    /* of them, those that are known by one */
    bool out_of_memory;
    bool months[ROWS_MONTHS]; /* in which sessions began: their partitions have to be there */
};

/* Forget the rows, not the memory, nor what was set. */
void rows_clear(struct rows *rows);

/* Add what a list of changes has handed out, by the text of its id. Returns its usn; `before`, the one of the change
 * before it, where a damaged record does not tell. */
uint64_t rows_add(struct rows *rows, const js_session *session, const char *id, uint64_t before);

/* Add the rows of another, and the months they need. */
void rows_append(struct rows *rows, const struct rows *other);

void rows_free(struct rows *rows);

#endif
