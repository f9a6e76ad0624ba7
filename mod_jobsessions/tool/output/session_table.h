/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as rows of a table: what an operator looks for first. */
#ifndef JS_TOOL_SESSION_TABLE_H
#define JS_TOOL_SESSION_TABLE_H

#include "jobsessions_read.h"
#include "output/table.h"

/* Its ids have room for uuids where the database has some. */
void session_table_begin(struct table *table, js_database *database);
void session_table_row(const struct table *table, FILE *out, const js_session *session);

/* The same with the usn of a session's last change before it, and of removed ones their ids. */
void session_table_begin_changes(struct table *table, js_database *database);
void session_table_change(const struct table *table, FILE *out, const js_session *session,
                          uint64_t usn);

#endif
