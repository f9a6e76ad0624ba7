/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: the system's pages have 64 KiB, as some have on arm64. LMDB's have 32 then, its most. */
#include <dlfcn.h>
#include <unistd.h>

long sysconf(int name)
{
    long (*real)(int) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_PAGESIZE ? 65536L : real(name);
}
