/* SPDX-License-Identifier: Apache-2.0 */
#include "response/pieces.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "apr_atomic.h"
#include "apr_strings.h"
#include "http_log.h"

#include "response/pieces_room.h"
#include "server/config.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

#define KEY_LARGEST 8192

/* Of a file's name, and of one that is not whole yet. */
#define NAME_SIZE 64
#define UNFINISHED ".new"

/* One that nobody goes on with, as its process was killed. */
#define ABANDONED_SECONDS 60

/* A use shows in a file's time when the last one that shows is as long ago. */
#define TOUCH_SECONDS 3600

/* What cannot be used is told as often at most. */
#define COMPLAINT_EVERY apr_time_from_sec(60)

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

struct pieces {
    server_rec *server;
    const char *directory;
    const char *key;
    apr_size_t key_length;
    apr_uint64_t name; /* made from the key: those of others are mostly others */
    int descriptor;    /* of the directory */
};

static int is_own(const struct stat *about)
{
    return about->st_uid == geteuid() && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void complain(const struct pieces *pieces, apr_status_t status, const char *what)
{
    static apr_uint32_t last; /* in units of COMPLAINT_EVERY, from 1 on */
    apr_uint32_t now = (apr_uint32_t)(monotonic_now() / COMPLAINT_EVERY) + 1;
    if (apr_atomic_xchg32(&last, now) != now) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, pieces->server,
                     JSLOGNO(0430) "JobSessionsCacheDirectory %s: %s, so that exports are "
                                   "compressed anew each time",
                     pieces->directory, what);
    }
}

static apr_status_t close_directory(void *pieces_)
{
    const struct pieces *pieces = pieces_;
    (void)close(pieces->descriptor);
    return APR_SUCCESS;
}

/* FNV-1a. */
static apr_uint64_t name_of(const char *key)
{
    apr_uint64_t hash = APR_UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * APR_UINT64_C(1099511628211);
    }
    return hash;
}

struct pieces *pieces_open(request_rec *r, const char *key)
{
    struct pieces *pieces = apr_palloc(r->pool, sizeof(*pieces));
    struct stat about;
    *pieces = (struct pieces){.server = r->server,
                              .directory = config_of_server(r->server)->cache_directory,
                              .key = key,
                              .key_length = strlen(key),
                              .name = name_of(key)};
    pieces->descriptor = open(pieces->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (pieces->descriptor < 0) {
        complain(pieces, errno, "it cannot be opened");
        return NULL;
    }
    apr_pool_cleanup_register(r->pool, pieces, close_directory, apr_pool_cleanup_null);
    if (fstat(pieces->descriptor, &about) != 0 || !is_own(&about)) {
        complain(pieces, 0, "it is not httpd's user's own, or others may write to it");
        return NULL;
    }
    return pieces->key_length <= KEY_LARGEST ? pieces : NULL;
}

static void make_name(const struct pieces *pieces, const js_range *range, char name[NAME_SIZE])
{
    (void)apr_snprintf(name, NAME_SIZE,
                       PIECES_PREFIX "%" APR_UINT64_T_HEX_FMT "-%" APR_UINT64_T_HEX_FMT,
                       pieces->name, (apr_uint64_t)range->number);
}

static apr_uint32_t seal_of(const struct heading *heading, const char *key)
{
    apr_uint32_t parts[2] = {js_checksum(heading, offsetof(struct heading, seal)),
                             js_checksum(key, heading->key_length)};
    return js_checksum(parts, sizeof(parts));
}

/* Whether a heading is one, and of what is wanted. */
static int is_wanted(const struct heading *heading, const struct heading *wanted, const char *key,
                     const struct pieces *pieces)
{
    return memcmp(heading->magic, magic, sizeof(magic)) == 0 && heading->number == wanted->number
           && heading->hash == wanted->hash && heading->is_first == wanted->is_first
           && heading->key_length == pieces->key_length
           && memcmp(key, pieces->key, pieces->key_length) == 0
           && heading->seal == seal_of(heading, key);
}

static struct heading heading_of(const struct pieces *pieces, const js_range *range, int is_first)
{
    struct heading heading;
    memset(&heading, 0, sizeof(heading));
    memcpy(heading.magic, magic, sizeof(magic));
    heading.number = range->number;
    heading.hash = range->hash;
    heading.is_first = is_first != 0;
    heading.key_length = (apr_uint32_t)pieces->key_length;
    return heading;
}

/* The whole of a file, in one go: what has another length is none of ours. */
static int read_file(const struct pieces *pieces, int file, const struct heading *wanted,
                     char *buffer, struct piece *piece)
{
    struct heading heading;
    char key[KEY_LARGEST];
    struct iovec parts[] = {
        {&heading, sizeof(heading)}, {key, pieces->key_length}, {buffer, PIECES_LARGEST}};
    ssize_t length = readv(file, parts, 3);
    ssize_t before = (ssize_t)(sizeof(heading) + pieces->key_length);
    if (length < before || !is_wanted(&heading, wanted, key, pieces)
        || length - before != (ssize_t)heading.piece.length
        || heading.checksum != js_checksum(buffer, heading.piece.length)) {
        return 0;
    }
    *piece = heading.piece;
    return 1;
}

static void touch(int file, const struct stat *about)
{
    static const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (apr_time_sec(apr_time_now()) - about->st_mtime > TOUCH_SECONDS) {
        (void)futimens(file, now);
    }
}

int pieces_load(struct pieces *pieces, const js_range *range, int is_first, char *buffer,
                struct piece *piece)
{
    char name[NAME_SIZE];
    struct stat about;
    struct heading wanted = heading_of(pieces, range, is_first);
    make_name(pieces, range, name);
    int file = openat(pieces->descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    int is_whole = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && is_own(&about)
                   && read_file(pieces, file, &wanted, buffer, piece);
    if (is_whole) {
        touch(file, &about);
    }
    (void)close(file);
    return is_whole;
}

/* A new file that only its process goes on with; -1: somebody else is about it. */
static int begin_file(const struct pieces *pieces, const char *name)
{
    struct stat about;
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(pieces->descriptor, name, flags, S_IRUSR | S_IWUSR);
    if (file < 0 && errno == EEXIST
        && fstatat(pieces->descriptor, name, &about, AT_SYMLINK_NOFOLLOW) == 0
        && apr_time_sec(apr_time_now()) - about.st_mtime > ABANDONED_SECONDS
        && unlinkat(pieces->descriptor, name, 0) == 0) {
        file = openat(pieces->descriptor, name, flags, S_IRUSR | S_IWUSR);
    }
    return file;
}

static int write_file(const struct pieces *pieces, int file, struct heading *heading,
                      const char *buffer)
{
    struct iovec parts[] = {{heading, sizeof(*heading)},
                            {(void *)pieces->key, pieces->key_length},
                            {(void *)buffer, heading->piece.length}};
    ssize_t length = (ssize_t)(sizeof(*heading) + pieces->key_length + heading->piece.length);
    return writev(file, parts, 3) == length;
}

void pieces_keep(struct pieces *pieces, const js_range *range, int is_first, const char *buffer,
                 const struct piece *piece)
{
    char name[NAME_SIZE];
    char unfinished[NAME_SIZE + sizeof(UNFINISHED)];
    struct heading heading = heading_of(pieces, range, is_first);
    heading.piece = *piece;
    heading.checksum = js_checksum(buffer, piece->length);
    heading.seal = seal_of(&heading, pieces->key);
    make_name(pieces, range, name);
    (void)apr_snprintf(unfinished, sizeof(unfinished), "%s" UNFINISHED, name);
    if (!pieces_room_has(pieces->descriptor, config_of_server(pieces->server), piece->length)) {
        return;
    }
    int file = begin_file(pieces, unfinished);
    if (file < 0) {
        if (errno != EEXIST) {
            complain(pieces, errno, "no file can be made in it");
        }
        return;
    }
    int is_written = write_file(pieces, file, &heading, buffer);
    int is_kept = close(file) == 0 && is_written
                  && renameat(pieces->descriptor, unfinished, pieces->descriptor, name) == 0;
    if (!is_kept) {
        complain(pieces, errno, "a file cannot be written to it");
        (void)unlinkat(pieces->descriptor, unfinished, 0);
    }
}
