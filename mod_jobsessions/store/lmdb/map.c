/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define META_PAGES 2
#define META_WORDS (JSP_META_SIZE / sizeof(uint64_t))
/* Looks at pages that another process may be writing before they are taken for damaged. */
#define TRIES 20

/* The meta pages as they stand in the file. */
struct pair {
    jsp_meta metas[META_PAGES];
    bool is_meta[META_PAGES];
    unsigned format[META_PAGES]; /* 0: not LMDB's */
};

static void read_meta(int fd, off_t offset, unsigned number, struct pair *pair)
{
    unsigned char bytes[JSP_META_SIZE];
    bool is_there = pread(fd, bytes, sizeof(bytes), offset) == (ssize_t)sizeof(bytes);
    pair->format[number] = is_there ? jsp_meta_format(bytes) : 0;
    pair->is_meta[number] = is_there && jsp_meta_read(bytes, number, &pair->metas[number]);
}

/* Where the first page does not say it: the system's pages where the file was made have so many bytes, of which LMDB
 * takes 32 KiB at most. */
static void find_second(int fd, struct pair *pair)
{
    for (off_t size = 4096; size <= JSP_PAGE_SIZE_MAX && pair->format[1] == 0; size *= 2) {
        read_meta(fd, size, 1, pair);
    }
}

static void read_pair(int fd, struct pair *pair)
{
    read_meta(fd, 0, 0, pair);
    pair->format[1] = 0;
    if (pair->is_meta[0]) {
        read_meta(fd, pair->metas[0].page_size, 1, pair);
    } else {
        pair->is_meta[1] = false;
        find_second(fd, pair);
    }
}

/* Transactions write the two pages in turn: the even ones the first. A new file has none. */
static bool follow_each_other(uint64_t even, uint64_t odd)
{
    return even % 2 == 0 && ((even == 0 && odd == 0) || (odd % 2 == 1 && odd - even + 1 <= 2));
}

/* The format of a file that is LMDB's and not of ours, or 0. That a page names another is damage where the
 * second one names ours. */
static unsigned other_format(const struct pair *pair)
{
    bool is_ours = pair->format[0] == JSP_META_FORMAT || pair->format[1] == JSP_META_FORMAT;
    return is_ours ? 0 : pair->format[0] != 0 ? pair->format[0] : pair->format[1];
}

/* What is wrong with the pair, or NULL. */
static const char *fault_of(const struct pair *pair)
{
    const jsp_meta *metas = pair->metas;
    if ((pair->format[0] == 0 && pair->format[1] == 0) || other_format(pair) != 0) {
        return NULL; /* and LMDB will say so */
    }
    if (!pair->is_meta[0] || !pair->is_meta[1]) {
        return pair->is_meta[1] ? "page 0, a meta page, is damaged"
                                : "page 1, a meta page, is damaged";
    }
    return metas[0].page_size == metas[1].page_size
                   && follow_each_other(metas[0].transaction, metas[1].transaction)
               ? NULL
               : "its meta pages contradict each other";
}

/* The same of a file that others may be writing. */
static const char *check_pair(int fd, struct pair *pair)
{
    const struct timespec pause = {0, 1000 * 1000};
    struct stat file;
    const char *fault = NULL;
    for (int tries = 0; tries < TRIES; tries++) {
        if (fstat(fd, &file) != 0 || file.st_size == 0) {
            return NULL;
        }
        read_pair(fd, pair);
        fault = fault_of(pair);
        if (fault == NULL) {
            return NULL;
        }
        (void)nanosleep(&pause, NULL);
    }
    return fault;
}

/* LMDB's locks are on the other file: closing this one takes none away. */
static int open_data(const char *directory)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool jsp_map_is_lmdb(const char *directory)
{
    struct pair pair = {0};
    struct stat file;
    int fd = open_data(directory);
    if (fd < 0) {
        return true;
    }
    bool is_empty = fstat(fd, &file) == 0 && file.st_size == 0;
    read_pair(fd, &pair);
    (void)close(fd);
    return is_empty || pair.format[0] != 0 || pair.format[1] != 0;
}

js_result jsp_map_check(const char *directory, js_error *error)
{
    struct pair pair = {0};
    int fd = open_data(directory);
    if (fd < 0) {
        return JS_OK;
    }
    const char *fault = check_pair(fd, &pair);
    (void)close(fd);
    if (fault != NULL) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: data.mdb is damaged (%s); restore it from a backup or an export",
                        directory, fault);
    }
    if (other_format(&pair) != 0) {
        return jsp_fail(
            error, JS_NEWER,
            "%s: data.mdb has format %u of LMDB, this program reads format %d; use a "
            "version of libjobsessions or mod_jobsessions that is made for it, or dump it "
            "with its own mdb_dump and load that with mdb_load of LMDB 0.9",
            directory, other_format(&pair), JSP_META_FORMAT);
    }
    return JS_OK;
}

int jsp_map_open(jsp_map *map, MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;
    int rc = mdb_env_info(env, &info);
    rc = rc != 0 ? rc : mdb_env_stat(env, &stat);
    rc = rc != 0 ? rc : mdb_env_get_fd(env, &map->fd);
    if (rc != 0) {
        return rc;
    }
    (void)fcntl(map->fd, F_SETFD, FD_CLOEXEC); /* LMDB leaves it to programs that are started */
    void *bytes = mmap(NULL, info.me_mapsize, PROT_READ, MAP_SHARED, map->fd, 0);
    if (bytes == MAP_FAILED) {
        return errno;
    }
    map->bytes = bytes;
    map->size = info.me_mapsize;
    map->page_size = stat.ms_psize;
    return 0;
}

void jsp_map_close(jsp_map *map)
{
    if (map->bytes != NULL) {
        (void)munmap((void *)map->bytes, map->size);
        map->bytes = NULL;
    }
}

size_t jsp_map_wanted(const jsp_map *map)
{
    size_t most = 0;
    for (unsigned number = 0; number < META_PAGES; number++) {
        size_t size;
        off_t place = (off_t)(number * map->page_size + JSP_META_MAP_SIZE);
        if (pread(map->fd, &size, sizeof(size), place) == (ssize_t)sizeof(size) && size > most) {
            most = size;
        }
    }
    return most;
}

bool jsp_map_has_room(size_t size)
{
    void *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, size) == 0;
}

/* A look at a meta page, in the order of its words. */
static void copy_words(const uint64_t *page, uint64_t words[META_WORDS])
{
    for (size_t i = 0; i < META_WORDS; i++) {
        words[i] = __atomic_load_n(&page[i], __ATOMIC_ACQUIRE);
    }
}

/* Copy a meta page that may be overwritten meanwhile: until two looks agree. */
static bool copy_meta(const unsigned char *page, uint64_t words[META_WORDS])
{
    uint64_t again[META_WORDS];
    for (int tries = 0; tries < TRIES; tries++) {
        copy_words((const uint64_t *)page, words);
        copy_words((const uint64_t *)page, again);
        if (memcmp(words, again, sizeof(again)) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the file has a transaction that is not seen in the map: then the two are not the same. */
static bool file_is_ahead(const jsp_map *map, uint64_t transaction)
{
    unsigned char bytes[JSP_META_SIZE];
    jsp_meta meta;
    unsigned number = transaction % META_PAGES;
    return pread(map->fd, bytes, sizeof(bytes), (off_t)(number * map->page_size))
               == (ssize_t)sizeof(bytes)
           && jsp_meta_read(bytes, number, &meta) && meta.transaction >= transaction;
}

/* The pages and the meta page of a transaction that was committed. */
static int view(const jsp_map *map, uint64_t transaction, jsp_pages *pages, jsp_meta *meta)
{
    uint64_t words[META_WORDS];
    struct stat file;
    unsigned number = transaction % META_PAGES;
    if (map->bytes == NULL || fstat(map->fd, &file) != 0) {
        return map->bytes == NULL ? ENOMEM : errno;
    }
    uint64_t present = (uint64_t)file.st_size / map->page_size;
    uint64_t mapped = map->size / map->page_size;
    present = present < mapped ? present : mapped;
    if (present < META_PAGES) {
        return MDB_CORRUPTED;
    }
    if (!copy_meta(map->bytes + number * map->page_size, words)) {
        return MDB_BAD_TXN;
    }
    if (!jsp_meta_read((const unsigned char *)words, number, meta)
        || meta->page_size != map->page_size) {
        return MDB_CORRUPTED;
    }
    pages->map = map->bytes;
    pages->size = map->page_size;
    pages->count = meta->last_page < present ? meta->last_page + 1 : present;
    if (meta->transaction < transaction && file_is_ahead(map, transaction)) {
        return ESTALE;
    }
    return meta->transaction == transaction ? 0 : MDB_BAD_TXN;
}

int jsp_map_view(const jsp_map *map, MDB_txn *txn, jsp_pages *pages, jsp_meta *meta)
{
    return view(map, mdb_txn_id(txn), pages, meta);
}

int jsp_map_base(const jsp_map *map, MDB_txn *txn, jsp_pages *pages, jsp_meta *meta)
{
    struct pair pair;
    uint64_t transaction = mdb_txn_id(txn) - 1;
    int rc = view(map, transaction, pages, meta);
    if (rc != 0) {
        return rc == MDB_BAD_TXN ? MDB_CORRUPTED : rc;
    }
    read_pair(map->fd, &pair);
    const jsp_meta *before = &pair.metas[(transaction + 1) % META_PAGES];
    /* LMDB never takes pages off the file's end: a last page that fell would have it write over others */
    return fault_of(&pair) == NULL && before->last_page <= meta->last_page ? 0 : MDB_CORRUPTED;
}
