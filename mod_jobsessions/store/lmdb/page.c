/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/page.h"

#include <string.h>

/* A page's header. Branches and leaves go on with the offsets of their nodes. */
enum {
    PAGE_NUMBER = 0,
    PAGE_FIXED = 8,
    PAGE_KIND = 10,
    PAGE_LOWER = 12, /* where the offsets end */
    PAGE_UPPER = 14, /* where the nodes begin */
    PAGE_RUN = 12,   /* of an overflow page: how many follow each other, itself included */
    PAGE_HEADER = 16
};

/* A node's header; key and value follow it. A branch's has a page number in the place of the value's
 * length and kind. */
enum {
    NODE_LENGTH = 0,
    NODE_KIND = 4,
    NODE_KEY = 6,
    NODE_HEADER = 8
};

/* Parts of leaves keep a mark of LMDB's that says they are not written yet. */
#define PART_KIND (JSP_PAGE_FIXED | 0x40)
#define PART_MARK 0x10

static const unsigned char *page_at(const jsp_pages *pages, uint64_t number)
{
    return number >= 2 && number < pages->count ? pages->map + number * pages->size : NULL;
}

/* What branches, leaves and parts of leaves have in common. */
static bool open_at(const unsigned char *bytes, size_t size, jsp_page_kind kind,
                    jsp_tree_page *page)
{
    unsigned lower = jsp_get_le16(bytes + PAGE_LOWER);
    unsigned upper = jsp_get_le16(bytes + PAGE_UPPER);
    if (lower <= PAGE_HEADER || lower % 2 != 0 || lower > upper || upper > size) {
        return false;
    }
    page->bytes = bytes;
    page->size = (uint32_t)size;
    page->count = (uint16_t)((lower - PAGE_HEADER) / 2);
    page->fixed = kind == JSP_PAGE_FIXED ? jsp_get_le16(bytes + PAGE_FIXED) : 0;
    return kind != JSP_PAGE_FIXED
           || (page->fixed > 0 && (size_t)page->count * page->fixed <= size - PAGE_HEADER);
}

bool jsp_page_open(const jsp_pages *pages, uint64_t number, jsp_page_kind kind, jsp_tree_page *page)
{
    const unsigned char *bytes = page_at(pages, number);
    return bytes != NULL && jsp_get_le64(bytes + PAGE_NUMBER) == number
           && jsp_get_le16(bytes + PAGE_KIND) == kind && open_at(bytes, pages->size, kind, page);
}

bool jsp_page_open_part(const MDB_val *value, jsp_tree_page *page)
{
    const unsigned char *bytes = value->mv_data;
    return value->mv_size >= PAGE_HEADER
           && (jsp_get_le16(bytes + PAGE_KIND) & ~PART_MARK) == PART_KIND
           && open_at(bytes, value->mv_size, JSP_PAGE_FIXED, page);
}

/* A node, or NULL when it does not lie inside the page. */
static const unsigned char *node_at(const jsp_tree_page *page, unsigned at, size_t *key_length)
{
    unsigned offset = jsp_get_le16(page->bytes + PAGE_HEADER + (size_t)2 * at);
    if (offset < PAGE_HEADER + 2U * page->count || offset + NODE_HEADER > page->size) {
        return NULL;
    }
    *key_length = jsp_get_le16(page->bytes + offset + NODE_KEY);
    return offset + NODE_HEADER + *key_length <= page->size ? page->bytes + offset : NULL;
}

bool jsp_page_key(const jsp_tree_page *page, unsigned at, MDB_val *key)
{
    if (page->fixed > 0) {
        key->mv_size = page->fixed;
        key->mv_data = (void *)(page->bytes + PAGE_HEADER + (size_t)at * page->fixed);
        return true;
    }
    const unsigned char *node = node_at(page, at, &key->mv_size);
    key->mv_data = (void *)(node + NODE_HEADER);
    return node != NULL;
}

bool jsp_page_child(const jsp_tree_page *page, unsigned at, uint64_t *number)
{
    size_t key_length;
    const unsigned char *node = node_at(page, at, &key_length);
    if (node == NULL) {
        return false;
    }
    *number = jsp_get_le32(node + NODE_LENGTH) | (uint64_t)jsp_get_le16(node + NODE_KIND) << 32;
    return true;
}

bool jsp_page_node(const jsp_tree_page *page, unsigned at, MDB_val *key, MDB_val *value,
                   unsigned *kind)
{
    const unsigned char *node = node_at(page, at, &key->mv_size);
    if (node == NULL) {
        return false;
    }
    const unsigned char *bytes = node + NODE_HEADER + key->mv_size;
    *kind = jsp_get_le16(node + NODE_KIND);
    key->mv_data = (void *)(node + NODE_HEADER);
    value->mv_size = jsp_get_le32(node + NODE_LENGTH);
    value->mv_data = (void *)bytes;
    size_t stands_here = *kind & JSP_NODE_OVERFLOW ? sizeof(uint64_t) : value->mv_size;
    return stands_here <= (size_t)(page->bytes + page->size - bytes);
}

/* The pages of a value that has some of its own; NULL when they are not there or not its. */
static const unsigned char *overflow(const jsp_pages *pages, uint64_t first, size_t length,
                                     uint64_t *run)
{
    const unsigned char *bytes = page_at(pages, first);
    if (bytes == NULL || jsp_get_le64(bytes + PAGE_NUMBER) != first
        || jsp_get_le16(bytes + PAGE_KIND) != JSP_PAGE_OVERFLOW) {
        return NULL;
    }
    *run = jsp_get_le32(bytes + PAGE_RUN);
    return *run > 0 && *run <= pages->count - first && length <= *run * pages->size - PAGE_HEADER
               ? bytes
               : NULL;
}

bool jsp_page_entry(const jsp_pages *pages, const jsp_tree_page *page, unsigned at, MDB_val *key,
                    MDB_val *value, unsigned *kind)
{
    uint64_t run;
    if (!jsp_page_node(page, at, key, value, kind)) {
        return false;
    }
    if (*kind & JSP_NODE_OVERFLOW) {
        const unsigned char *bytes =
            overflow(pages, jsp_get_le64(value->mv_data), value->mv_size, &run);
        if (bytes == NULL) {
            return false;
        }
        *kind &= ~(unsigned)JSP_NODE_OVERFLOW;
        value->mv_data = (void *)(bytes + PAGE_HEADER);
    }
    return true;
}

bool jsp_page_overflow(const jsp_pages *pages, const jsp_tree_page *page, unsigned at,
                       uint64_t *first, uint64_t *count)
{
    MDB_val key;
    MDB_val value;
    unsigned kind;
    *first = *count = 0;
    if (!jsp_page_node(page, at, &key, &value, &kind)) {
        return false;
    }
    if ((kind & JSP_NODE_OVERFLOW) == 0) {
        return true;
    }
    *first = jsp_get_le64(value.mv_data);
    return overflow(pages, *first, value.mv_size, count) != NULL;
}

static inline bool ascend(const MDB_val *before, const MDB_val *key, bool is_number)
{
    return is_number ? jsp_get_le64(before->mv_data) < jsp_get_le64(key->mv_data)
                     : jsp_tree_compare_keys(before, key) < 0;
}

static bool values_ascend(const jsp_tree_page *page)
{
    MDB_val value = {page->fixed, (void *)(page->bytes + PAGE_HEADER)};
    for (unsigned at = 1; at < page->count; at++) {
        MDB_val before = value;
        value.mv_data = (char *)value.mv_data + page->fixed;
        if (jsp_tree_compare_keys(&before, &value) >= 0) {
            return false;
        }
    }
    return true;
}

bool jsp_page_is_ordered(const jsp_tree_page *page, unsigned first, size_t most, bool is_number)
{
    MDB_val key;
    MDB_val before = {0, NULL};
    if (page->fixed > 0) {
        return page->fixed <= most && values_ascend(page);
    }
    for (unsigned at = first; at < page->count; at++) {
        if (!jsp_page_key(page, at, &key) || key.mv_size == 0 || key.mv_size > most
            || (is_number && key.mv_size != sizeof(uint64_t))
            || (at > first && !ascend(&before, &key, is_number))) {
            return false;
        }
        before = key;
    }
    return true;
}

size_t jsp_page_filled(const jsp_tree_page *page)
{
    return page->size - PAGE_HEADER - jsp_get_le16(page->bytes + PAGE_UPPER)
           + jsp_get_le16(page->bytes + PAGE_LOWER);
}

uint64_t jsp_page_run(const jsp_pages *pages, size_t length)
{
    return (PAGE_HEADER - 1 + length) / pages->size + 1;
}

/* Bytes of the node that begins at `offset`, the one that makes them even included. */
static size_t bytes_of_node(const jsp_tree_page *page, unsigned offset, bool is_branch)
{
    const unsigned char *node = page->bytes + offset;
    size_t length = 0;
    if (offset + NODE_HEADER > page->size) {
        return NODE_HEADER;
    }
    if (!is_branch) {
        length = jsp_get_le16(node + NODE_KIND) & JSP_NODE_OVERFLOW
                     ? sizeof(uint64_t)
                     : jsp_get_le32(node + NODE_LENGTH);
    }
    return (NODE_HEADER + jsp_get_le16(node + NODE_KEY) + length + 1) & ~(size_t)1;
}

/* Mark where nodes begin, a bit for every second byte. False: two begin at one place, or one where none can. */
static bool mark_beginnings(const jsp_tree_page *page, unsigned upper, unsigned char *begins)
{
    for (unsigned at = 0; at < page->count; at++) {
        unsigned offset = jsp_get_le16(page->bytes + PAGE_HEADER + (size_t)2 * at);
        unsigned char bit = (unsigned char)(1U << offset / 2 % 8);
        if (offset % 2 != 0 || offset < upper || offset >= page->size
            || (begins[offset / 16] & bit) != 0) {
            return false;
        }
        begins[offset / 16] |= bit;
    }
    return true;
}

bool jsp_page_is_packed(const jsp_tree_page *page)
{
    unsigned char begins[JSP_PAGE_SIZE_MAX / 16];
    bool is_branch = jsp_get_le16(page->bytes + PAGE_KIND) == JSP_PAGE_BRANCH;
    size_t place = jsp_get_le16(page->bytes + PAGE_UPPER);
    unsigned count = 0;
    if (page->fixed > 0) { /* there LMDB counts an offset as a part of the value */
        return place + (size_t)page->count * (page->fixed - 2U) == page->size;
    }
    memset(begins, 0, (page->size + 15) / 16);
    if (!mark_beginnings(page, (unsigned)place, begins)) {
        return false;
    }
    while (place < page->size && (begins[place / 16] & 1U << place / 2 % 8) != 0) {
        place += bytes_of_node(page, (unsigned)place, is_branch);
        count++;
    }
    return place == page->size && count == page->count;
}

void jsp_page_set_number(unsigned char *bytes, uint64_t number)
{
    jsp_put_le64(bytes + PAGE_NUMBER, number);
}

void jsp_page_set_child(const jsp_tree_page *page, unsigned at, uint64_t number)
{
    MDB_val key;
    if (jsp_page_key(page, at, &key)) {
        unsigned char *node = (unsigned char *)key.mv_data - NODE_HEADER;
        jsp_put_le32(node + NODE_LENGTH, (uint32_t)number);
        jsp_put_le16(node + NODE_KIND, (uint16_t)(number >> 32));
    }
}

void jsp_page_clear_gap(const jsp_tree_page *page, unsigned char *bytes)
{
    size_t upper = jsp_get_le16(bytes + PAGE_UPPER);
    size_t from = page->fixed > 0 ? PAGE_HEADER + (size_t)page->count * page->fixed
                                  : jsp_get_le16(bytes + PAGE_LOWER);
    size_t to = page->fixed > 0 ? page->size : upper;
    memset(bytes + from, 0, to - from);
}
