/* SPDX-License-Identifier: Apache-2.0 */
#include "response/kept.h"

#include <fcntl.h>
#include <unistd.h>

#include "apr_atomic.h"
#include "apr_strings.h"
#include "http_log.h"

#include "jobsessions_read.h"
#include "response/pieces_room.h"
#include "server/config.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

/* Of the name of a file that is not whole yet. */
#define UNFINISHED ".new"
#define UNFINISHED_SIZE (KEPT_NAME_SIZE + sizeof(UNFINISHED))

/* One that nobody goes on with, as its process was killed. */
#define ABANDONED_SECONDS 60

/* A use shows in a file's time when the last one that shows is as long ago. */
#define TOUCH_SECONDS 3600

/* What cannot be used is told as often at most. */
#define COMPLAINT_EVERY apr_time_from_sec(60)

static int is_own(const struct stat *about)
{
    return about->st_uid == geteuid() && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void complain(const struct kept *kept, apr_status_t status, const char *what)
{
    static apr_uint32_t last; /* in units of COMPLAINT_EVERY, from 1 on */
    apr_uint32_t now = (apr_uint32_t)(monotonic_now() / COMPLAINT_EVERY) + 1;
    if (apr_atomic_xchg32(&last, now) != now) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, kept->server,
                     JSLOGNO(0430) "JobSessionsCacheDirectory %s: %s, so that exports are "
                                   "compressed anew each time",
                     kept->directory, what);
    }
}

static apr_status_t close_directory(void *kept_)
{
    const struct kept *kept = kept_;
    (void)close(kept->descriptor);
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

struct kept *kept_open(request_rec *r, const char *key)
{
    struct kept *kept = apr_palloc(r->pool, sizeof(*kept));
    struct stat about;
    *kept = (struct kept){.server = r->server,
                          .directory = config_of_server(r->server)->cache_directory,
                          .key = key,
                          .key_length = strlen(key),
                          .name = name_of(key)};
    kept->descriptor = open(kept->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (kept->descriptor < 0) {
        complain(kept, errno, "it cannot be opened");
        return NULL;
    }
    apr_pool_cleanup_register(r->pool, kept, close_directory, apr_pool_cleanup_null);
    if (fstat(kept->descriptor, &about) != 0 || !is_own(&about)) {
        complain(kept, 0, "it is not httpd's user's own, or others may write to it");
        return NULL;
    }
    return kept->key_length <= KEPT_KEY_LARGEST ? kept : NULL;
}

static void touch(int file, const struct stat *about)
{
    static const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (apr_time_sec(apr_time_now()) - about->st_mtime > TOUCH_SECONDS) {
        (void)futimens(file, now);
    }
}

int kept_find(const struct kept *kept, const char *name, struct stat *about)
{
    int file = openat(kept->descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    if (fstat(file, about) != 0 || !S_ISREG(about->st_mode) || !is_own(about)) {
        (void)close(file);
        return -1;
    }
    touch(file, about);
    return file;
}

static void make_unfinished(const char *name, char unfinished[UNFINISHED_SIZE])
{
    (void)apr_snprintf(unfinished, UNFINISHED_SIZE, "%s" UNFINISHED, name);
}

/* A new file that only its process goes on with; -1: somebody else is about it. */
static int make_file(const struct kept *kept, const char *unfinished)
{
    struct stat about;
    int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(kept->descriptor, unfinished, flags, S_IRUSR | S_IWUSR);
    if (file < 0 && errno == EEXIST
        && fstatat(kept->descriptor, unfinished, &about, AT_SYMLINK_NOFOLLOW) == 0
        && apr_time_sec(apr_time_now()) - about.st_mtime > ABANDONED_SECONDS
        && unlinkat(kept->descriptor, unfinished, 0) == 0) {
        file = openat(kept->descriptor, unfinished, flags, S_IRUSR | S_IWUSR);
    }
    return file;
}

int kept_begin(const struct kept *kept, const char *name, apr_size_t bytes, struct kept_file *file)
{
    char unfinished[UNFINISHED_SIZE];
    if (!pieces_room_has(kept->descriptor, config_of_server(kept->server), bytes)) {
        return 0;
    }
    (void)apr_cpystrn(file->name, name, sizeof(file->name));
    make_unfinished(name, unfinished);
    file->descriptor = make_file(kept, unfinished);
    if (file->descriptor < 0 && errno != EEXIST) {
        complain(kept, errno, "no file can be made in it");
    }
    return file->descriptor >= 0;
}

void kept_end(const struct kept *kept, struct kept_file *file, int is_whole)
{
    char unfinished[UNFINISHED_SIZE];
    make_unfinished(file->name, unfinished);
    int is_kept = close(file->descriptor) == 0 && is_whole
                  && renameat(kept->descriptor, unfinished, kept->descriptor, file->name) == 0;
    file->descriptor = -1;
    if (!is_kept) {
        complain(kept, errno, "a file cannot be written to it");
        (void)unlinkat(kept->descriptor, unfinished, 0);
    }
}

void kept_drop(const struct kept *kept, struct kept_file *file)
{
    char unfinished[UNFINISHED_SIZE];
    make_unfinished(file->name, unfinished);
    (void)unlinkat(kept->descriptor, unfinished, 0);
    (void)close(file->descriptor);
    file->descriptor = -1;
}

apr_uint32_t kept_seal(const void *heading, apr_size_t length, const char *key,
                       apr_size_t key_length)
{
    apr_uint32_t parts[2] = {js_checksum(heading, length), js_checksum(key, key_length)};
    return js_checksum(parts, sizeof(parts));
}
