/* SPDX-License-Identifier: Apache-2.0 */
/* A table a row at a time: cells as wide as their columns, cut where the terminal ends. Colours are for terminals
 * alone, and by NO_COLOR's rules. What a cell has of control characters is not passed on: texts of sessions are
 * other people's, and a terminal would obey them. */
#ifndef JS_TOOL_TABLE_H
#define JS_TOOL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct column {
    const char *name;
    unsigned width;
};

struct table {
    const struct column *columns;
    unsigned count;
    unsigned most; /* characters in a row; 0: any number */
    bool coloured;
};

/* Look at standard output. */
void table_begin(struct table *table, const struct column *columns, unsigned count);

void table_head(const struct table *table, FILE *out);

/* Print a row: a text for each column. `colour` is for the cell at `coloured`: SGR digits, or NULL. */
void table_row(const struct table *table, FILE *out, const char *const *cells, unsigned coloured,
               const char *colour);

/* Print up to `most` characters of a text as cells have it; returns how many. */
unsigned table_text(FILE *out, const char *text, unsigned most);

#endif
