/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/meta.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "lmdb/page.h"

/* A meta page, from its beginning. */
enum {
    META_PAGE_NUMBER = 0,
    META_PAGE_KIND = 10,
    META_MAGIC = 16,       /* the format's version follows it */
    META_MAGIC_LATER = 24, /* in format 2, where heads of pages are larger */
    META_FREE = 40,
    META_MAIN = 88,
    META_LAST_PAGE = 136,
    META_TRANSACTION = 144
};

#define MAGIC 0xBEEFC0DE
/* Where LMDB may map the file; of no use to another process. */
#define META_ADDRESS 24

#define PAGE_SIZE_MIN 512

unsigned jsp_meta_format(const unsigned char bytes[JSP_META_SIZE])
{
    static const size_t places[] = {META_MAGIC, META_MAGIC_LATER};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (jsp_get_le32(bytes + places[i]) == MAGIC) {
            return jsp_get_le32(bytes + places[i] + 4);
        }
    }
    return 0;
}

bool jsp_meta_read(const unsigned char bytes[JSP_META_SIZE], unsigned number, jsp_meta *meta)
{
    jsp_tree_read(bytes + META_FREE, &meta->free);
    jsp_tree_read(bytes + META_MAIN, &meta->main);
    meta->page_size = meta->free.fixed;
    meta->last_page = jsp_get_le64(bytes + META_LAST_PAGE);
    meta->transaction = jsp_get_le64(bytes + META_TRANSACTION);
    return jsp_meta_format(bytes) == JSP_META_FORMAT
           && jsp_get_le64(bytes + META_PAGE_NUMBER) == number
           && jsp_get_le16(bytes + META_PAGE_KIND) == JSP_PAGE_META
           && meta->page_size >= PAGE_SIZE_MIN && meta->page_size <= JSP_PAGE_SIZE_MAX
           && (meta->page_size & (meta->page_size - 1)) == 0;
}

void jsp_meta_renew(unsigned char bytes[JSP_META_SIZE], const unsigned char original[JSP_META_SIZE],
                    const unsigned char main[JSP_TREE_SIZE], uint64_t last_page, unsigned number)
{
    jsp_tree none = {.root = JSP_NO_PAGE};
    jsp_tree unused;
    memcpy(bytes, original, JSP_META_SIZE);
    jsp_put_le64(bytes + META_ADDRESS, 0);
    jsp_tree_read(bytes + META_FREE, &unused);
    none.fixed = unused.fixed; /* the page size and flags of the file are there */
    none.flags = unused.flags;
    jsp_tree_write(bytes + META_FREE, &none);
    none.fixed = 0;
    none.flags = 0;
    jsp_tree_write(bytes + META_MAIN, &none);
    jsp_put_le64(bytes + META_LAST_PAGE, number > 0 ? last_page : 1);
    jsp_put_le64(bytes + META_TRANSACTION, number);
    if (number > 0) {
        memcpy(bytes + META_MAIN, main, JSP_TREE_SIZE);
    }
}

void jsp_meta_move(unsigned char bytes[JSP_META_SIZE], unsigned number, uint64_t transaction)
{
    jsp_put_le64(bytes + META_PAGE_NUMBER, number);
    jsp_put_le64(bytes + META_TRANSACTION, transaction);
}
