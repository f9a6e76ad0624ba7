/* SPDX-License-Identifier: Apache-2.0 */
#include "response/pieces_room.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_atomic.h"
#include "apr_strings.h"
#include "apr_tables.h"

#include "response/free_space.h"

/* A process looks at what there is when it has added this part of what there may be, and then leaves room for as
 * much as all may add until somebody looks again. */
#define LOOK_PART 64
#define LEFT_PART 8

struct found {
    const char *name;
    apr_off_t size;
    apr_int64_t used; /* seconds since 1970 */
};

/* Of this process. */
static struct {
    apr_uint64_t added; /* bytes, since it looked */
    apr_uint32_t has_looked;
    apr_uint32_t is_looking;
} room;

static int by_use(const void *one_, const void *other_)
{
    const struct found *one = one_;
    const struct found *other = other_;
    return (one->used > other->used) - (one->used < other->used);
}

static void find(int directory, DIR *names, apr_array_header_t *all)
{
    struct dirent *entry;
    struct stat about;
    while ((entry = readdir(names)) != NULL) {
        if (strncmp(entry->d_name, PIECES_PREFIX, strlen(PIECES_PREFIX)) == 0
            && fstatat(directory, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(about.st_mode)) {
            APR_ARRAY_PUSH(all, struct found) = (struct found){
                apr_pstrdup(all->pool, entry->d_name), about.st_size, about.st_mtime};
        }
    }
}

/* Remove the oldest until the rest is no more than so many bytes. */
static void shrink(int directory, apr_array_header_t *all, apr_off_t most)
{
    struct found *files = (struct found *)all->elts;
    apr_off_t total = 0;
    for (int i = 0; i < all->nelts; i++) {
        total += files[i].size;
    }
    qsort(files, (size_t)all->nelts, sizeof(*files), by_use);
    for (int i = 0; i < all->nelts && total > most; i++) {
        (void)unlinkat(directory, files[i].name, 0);
        total -= files[i].size;
    }
}

static void look(int directory, apr_off_t most)
{
    apr_pool_t *pool;
    int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = again >= 0 ? fdopendir(again) : NULL;
    if (names == NULL) {
        if (again >= 0) {
            (void)close(again);
        }
        return;
    }
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS) {
        apr_array_header_t *all = apr_array_make(pool, 64, sizeof(struct found));
        find(directory, names, all);
        shrink(directory, all, most);
        apr_pool_destroy(pool);
    }
    (void)closedir(names);
}

static apr_off_t limit_of(const struct server_config *config)
{
    return config->cache_limit >= 0 ? config->cache_limit : CACHE_LIMIT_DEFAULT;
}

apr_off_t pieces_room_most(const struct server_config *config)
{
    return limit_of(config) / LEFT_PART;
}

int pieces_room_has(int directory, const struct server_config *config, apr_size_t bytes)
{
    apr_off_t limit = limit_of(config);
    if ((apr_off_t)bytes > limit / LEFT_PART || !free_space_is_left(directory, config)) {
        return 0;
    }
    apr_uint64_t added = apr_atomic_add64(&room.added, bytes) + bytes;
    if ((added > (apr_uint64_t)limit / LOOK_PART || !apr_atomic_read32(&room.has_looked))
        && apr_atomic_cas32(&room.is_looking, 1, 0) == 0) {
        apr_atomic_set64(&room.added, 0);
        apr_atomic_set32(&room.has_looked, 1);
        look(directory, limit - limit / LEFT_PART);
        apr_atomic_set32(&room.is_looking, 0);
    }
    return 1;
}
