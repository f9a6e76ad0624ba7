/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD into httpd: counts the memory allocations that mod_jobsessions, liblmdb and
 * libjansson make, by themselves or through a function of libc such as strdup().
 *
 * The counters are three 64-bit integers in the file that ALLOCATIONS names: module, LMDB, jansson.
 * They are mapped, so that all children of a server add to the same ones and a test can read them at
 * any time. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own entries, which need no dlsym() to be found. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static const char *const watched[] = {"mod_jobsessions", "liblmdb", "libjansson"};

#define WATCHED (sizeof(watched) / sizeof(watched[0]))
/* Callers on the way from malloc() to who wanted the memory. */
#define FRAMES 16

static _Atomic uint64_t *counters;
static __thread bool counting; /* looking for the caller may allocate as well */

__attribute__((constructor)) static void map_counters(void)
{
    void *frame;
    const char *path = getenv("ALLOCATIONS");
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0 || ftruncate(file, WATCHED * sizeof(*counters)) != 0) {
        return;
    }
    (void)backtrace(&frame, 1); /* loads what it needs */
    void *map =
        mmap(NULL, WATCHED * sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    counters = map != MAP_FAILED ? map : NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is(const char *name, const char *library)
{
    return strncmp(name, library, strlen(library)) == 0;
}

/* Count the call if the first caller outside of libc and this file is a watched library. */
static void count(void)
{
    void *frames[FRAMES];
    if (counters == NULL || counting) {
        return;
    }
    counting = true;
    int depth = backtrace(frames, FRAMES);
    for (int i = 0; i < depth; i++) {
        Dl_info object;
        if (dladdr(frames[i], &object) == 0 || object.dli_fname == NULL) {
            break;
        }
        const char *name = base_name(object.dli_fname);
        if (is(name, "allocations.so") || is(name, "libc.so")) {
            continue;
        }
        for (size_t library = 0; library < WATCHED; library++) {
            if (is(name, watched[library])) {
                atomic_fetch_add(&counters[library], 1);
            }
        }
        break;
    }
    counting = false;
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
    count();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    count();
    *memory = __libc_memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}
