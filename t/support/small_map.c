/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD under valgrind, which has fewer addresses to give away than a process has: databases map
 * no more than a gigabyte. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include <lmdb.h>

#define MOST ((size_t)1 << 30)

int mdb_env_set_mapsize(MDB_env *env, size_t size)
{
    void *lmdb = dlopen("liblmdb.so.0", RTLD_LAZY | RTLD_NOLOAD);
    int (*set)(MDB_env *, size_t) = NULL;
    if (lmdb != NULL) {
        *(void **)&set = dlsym(lmdb, "mdb_env_set_mapsize");
    }
    return set != NULL ? set(env, size < MOST ? size : MOST) : ENOSYS;
}
