/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a data.mdb that cannot be opened, which can: as long as it was, what is missing as zeros, and one of its meta
 * pages in the place of both. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "jobsessions_read.h"
#include "lmdb/meta.h"
#include "lmdb/page.h"

#define CHUNK ((size_t)1 << 20)
#define PATH_SIZE 4096
#define META_PAGES 2

/* A meta page that is whole, and its bytes. */
struct found {
    jsp_meta meta;
    unsigned char bytes[JSP_META_SIZE];
    bool is_whole;
};

static int open_in(const char *directory, int flags)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%.4000s/data.mdb", directory);
    return open(path, flags | O_CLOEXEC, 0600);
}

static void read_meta(int fd, off_t at, unsigned number, struct found *found)
{
    found->is_whole = pread(fd, found->bytes, JSP_META_SIZE, at) == JSP_META_SIZE
                      && jsp_meta_read(found->bytes, number, &found->meta)
                      && (at == 0 || found->meta.page_size == at);
}

/* The second page is where the first one ends; where that is damaged, any size may be its own. */
static void read_metas(int fd, struct found found[META_PAGES])
{
    read_meta(fd, 0, 0, &found[0]);
    found[1].is_whole = false;
    for (off_t size = 512; size <= JSP_PAGE_SIZE_MAX && !found[1].is_whole; size *= 2) {
        if (!found[0].is_whole || found[0].meta.page_size == size) {
            read_meta(fd, size, 1, &found[1]);
        }
    }
}

/* Of those that are whole the newest, or the one before; NULL: there are not as many. */
static const struct found *choose(const struct found found[META_PAGES], unsigned back)
{
    bool second = found[1].is_whole
                  && (!found[0].is_whole || found[1].meta.transaction > found[0].meta.transaction);
    const struct found *newest = &found[second];
    const struct found *older = &found[!second];
    const struct found *chosen = back == 0 ? newest : older;
    return chosen->is_whole && chosen->meta.transaction > 0 ? chosen : NULL;
}

/* LMDB takes the higher transaction, and each page is of every other. */
static bool write_metas(int fd, const struct found *chosen)
{
    unsigned char bytes[JSP_META_SIZE];
    bool is_written = true;
    for (unsigned number = 0; number < META_PAGES; number++) {
        bool is_its_own = chosen->meta.transaction % META_PAGES == number;
        memcpy(bytes, chosen->bytes, sizeof(bytes));
        jsp_meta_move(bytes, number, chosen->meta.transaction - (is_its_own ? 0 : 1));
        is_written = is_written
                     && pwrite(fd, bytes, sizeof(bytes), (off_t)number * chosen->meta.page_size)
                            == (ssize_t)sizeof(bytes);
    }
    return is_written
           && ftruncate(fd, (off_t)((chosen->meta.last_page + 1) * chosen->meta.page_size)) == 0;
}

static bool copy_bytes(int from, int to)
{
    static const size_t most = CHUNK;
    ssize_t copied;
    do {
        copied = copy_file_range(from, NULL, to, NULL, most, 0);
    } while (copied > 0 || (copied < 0 && errno == EINTR));
    return copied == 0;
}

/* Whether a file of that many bytes may have had so many pages: where that is damaged, too, disks are not filled. */
static bool is_plausible(int fd, const jsp_meta *meta)
{
    struct stat file;
    const uint64_t times = 64;
    return fstat(fd, &file) == 0
           && meta->last_page < ((uint64_t)file.st_size / meta->page_size + 1) * times;
}

static js_result copy(int from, int to, const char *directory, unsigned back, js_error *error)
{
    struct found found[META_PAGES];
    read_metas(from, found);
    const struct found *chosen = choose(found, back);
    if (chosen == NULL || !is_plausible(from, &chosen->meta)) {
        return jsp_fail(error, JS_DAMAGED, "%s: no meta page that is whole says where its data are",
                        directory);
    }
    if (!copy_bytes(from, to) || !write_metas(to, chosen)) {
        return jsp_fail(error, JS_SYSTEM, "%s: it cannot be copied: %s", directory,
                        strerror(errno));
    }
    return JS_OK;
}

js_result js_salvage_copy(const char *directory, const char *to, unsigned back, js_error *error)
{
    js_result result;
    int original = open_in(directory, O_RDONLY);
    int made = original >= 0 ? open_in(to, O_RDWR | O_CREAT | O_EXCL) : -1;
    if (made >= 0) {
        result = copy(original, made, directory, back, error);
        (void)close(made);
    } else {
        result = jsp_fail(error, JS_SYSTEM, "%s/data.mdb: %s", original < 0 ? directory : to,
                          strerror(errno));
    }
    if (original >= 0) {
        (void)close(original);
    }
    return result;
}
