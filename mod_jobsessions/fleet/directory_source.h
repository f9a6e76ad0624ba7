/* SPDX-License-Identifier: Apache-2.0 */
/* A source that is a directory of this machine. */
#ifndef JS_FLEET_DIRECTORY_SOURCE_H
#define JS_FLEET_DIRECTORY_SOURCE_H

#include "source_page.h"

/* As source_read(). A database that was put in the place of another is opened. */
enum exit_code directory_source_read(struct source *source, const struct place *from,
                                     struct rows *rows, struct page *page);

void directory_source_close(struct source *source);

#endif
