/* SPDX-License-Identifier: Apache-2.0 */
/* data.mdb in memory, for those who read it page by page: a second map beside LMDB's own, whose address
 * LMDB does not tell. It is read-only: a stray write of the process faults instead of reaching the disk. */
#ifndef JS_STORE_MAP_H
#define JS_STORE_MAP_H

#include "jobsessions.h"
#include "lmdb/meta.h"
#include "lmdb/page.h"

typedef struct jsp_map {
    const unsigned char *bytes; /* NULL: there is none */
    size_t size;
    size_t page_size;
    int fd; /* LMDB's */
} jsp_map;

/* Look at the two meta pages of a directory's data.mdb before LMDB opens it: it divides by what they
 * say. JS_OK also when there is no file yet, or none of LMDB's: LMDB tells what to do then. JS_DAMAGED, or
 * JS_NEWER: it is of a data format that is not known here. */
js_result jsp_map_check(const char *directory, js_error *error);

/* Whether that data.mdb is LMDB's, or has yet to become that. */
bool jsp_map_is_lmdb(const char *directory);

/* Map the file of an open environment as far as LMDB does. 0 or an error. */
int jsp_map_open(jsp_map *map, MDB_env *env);
void jsp_map_close(jsp_map *map);

/* The size that the file's meta pages ask for: of the map of whoever opened it for most. */
size_t jsp_map_wanted(const jsp_map *map);

/* Whether so much more address space is to be had. */
bool jsp_map_has_room(size_t size);

/* What a read transaction sees: its pages and its meta page. 0; MDB_BAD_TXN: two commits later, begin it
 * anew; ESTALE: the file was copied and written to since it was mapped, by overlayfs (mount.h); MDB_CORRUPTED; or
 * errno. */
int jsp_map_view(const jsp_map *map, MDB_txn *txn, jsp_pages *pages, jsp_meta *meta);

/* The same for a write transaction: what the last commit left. Nobody writes the meta pages meanwhile, so that both
 * can be held against each other. 0; MDB_CORRUPTED; or errno. */
int jsp_map_base(const jsp_map *map, MDB_txn *txn, jsp_pages *pages, jsp_meta *meta);

#endif
