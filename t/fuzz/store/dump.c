/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a dump, from whom they may come. Nothing behind a line is read; and what is taken for one is written as
 * what is taken for the same. */
#include <string.h>

#include "format/dump_line.h"
#include "fuzz.h"

static void check(const char *bytes, size_t length)
{
    static jsp_text once;
    static jsp_text twice;
    jsp_dump_line line;
    const char *wrong = jsp_dump_line_read(&line, bytes, length);
    if (wrong != NULL) {
        must(strlen(wrong) > 0);
        return;
    }
    must(line.kind < JSP_DUMP_KINDS);
    jsp_dump_line_write(&once, &line);
    must(jsp_dump_line_read(&line, once.data, once.length) == NULL);
    jsp_dump_line_write(&twice, &line);
    must(once.length == twice.length && memcmp(once.data, twice.data, once.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + (size == 0)); /* its bounds are watched */
    must(bytes != NULL);
    memcpy(bytes, data, size);
    check(bytes, size);
    free(bytes);
    return 0;
}
