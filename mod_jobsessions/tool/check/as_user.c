/* SPDX-License-Identifier: Apache-2.0 */
#include "check/as_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/complain.h"

/* An exit status has no room for more faults, and has others for a child that could not look. */
#define FAULTS_MAX 100
#define CANNOT_LOOK 101

static bool become(const struct passwd *user)
{
    return geteuid() == user->pw_uid
           || (initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0
               && setuid(user->pw_uid) == 0);
}

__attribute__((noreturn)) static void look_and_exit(const struct passwd *user, as_user_look *look,
                                                    void *baton)
{
    struct report report = {0};
    if (!become(user)) {
        complain("become %s: %s", user->pw_name, strerror(errno));
        _exit(CANNOT_LOOK);
    }
    look(baton, &report);
    (void)fflush(stdout);
    _exit(report.faults < FAULTS_MAX ? (int)report.faults : FAULTS_MAX);
}

static enum exit_code take_faults(const char *name, int status, struct report *report)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) > FAULTS_MAX) {
        complain("the process that looked as user %s could not end its work", name);
        return EXIT_DATABASE;
    }
    report->faults += (unsigned)WEXITSTATUS(status);
    return EXIT_DONE;
}

static const struct passwd *find_user(const char *name)
{
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        complain("check: there is no user \"%s\"", name);
    } else if (geteuid() != 0 && geteuid() != user->pw_uid) {
        complain("check: only root can look as %s; run it as root, or as that user", name);
        user = NULL;
    }
    return user;
}

enum exit_code as_user(const char *name, as_user_look *look, void *baton, struct report *report)
{
    const struct passwd *user = find_user(name);
    int status;
    if (user == NULL) {
        return EXIT_USAGE;
    }
    (void)fflush(stdout); /* or the child would print it once more */
    pid_t child = fork();
    if (child == 0) {
        look_and_exit(user, look, baton);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        complain("look as user %s: %s", name, strerror(errno));
        return EXIT_DATABASE;
    }
    return take_faults(name, status, report);
}
