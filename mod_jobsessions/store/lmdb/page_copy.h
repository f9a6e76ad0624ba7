/* SPDX-License-Identifier: Apache-2.0 */
/* All pages that a snapshot sees, in a file of their own.
 *
 * LMDB's own copy trusts what it reads, takes a snapshot of its own choice, and leaves in the gaps of pages what was
 * removed. This one checks pages as all readers do, copies the snapshot that it is given, and leaves gaps empty. */
#ifndef JS_STORE_PAGE_COPY_H
#define JS_STORE_PAGE_COPY_H

#include "lmdb/meta.h"
#include "lmdb/page.h"

/* Write a database without free pages into an empty file, from its beginning: what lies below a page stands before
 * it, so that a walk over a table reads the file from front to back. It is not synced. 0, MDB_CORRUPTED: a page is
 * damaged; or errno. */
int jsp_page_copy_all(const jsp_pages *pages, const jsp_meta *meta, int fd);

#endif
