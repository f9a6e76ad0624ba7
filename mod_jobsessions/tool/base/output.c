/* SPDX-License-Identifier: Apache-2.0 */
#include "base/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"

void output_line(const char *text, size_t length)
{
    (void)fwrite(text, 1, length, stdout);
    (void)putchar('\n');
}

enum exit_code output_finish(void)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        complain("writing the output: %s", strerror(errno));
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}
