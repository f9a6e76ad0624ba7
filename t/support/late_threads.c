/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD into httpd: as long as the file exists that LATE_THREADS names, threads are late to take
 * up the connections that httpd has accepted. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* APR's, which httpd calls for each new connection; its types are not needed to pass them on. */
int apr_socket_addr_get(void **address, int which, void *socket);

int apr_socket_addr_get(void **address, int which, void *socket)
{
    static int (*real)(void **, int, void *);
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    const char *file = getenv("LATE_THREADS");
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "apr_socket_addr_get");
    }
    while (file != NULL && access(file, F_OK) == 0) {
        (void)nanosleep(&pause, NULL);
    }
    return real(address, which, socket);
}
