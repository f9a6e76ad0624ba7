/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that come out in the order of ids. An export is newest first, and sessions that are stored in that
 * order leave LMDB's pages half empty; so all of a document is kept, in a file without a name in TMPDIR, until
 * its end is known, and read from there from its last session to its first, or as it came when that has the
 * lower id. Changes, of which the later ones count, stay in their order: removals tell them from an export. */
#ifndef JS_TOOL_REVERSAL_H
#define JS_TOOL_REVERSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/exit_code.h"

struct reversal {
    FILE *file;
    uint64_t count;
    bool has_removals;
    uint64_t first_id; /* as far as the texts tell them, else 0 */
    uint64_t last_id;
};

/* EXIT_DONE, or EXIT_DATABASE: there can be no such file, which was said. */
enum exit_code reversal_begin(struct reversal *reversal);
enum exit_code reversal_add(struct reversal *reversal, const char *text, size_t length);

/* Hand all texts to `take`, each with its number as it was added, from 1; ends early when that does not
 * return EXIT_DONE. */
enum exit_code reversal_take(struct reversal *reversal,
                             enum exit_code (*take)(void *baton, const char *text, size_t length,
                                                    uint64_t number),
                             void *baton);

void reversal_end(struct reversal *reversal);

#endif
