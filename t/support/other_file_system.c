/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: every file lies on a file system of the type that FILE_SYSTEM_TYPE tells, as a number; at 0
 * whoever asks comes to an end. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

#include <sys/vfs.h>

int statfs(const char *path, struct statfs *system)
{
    static int (*real_statfs)(const char *, struct statfs *);
    const char *type = getenv("FILE_SYSTEM_TYPE");
    long number = type != NULL ? strtol(type, NULL, 0) : 0;
    if (number == 0) {
        (void)raise(SIGKILL); /* an end by exit() is one that ThreadSanitizer looks into */
    }
    if (real_statfs == NULL) {
        *(void **)&real_statfs = dlsym(RTLD_NEXT, "statfs");
    }
    int result = real_statfs(path, system);
    system->f_type = number;
    return result;
}
