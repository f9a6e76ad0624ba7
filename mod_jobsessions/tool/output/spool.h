/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output for a document that is rendered from a snapshot. A pipe or terminal may be read as
 * slowly as a person reads, and a snapshot must not wait for it: there the document goes by way of a
 * file without a name. */
#ifndef JS_TOOL_SPOOL_H
#define JS_TOOL_SPOOL_H

#include <stdio.h>

#include "base/exit_code.h"

/* Where to write the document: standard output, or a new file in TMPDIR. NULL: there can be none,
 * which was said. */
FILE *spool_open(void);

/* After the snapshot has ended: bring the document to standard output where it is not there yet, and
 * give the file back. EXIT_DONE or EXIT_DATABASE. */
enum exit_code spool_send(FILE *spool);

/* Complain, by errno, that the document cannot be written. Returns EXIT_DATABASE. */
enum exit_code spool_failed(void);

#endif
