/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <string.h>

#include "directory_source.h"
#include "http_source.h"

static bool is_url(const char *where)
{
    return strncmp(where, "https://", 8) == 0 || strncmp(where, "http://", 7) == 0;
}

enum exit_code source_read(struct source *source, const struct place *from, struct rows *rows,
                           struct page *page)
{
    *page = (struct page){.usn = from->usn};
    rows_clear(rows);
    enum exit_code code = is_url(source->where) ? http_source_read(source, from, rows, page)
                                                : directory_source_read(source, from, rows, page);
    if (code == EXIT_DONE && rows->out_of_memory) {
        code = source_fail(source, "out of memory");
    }
    source->silent = source->silent && code != EXIT_DONE;
    return code;
}

void source_close(struct source *source)
{
    directory_source_close(source);
    http_source_close(source);
}
