/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* A file, or the directory itself, and what is wanted of it. */
struct want {
    const char *name; /* "": the directory */
    int access;
    const char *to;
    const char *remedy;
};

#define ENTER                                                                                      \
    {                                                                                              \
        "", X_OK, "enter it", "give it to a group that the user is in, and chmod g+x it"           \
    }
#define MAKE                                                                                       \
    {                                                                                              \
        "", W_OK | X_OK, "make files in it", "let a worker who may make them, or chmod g+wx it"    \
    }
#define LOCK                                                                                       \
    {                                                                                              \
        "/lock.mdb", R_OK | W_OK, "read and write it",                                             \
            "as root, in that directory: chown --reference=data.mdb lock.mdb && chmod 0660 "       \
            "lock.mdb; "                                                                           \
            "the user has to be data.mdb's owner or in its group"                                  \
    }
#define READ                                                                                       \
    {                                                                                              \
        "/data.mdb", R_OK, "read it", "give it to a group that the user is in, and chmod g+r it"   \
    }
#define WRITE                                                                                      \
    {                                                                                              \
        "/data.mdb", R_OK | W_OK, "read and write it",                                             \
            "give it to a group that the user is in, and chmod g+rw it"                            \
    }

static const struct want of_readers[] = {ENTER, READ, LOCK, MAKE};
static const struct want of_writers[] = {ENTER, WRITE, LOCK, MAKE};
#define WANTS (sizeof(of_readers) / sizeof(of_readers[0]))

/* Whether this is what stands in the way; `about` is then of it. */
static bool is_denied(const char *directory, const struct want *want, struct stat *about)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s%s", directory, want->name);
    return stat(path, about) == 0 && faccessat(AT_FDCWD, path, want->access, AT_EACCESS) != 0;
}

js_result jsp_access_fail(js_error *error, int rc, const char *directory, bool may_write,
                          const char *doing)
{
    static const char needs[] = "no permission; the user needs to enter the directory, to read "
                                "data.mdb and to write lock.mdb";
    const struct want *wants = may_write ? of_writers : of_readers;
    struct stat about;
    for (size_t i = 0; i < WANTS; i++) {
        if (is_denied(directory, &wants[i], &about)) {
            return jsp_fail(error, JS_FORBIDDEN,
                            "%s: %s: %s: %s belongs to user %u and group %u, its mode is %04o, and "
                            "user %u cannot %s; %s",
                            directory, doing, needs,
                            wants[i].name[0] == '/' ? wants[i].name + 1 : "the directory",
                            about.st_uid, about.st_gid, about.st_mode & 07777, geteuid(),
                            wants[i].to, wants[i].remedy);
        }
    }
    return jsp_fail(error, JS_FORBIDDEN,
                    "%s: %s: %s (%s); modes of the files do not forbid it, so look at the "
                    "directories above, at lsattr, AppArmor and SELinux",
                    directory, doing, needs, strerror(rc));
}
