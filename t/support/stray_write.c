/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a bug that writes to data.mdb in memory. The next call of fstat() in any process does it,
 * once the file exists that STRAY_WRITE names; it is removed, so that one process does. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_to_maps(void)
{
    char line[4096];
    void *begin;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, "/data.mdb") != NULL && sscanf(line, "%p", &begin) == 1) {
            ((volatile char *)begin)[2 * 4096 + 100] = 'x';
        }
    }
    if (maps != NULL) {
        (void)fclose(maps);
    }
}

int fstat(int fd, struct stat *file)
{
    int (*real)(int, struct stat *) = NULL;
    const char *trigger = getenv("STRAY_WRITE");
    *(void **)&real = dlsym(RTLD_NEXT, "fstat");
    if (trigger != NULL && unlink(trigger) == 0) {
        write_to_maps();
    }
    return real(fd, file);
}
