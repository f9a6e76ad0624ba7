/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <stdlib.h>

#include "base/complain.h"

static void clear(struct batch *batch)
{
    rows_clear(&batch->rows);
    batch->count = 0;
}

enum exit_code batch_add(struct batch *batch, struct appliance *appliance, const struct rows *rows,
                         const struct page *page)
{
    rows_append(&batch->rows, rows);
    batch->moves[batch->count++] = (struct move){.appliance = appliance, .usn = page->usn};
    if (!batch->rows.out_of_memory) {
        return EXIT_DONE;
    }
    complain("follow: %s: out of memory", appliance->name);
    clear(batch);
    return EXIT_DATABASE;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->rows.length >= SOURCE_PAGE_BYTES;
}

enum exit_code batch_apply(struct batch *batch, struct fleet *fleet)
{
    enum exit_code code = EXIT_DONE;
    if (batch->count > 0) {
        code = fleet_apply_moves(fleet, batch->moves, batch->count, &batch->rows);
    }
    clear(batch);
    return code;
}

void batch_free(struct batch *batch)
{
    rows_free(&batch->rows);
    free(batch->moves);
    batch->moves = NULL;
}
