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

/* Bytes of room that a row of a session of so many bytes of JSON needs: more than it takes. */
size_t jsp_csv_most(size_t length);

/* Append a row. A text that a spreadsheet would take for a formula gets an apostrophe before it; a control character
 * is replaced. */
void jsp_csv_row(jsp_text *text, jsp_slice session);

/* The same for a spreadsheet that opens the file by itself and makes of every cell what it takes it for: a byte-order
 * mark before the header, and texts and long numbers as formulas whose value is the text. */
void jsp_sheet_header(jsp_text *text);
void jsp_sheet_row(jsp_text *text, jsp_slice session);

#endif
