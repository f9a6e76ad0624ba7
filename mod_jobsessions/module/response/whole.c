/* SPDX-License-Identifier: Apache-2.0 */
#include "response/whole.h"

#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_core.h"

#include "response/pieces_room.h"
#include "response/reopened.h"
#include "server/config.h"

/* The beginning of a file, in the order of bytes that the machine has; then come the key and the export. */
struct heading {
    char magic[8];
    apr_uint64_t hash; /* over all ranges */
    char version[JS_VERSION_TEXT];
    apr_uint64_t length; /* of the export */
    apr_uint32_t key_length;
    apr_uint32_t checksum; /* of the export */
    apr_uint32_t seal;     /* of the key and of what stands above */
};

static const char magic[8] = "JSWHOLE";

/* Bytes that are read from a file at a time, where httpd does not send it from there. */
#define BUFFER_SIZE ((apr_size_t)64 * 1024)

struct whole {
    request_rec *r;
    const struct kept *kept;
    apr_uint64_t serial; /* of the database in this process */
    char version[JS_VERSION_TEXT];
    apr_uint64_t hash; /* over the ranges so far */
    struct kept_file file;
    int is_made; /* the file, from what is handed out */
    apr_off_t length;
    apr_file_t *found;
};

/* ---- What this process knows ----------------------------------------------------------------- */

#define KNOWN_VERSIONS 8
#define SOUND_FILES 16

/* A file that changed so lately may change again without a new time. */
#define SETTLED_SECONDS 2

struct version {
    apr_uint64_t serial; /* 0: none */
    char text[JS_VERSION_TEXT];
    apr_uint64_t hash;
};

/* A file whose checksum was right. Who writes to it changes the time. */
struct sound {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

static struct {
    pthread_mutex_t lock;
    struct version versions[KNOWN_VERSIONS]; /* by their databases' serials */
    struct sound sound[SOUND_FILES];         /* by their inodes */
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct version *version_of(const struct whole *whole)
{
    return &known.versions[whole->serial % KNOWN_VERSIONS];
}

/* The hash over all ranges, if this process has looked at the version before. */
static int is_known(const struct whole *whole, apr_uint64_t *hash)
{
    const struct version *version = version_of(whole);
    (void)pthread_mutex_lock(&known.lock);
    int is_it = version->serial == whole->serial && strcmp(version->text, whole->version) == 0;
    *hash = version->hash;
    (void)pthread_mutex_unlock(&known.lock);
    return is_it;
}

void whole_know(struct whole *whole)
{
    struct version *version = version_of(whole);
    (void)pthread_mutex_lock(&known.lock);
    version->serial = whole->serial;
    version->hash = whole->hash;
    memcpy(version->text, whole->version, sizeof(version->text));
    (void)pthread_mutex_unlock(&known.lock);
}

static int is_same(const struct sound *sound, const struct stat *about)
{
    return sound->device == about->st_dev && sound->inode == about->st_ino
           && sound->size == about->st_size && sound->changed.tv_sec == about->st_ctim.tv_sec
           && sound->changed.tv_nsec == about->st_ctim.tv_nsec;
}

static int is_known_sound(const struct stat *about)
{
    (void)pthread_mutex_lock(&known.lock);
    int is_it = is_same(&known.sound[about->st_ino % SOUND_FILES], about);
    (void)pthread_mutex_unlock(&known.lock);
    return is_it;
}

static void know_sound(const struct stat *about)
{
    if (apr_time_sec(apr_time_now()) - about->st_ctim.tv_sec < SETTLED_SECONDS) {
        return;
    }
    (void)pthread_mutex_lock(&known.lock);
    known.sound[about->st_ino % SOUND_FILES] =
        (struct sound){about->st_dev, about->st_ino, about->st_size, about->st_ctim};
    (void)pthread_mutex_unlock(&known.lock);
}

/* ---- A file ---------------------------------------------------------------------------------- */

static apr_off_t offset_of(const struct whole *whole)
{
    return (apr_off_t)(sizeof(struct heading) + whole->kept->key_length);
}

static void make_name(const struct whole *whole, char name[KEPT_NAME_SIZE])
{
    (void)apr_snprintf(name, KEPT_NAME_SIZE, PIECES_PREFIX "%" APR_UINT64_T_HEX_FMT "-whole",
                       whole->kept->name);
}

static struct heading heading_of(const struct whole *whole)
{
    struct heading heading;
    memset(&heading, 0, sizeof(heading));
    memcpy(heading.magic, magic, sizeof(magic));
    heading.hash = whole->hash;
    memcpy(heading.version, whole->version, strlen(whole->version));
    heading.key_length = (apr_uint32_t)whole->kept->key_length;
    return heading;
}

static apr_uint32_t seal_of(const struct heading *heading, const char *key)
{
    return kept_seal(heading, offsetof(struct heading, seal), key, heading->key_length);
}

/* Of all that follows the key. */
static int read_checksum(const struct whole *whole, int file, apr_off_t length,
                         apr_uint32_t *checksum)
{
    char bytes[16 * 1024 + sizeof(*checksum)];
    apr_off_t done = 0;
    *checksum = 0;
    while (done < length) {
        ssize_t count = pread(file, bytes + sizeof(*checksum), sizeof(bytes) - sizeof(*checksum),
                              offset_of(whole) + done);
        if (count <= 0) {
            return 0;
        }
        memcpy(bytes, checksum, sizeof(*checksum));
        *checksum = js_checksum(bytes, sizeof(*checksum) + (apr_size_t)count);
        done += count;
    }
    return done == length;
}

/* Whether it is that of the sessions at hand. */
static int is_wanted(const struct whole *whole, const struct heading *heading, const char *key)
{
    return memcmp(heading->magic, magic, sizeof(magic)) == 0 && heading->hash == whole->hash
           && memcmp(heading->version, whole->version, strlen(whole->version) + 1) == 0
           && heading->key_length == whole->kept->key_length
           && memcmp(key, whole->kept->key, heading->key_length) == 0
           && heading->seal == seal_of(heading, key);
}

static int is_right(struct whole *whole, int file, const struct stat *about)
{
    struct heading heading;
    char key[KEPT_KEY_LARGEST];
    apr_uint32_t checksum;
    struct iovec parts[] = {{&heading, sizeof(heading)}, {key, whole->kept->key_length}};
    if (readv(file, parts, 2) != offset_of(whole) || !is_wanted(whole, &heading, key)
        || about->st_size - offset_of(whole) != (apr_off_t)heading.length) {
        return 0;
    }
    whole->length = (apr_off_t)heading.length;
    if (is_known_sound(about)) {
        return 1;
    }
    if (!read_checksum(whole, file, whole->length, &checksum) || checksum != heading.checksum) {
        return 0;
    }
    know_sound(about);
    return 1;
}

static apr_status_t let_go(void *whole)
{
    whole_drop(whole);
    return APR_SUCCESS;
}

struct whole *whole_make(request_rec *r, const struct kept *kept, const struct reading *reading)
{
    struct whole *whole = apr_pcalloc(r->pool, sizeof(*whole));
    whole->r = r;
    whole->kept = kept;
    whole->serial = databases_serial(reading->database);
    if (!js_snapshot_version(reading->snapshot, whole->version)) {
        return NULL;
    }
    apr_pool_cleanup_register(r->pool, whole, let_go, apr_pool_cleanup_null);
    return whole;
}

/* ---- One that is there ----------------------------------------------------------------------- */

static int find(struct whole *whole, const char *name)
{
    const request_rec *r = whole->r;
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    apr_int32_t sendfile =
        core->enable_sendfile == ENABLE_SENDFILE_ON ? APR_FOPEN_SENDFILE_ENABLED : 0;
    struct stat about;
    int file = kept_find(whole->kept, name, &about);
    if (file < 0) {
        return 0;
    }
    int is_found = is_right(whole, file, &about)
                   && reopened(file, sendfile, r->pool, &whole->found) == APR_SUCCESS;
    (void)close(file);
    return is_found;
}

int whole_find(struct whole *whole)
{
    char name[KEPT_NAME_SIZE];
    if (!is_known(whole, &whole->hash)) {
        return 0;
    }
    make_name(whole, name);
    if (find(whole, name)) {
        return 1;
    }
    whole->hash = 0;
    whole->length = 0;
    whole->is_made = kept_begin(whole->kept, name, 0, &whole->file);
    return 0;
}

apr_off_t whole_length(const struct whole *whole)
{
    return whole->length;
}

/* It is not mapped: who cuts it off would end httpd's child, and so ends this response alone. */
void whole_append(struct whole *whole, apr_bucket_brigade *brigade)
{
    apr_bucket *bucket = apr_brigade_insert_file(brigade, whole->found, offset_of(whole),
                                                 whole->length, whole->r->pool);
    (void)apr_bucket_file_enable_mmap(bucket, 0);
    (void)apr_bucket_file_set_buf_size(bucket, BUFFER_SIZE);
}

/* ---- One that is made ------------------------------------------------------------------------ */

void whole_restart(struct whole *whole)
{
    whole_drop(whole);
    whole->hash = 0;
}

/* FNV-1a, by numbers in place of bytes. */
void whole_pass(struct whole *whole, const js_range *range)
{
    const apr_uint64_t numbers[] = {range->number, range->hash, range->count};
    for (apr_size_t i = 0; i < 3; i++) {
        whole->hash = (whole->hash ^ numbers[i]) * APR_UINT64_C(1099511628211);
        whole->hash ^= whole->hash >> 32;
    }
}

/* There never is room for one that is so long, or there is none now. */
static int is_too_long(const struct whole *whole, apr_size_t length)
{
    const struct server_config *config = config_of_server(whole->kept->server);
    return whole->length + (apr_off_t)length > pieces_room_most(config)
           || !pieces_room_has(whole->kept->descriptor, config, length);
}

void whole_add(struct whole *whole, const char *bytes, apr_size_t length)
{
    if (!whole->is_made || length == 0) {
        return;
    }
    if (is_too_long(whole, length)) {
        whole_drop(whole);
        return;
    }
    if (pwrite(whole->file.descriptor, bytes, length, offset_of(whole) + whole->length)
        != (ssize_t)length) {
        whole->is_made = 0;
        kept_end(whole->kept, &whole->file, 0);
        return;
    }
    whole->length += (apr_off_t)length;
}

void whole_drop(struct whole *whole)
{
    if (whole->is_made) {
        whole->is_made = 0;
        kept_drop(whole->kept, &whole->file);
    }
}

/* Write the heading before what is there. */
static int finish(const struct whole *whole)
{
    struct heading heading = heading_of(whole);
    int file = whole->file.descriptor;
    struct iovec parts[] = {{&heading, sizeof(heading)},
                            {(void *)whole->kept->key, whole->kept->key_length}};
    heading.length = (apr_uint64_t)whole->length;
    if (!read_checksum(whole, file, whole->length, &heading.checksum)) {
        return 0;
    }
    heading.seal = seal_of(&heading, whole->kept->key);
    return writev(file, parts, 2) == offset_of(whole);
}

void whole_keep(struct whole *whole)
{
    if (whole->is_made) {
        whole->is_made = 0;
        kept_end(whole->kept, &whole->file, finish(whole));
    }
}
