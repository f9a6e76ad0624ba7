/* SPDX-License-Identifier: Apache-2.0 */
#include "output/spool.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/unnamed.h"

#define CHUNK ((size_t)128 << 10)

static bool may_be_slow(int fd)
{
    struct stat file;
    return fstat(fd, &file) == 0 && !S_ISREG(file.st_mode);
}

FILE *spool_open(void)
{
    return may_be_slow(STDOUT_FILENO) ? unnamed_open() : stdout;
}

enum exit_code spool_failed(void)
{
    complain("writing the document: %s", strerror(errno));
    return EXIT_DATABASE;
}

static enum exit_code copy(FILE *source, FILE *target)
{
    static char chunk[CHUNK];
    size_t length;
    if (ferror(source) != 0) {
        return EXIT_DATABASE; /* that it cannot be written was said */
    }
    if (fseek(source, 0, SEEK_SET) != 0) { /* writes what is left in its buffer */
        return spool_failed();
    }
    while ((length = fread(chunk, 1, sizeof(chunk), source)) > 0) {
        if (fwrite(chunk, 1, length, target) != length) {
            return spool_failed();
        }
    }
    return ferror(source) != 0 || fflush(target) != 0 ? spool_failed() : EXIT_DONE;
}

enum exit_code spool_send(FILE *spool)
{
    if (spool == stdout) {
        return EXIT_DONE;
    }
    enum exit_code code = copy(spool, stdout);
    (void)fclose(spool);
    return code;
}
