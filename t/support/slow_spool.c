/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a disk that takes its time with large pieces. */
#include <dlfcn.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LARGE 32768

ssize_t write(int fd, const void *data, size_t length)
{
    static ssize_t (*real_write)(int, const void *, size_t);
    const struct timespec pause = {.tv_nsec = 25 * 1000 * 1000};
    struct stat file;
    if (real_write == NULL) {
        real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    }
    if (length >= LARGE && fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
        (void)nanosleep(&pause, NULL);
    }
    return real_write(fd, data, length);
}
