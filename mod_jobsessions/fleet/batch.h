/* SPDX-License-Identifier: Apache-2.0 */
/* What changed of many appliances, on its way into one transaction: what a transaction costs, which looks for the
 * changed sessions in each month and waits for a disk, is then paid once, not by each appliance. */
#ifndef JS_FLEET_BATCH_H
#define JS_FLEET_BATCH_H

#include "fleet.h"

/* Begins as zeros, but for `moves`: room for as many as there are appliances. */
struct batch {
    struct rows rows;
    struct move *moves;
    size_t count;
};

/* Add a page of changes; the appliance is not to be read again before batch_apply(). EXIT_DONE; EXIT_DATABASE after a
 * complaint, when there is no memory: the batch is empty then. */
enum exit_code batch_add(struct batch *batch, struct appliance *appliance, const struct rows *rows,
                         const struct page *page);

/* It is as large as a transaction should be. */
bool batch_is_full(const struct batch *batch);

/* Write what there is, and begin anew, whatever comes of it. As fleet_apply(). */
enum exit_code batch_apply(struct batch *batch, struct fleet *fleet);

void batch_free(struct batch *batch);

#endif
