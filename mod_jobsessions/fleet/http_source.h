/* SPDX-License-Identifier: Apache-2.0 */
/* A source that is a mount of mod_jobsessions: NDJSON of `GET mount?SinceUsn=`. */
#ifndef JS_FLEET_HTTP_SOURCE_H
#define JS_FLEET_HTTP_SOURCE_H

#include "source_page.h"

/* As source_read(). */
enum exit_code http_source_read(struct source *source, const struct place *from, struct rows *rows,
                                struct page *page);

void http_source_close(struct source *source);

#endif
