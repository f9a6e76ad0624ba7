/* SPDX-License-Identifier: Apache-2.0 */
#include "response/pieces.h"

#include <sys/uio.h>
#include <unistd.h>

#include "apr_strings.h"

#include "response/pieces_room.h"

/* The beginning of a file, in the order of bytes that the machine has; then come the key and the piece. */
struct heading {
    char magic[8];
    apr_uint64_t number; /* of the range */
    apr_uint64_t hash;   /* of its sessions */
    struct piece piece;
    apr_uint32_t is_first;
    apr_uint32_t key_length;
    apr_uint32_t checksum; /* of the piece */
    apr_uint32_t seal;     /* of the key and of what stands above */
};

static const char magic[8] = "JSPIECE";

static void make_name(const struct kept *kept, const js_range *range, char name[KEPT_NAME_SIZE])
{
    (void)apr_snprintf(name, KEPT_NAME_SIZE,
                       PIECES_PREFIX "%" APR_UINT64_T_HEX_FMT "-%" APR_UINT64_T_HEX_FMT, kept->name,
                       (apr_uint64_t)range->number);
}

static apr_uint32_t seal_of(const struct heading *heading, const char *key)
{
    return kept_seal(heading, offsetof(struct heading, seal), key, heading->key_length);
}

/* Whether a heading is one, and of what is wanted. */
static int is_wanted(const struct heading *heading, const struct heading *wanted, const char *key,
                     const struct kept *kept)
{
    return memcmp(heading->magic, magic, sizeof(magic)) == 0 && heading->number == wanted->number
           && heading->hash == wanted->hash && heading->is_first == wanted->is_first
           && heading->key_length == kept->key_length
           && memcmp(key, kept->key, kept->key_length) == 0
           && heading->seal == seal_of(heading, key);
}

static struct heading heading_of(const struct kept *kept, const js_range *range, int is_first)
{
    struct heading heading;
    memset(&heading, 0, sizeof(heading));
    memcpy(heading.magic, magic, sizeof(magic));
    heading.number = range->number;
    heading.hash = range->hash;
    heading.is_first = is_first != 0;
    heading.key_length = (apr_uint32_t)kept->key_length;
    return heading;
}

/* All of a file, in one go: what has another length is none of ours. */
static int read_file(const struct kept *kept, int file, const struct heading *wanted, char *buffer,
                     struct piece *piece)
{
    struct heading heading;
    char key[KEPT_KEY_LARGEST];
    struct iovec parts[] = {
        {&heading, sizeof(heading)}, {key, kept->key_length}, {buffer, PIECES_LARGEST}};
    ssize_t length = readv(file, parts, 3);
    ssize_t before = (ssize_t)(sizeof(heading) + kept->key_length);
    if (length < before || !is_wanted(&heading, wanted, key, kept)
        || length - before != (ssize_t)heading.piece.length
        || heading.checksum != js_checksum(buffer, heading.piece.length)) {
        return 0;
    }
    *piece = heading.piece;
    return 1;
}

int pieces_load(const struct kept *kept, const js_range *range, int is_first, char *buffer,
                struct piece *piece)
{
    char name[KEPT_NAME_SIZE];
    struct stat about;
    struct heading wanted = heading_of(kept, range, is_first);
    make_name(kept, range, name);
    int file = kept_find(kept, name, &about);
    if (file < 0) {
        return 0;
    }
    int is_whole = read_file(kept, file, &wanted, buffer, piece);
    (void)close(file);
    return is_whole;
}

static int write_file(const struct kept *kept, int file, struct heading *heading,
                      const char *buffer)
{
    struct iovec parts[] = {{heading, sizeof(*heading)},
                            {(void *)kept->key, kept->key_length},
                            {(void *)buffer, heading->piece.length}};
    ssize_t length = (ssize_t)(sizeof(*heading) + kept->key_length + heading->piece.length);
    return writev(file, parts, 3) == length;
}

void pieces_keep(const struct kept *kept, const js_range *range, int is_first, const char *buffer,
                 const struct piece *piece)
{
    char name[KEPT_NAME_SIZE];
    struct kept_file file;
    struct heading heading = heading_of(kept, range, is_first);
    heading.piece = *piece;
    heading.checksum = js_checksum(buffer, piece->length);
    heading.seal = seal_of(&heading, kept->key);
    make_name(kept, range, name);
    if (kept_begin(kept, name, piece->length, &file)) {
        kept_end(kept, &file, write_file(kept, file.descriptor, &heading, buffer));
    }
}
