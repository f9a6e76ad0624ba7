/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unnamed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"

FILE *unnamed_open(void)
{
    char path[4096];
    const char *directory = getenv("TMPDIR");
    (void)snprintf(path, sizeof(path), "%s/jobsessions.XXXXXX",
                   directory != NULL && directory[0] != '\0' ? directory : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0) {
        complain("%s: %s", path, strerror(errno));
        return NULL;
    }
    (void)unlink(path);
    FILE *file = fdopen(fd, "w+");
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        (void)close(fd);
    }
    return file;
}
