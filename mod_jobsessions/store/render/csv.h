/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as rows of comma-separated values (RFC 4180): a column for every member the document
 * defines, those of inner objects with their path and dots. Lists stand in their cell as JSON; members
 * the document does not define have no column. */
#ifndef JS_STORE_CSV_H
#define JS_STORE_CSV_H

#include "base/json.h"
#include "base/text.h"

/* Append the row of the columns' names. */
void jsp_csv_header(jsp_text *text);

/* Append a row. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
void jsp_csv_row(jsp_text *text, jsp_slice session);

#endif
