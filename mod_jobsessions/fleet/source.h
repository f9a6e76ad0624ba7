/* SPDX-License-Identifier: Apache-2.0 */
/* A database that is followed, be it a directory or a URL. */
#ifndef JS_FLEET_SOURCE_H
#define JS_FLEET_SOURCE_H

#include "source_page.h"

/* Read the next changes, as many as go into a transaction of PostgreSQL's, of one snapshot, which has ended
 * when this returns. EXIT_DONE; EXIT_DATABASE after a complaint, which is not repeated as long as nothing changes. */
enum exit_code source_read(struct source *source, const struct place *from, struct rows *rows,
                           struct page *page);

void source_close(struct source *source);

#endif
