/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/page_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "lmdb/path.h"

/* Written at once. Past the cache of the system where the file system allows that: a copy is not read again soon,
 * and what is would have to make room. Such memory has to be aligned. */
#define CHUNK ((size_t)1 << 20)
#define ALIGNMENT ((size_t)4096)

#define META_PAGES 2

/* Trees within each other: the names of tables, a table, the duplicates of a key. */
#define NESTED 3

struct copy {
    const jsp_pages *pages;
    int fd;
    unsigned char *chunk;  /* pages that are not written yet, */
    size_t used;           /* so many bytes, */
    uint64_t written;      /* after so many pages */
    unsigned char *frames; /* a page for each level of each tree that is under way */
    unsigned depth;        /* frames in use */
};

/* ---- The file --------------------------------------------------------------------------------- */

static int write_all(int fd, const unsigned char *bytes, size_t length, off_t at)
{
    while (length > 0) {
        ssize_t written = pwrite(fd, bytes, length, at);
        if (written < 0 && errno == EINVAL && (fcntl(fd, F_GETFL) & O_DIRECT) != 0) {
            (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_DIRECT);
        } else if (written < 0 && errno != EINTR) {
            return errno;
        } else if (written > 0) {
            bytes += written;
            length -= (size_t)written;
            at += written;
        }
    }
    return 0;
}

static int flush(struct copy *copy)
{
    size_t size = copy->pages->size;
    int rc = write_all(copy->fd, copy->chunk, copy->used, (off_t)(copy->written * size));
    copy->written += copy->used / size;
    copy->used = 0;
    return rc;
}

/* Append a page; *number receives its new one. */
static int append(struct copy *copy, const unsigned char *bytes, uint64_t *number)
{
    size_t size = copy->pages->size;
    int rc = copy->used + size > CHUNK ? flush(copy) : 0;
    *number = copy->written + copy->used / size;
    /* more than there are: a damaged branch leads to the same pages again and again */
    if (rc != 0 || *number >= copy->pages->count) {
        return rc != 0 ? rc : MDB_CORRUPTED;
    }
    memcpy(copy->chunk + copy->used, bytes, size);
    copy->used += size;
    return 0;
}

/* One that knows its number. */
static int append_numbered(struct copy *copy, const unsigned char *bytes, uint64_t *number)
{
    int rc = append(copy, bytes, number);
    if (rc == 0) {
        jsp_page_set_number(copy->chunk + copy->used - copy->pages->size, *number);
    }
    return rc;
}

/* ---- Pages ------------------------------------------------------------------------------------ */

static int copy_page(struct copy *copy, const jsp_path *tree, uint64_t old, unsigned level,
                     uint64_t *number);

/* Copy a tree; its root is set anew in `bytes`, where it is described. */
static int copy_tree(struct copy *copy, unsigned char bytes[JSP_TREE_SIZE], jsp_page_kind leaves)
{
    jsp_tree tree;
    jsp_path path;
    uint64_t root = JSP_NO_PAGE;
    int rc = 0;
    jsp_tree_read(bytes, &tree);
    if (!jsp_path_begin(&path, copy->pages, &tree, leaves)) {
        return MDB_CORRUPTED;
    }
    if (path.depth > 0) {
        rc = copy_page(copy, &path, tree.root, 0, &root);
    }
    jsp_tree_set_root(bytes, root);
    return rc;
}

/* A value that has pages of its own. */
static int copy_run(struct copy *copy, uint64_t first, uint64_t count, uint64_t *number)
{
    const unsigned char *bytes = copy->pages->map + first * copy->pages->size;
    int rc = append_numbered(copy, bytes, number);
    for (uint64_t i = 1; i < count && rc == 0; i++) {
        uint64_t next;
        rc = append(copy, bytes + i * copy->pages->size, &next);
    }
    return rc;
}

/* A value's own pages; where they are is written anew in its place. */
static int copy_overflow(struct copy *copy, const jsp_tree_page *page, unsigned at,
                         const MDB_val *place)
{
    uint64_t first;
    uint64_t count;
    if (!jsp_page_overflow(copy->pages, page, at, &first, &count)) {
        return MDB_CORRUPTED;
    }
    int rc = copy_run(copy, first, count, &first);
    jsp_put_le64(place->mv_data, first);
    return rc;
}

/* What a leaf's entry leads to. */
static int copy_value(struct copy *copy, const jsp_tree_page *page, unsigned at)
{
    MDB_val key;
    MDB_val value;
    unsigned kind;
    if (!jsp_page_node(page, at, &key, &value, &kind)) {
        return MDB_CORRUPTED;
    }
    if (kind & JSP_NODE_OVERFLOW) {
        return copy_overflow(copy, page, at, &value);
    }
    if ((kind & JSP_NODE_TREE) == 0) {
        return 0;
    }
    return value.mv_size != JSP_TREE_SIZE
               ? MDB_CORRUPTED
               : copy_tree(copy, value.mv_data,
                           kind & JSP_NODE_DUPLICATES ? JSP_PAGE_FIXED : JSP_PAGE_LEAF);
}

static int copy_child(struct copy *copy, const jsp_path *tree, const jsp_tree_page *page,
                      unsigned at, unsigned level)
{
    uint64_t number;
    int rc = jsp_page_child(page, at, &number) ? 0 : MDB_CORRUPTED;
    rc = rc == 0 ? copy_page(copy, tree, number, level + 1, &number) : rc;
    if (rc == 0) {
        jsp_page_set_child(page, at, number);
    }
    return rc;
}

static int copy_below(struct copy *copy, const jsp_path *tree, const jsp_tree_page *page,
                      unsigned level)
{
    bool is_leaf = level == tree->depth - 1;
    int rc = 0;
    for (unsigned at = 0; at < page->count && page->fixed == 0 && rc == 0; at++) {
        rc = is_leaf ? copy_value(copy, page, at) : copy_child(copy, tree, page, at, level);
    }
    return rc;
}

/* A page, after all that it leads to. */
static int copy_page(struct copy *copy, const jsp_path *tree, uint64_t old, unsigned level,
                     uint64_t *number)
{
    jsp_tree_page page;
    jsp_page_kind kind = level == tree->depth - 1 ? tree->leaf_kind : JSP_PAGE_BRANCH;
    if (copy->depth == NESTED * JSP_DEPTH_MAX || !jsp_page_open(copy->pages, old, kind, &page)) {
        return MDB_CORRUPTED;
    }
    unsigned char *frame = copy->frames + copy->depth * copy->pages->size;
    memcpy(frame, page.bytes, page.size);
    page.bytes = frame;
    jsp_page_clear_gap(&page, frame);
    copy->depth++;
    int rc = copy_below(copy, tree, &page, level);
    copy->depth--;
    return rc == 0 ? append_numbered(copy, frame, number) : rc;
}

/* ---- The whole -------------------------------------------------------------------------------- */

/* The first two pages, of which the second is the newer one. */
static int write_meta(struct copy *copy, const unsigned char main[JSP_TREE_SIZE])
{
    size_t size = copy->pages->size;
    uint64_t pages = copy->written;
    memset(copy->chunk, 0, META_PAGES * size);
    for (unsigned number = 0; number < META_PAGES; number++) {
        jsp_meta_renew(copy->chunk + number * size, copy->pages->map + number * size, main,
                       pages - 1, number);
    }
    return write_all(copy->fd, copy->chunk, META_PAGES * size, 0);
}

static int copy_all(struct copy *copy, const jsp_meta *meta)
{
    unsigned char main[JSP_TREE_SIZE];
    jsp_tree_write(main, &meta->main);
    int rc = copy_tree(copy, main, JSP_PAGE_LEAF);
    rc = rc == 0 ? flush(copy) : rc;
    return rc == 0 ? write_meta(copy, main) : rc;
}

int jsp_page_copy_all(const jsp_pages *pages, const jsp_meta *meta, int fd)
{
    struct copy copy = {.pages = pages, .fd = fd, .written = META_PAGES};
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT);
    copy.chunk = aligned_alloc(ALIGNMENT, CHUNK);
    copy.frames = malloc(NESTED * JSP_DEPTH_MAX * pages->size);
    int rc = copy.chunk != NULL && copy.frames != NULL ? copy_all(&copy, meta) : ENOMEM;
    free(copy.frames);
    free(copy.chunk);
    return rc;
}
