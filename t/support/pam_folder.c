/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: PAM's services are those in a folder of the test's, JOBSESSIONS_PAM_FOLDER, which needs no root. */
#include <dlfcn.h>
#include <stdlib.h>

int pam_start(const char *service, const char *user, const void *conversation, void **handle);

int pam_start(const char *service, const char *user, const void *conversation, void **handle)
{
    int (*start)(const char *, const char *, const void *, const char *, void **);
    *(void **)&start = dlsym(RTLD_DEFAULT, "pam_start_confdir");
    return start(service, user, conversation, getenv("JOBSESSIONS_PAM_FOLDER"), handle);
}
