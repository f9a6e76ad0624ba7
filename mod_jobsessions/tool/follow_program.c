/* SPDX-License-Identifier: Apache-2.0 */
#include "follow_program.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/exit_code.h"

static const char program[] = "-follow";

int follow_program(char **arguments)
{
    char path[PATH_MAX + sizeof(program)];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length > 0) {
        memcpy(path + length, program, sizeof(program));
        (void)execv(path, arguments);
    }
    complain("follow: jobsessions-follow: %s: it is installed where libpq-dev and "
             "libcurl4-openssl-dev were when this was built",
             strerror(errno));
    return EXIT_USAGE;
}
