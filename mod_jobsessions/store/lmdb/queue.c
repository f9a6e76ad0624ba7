/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "jobsessions.h"
#include "lmdb/new_file.h"

#define MAGIC "jobsessions put\n"
#define VERSION 1
#define PATH_MAX_BYTES 4096

/* A word of a slot: its state in the lowest bits, and how many steps it has made. */
#define STATE_BITS 3
#define STATE_MASK ((UINT32_C(1) << STATE_BITS) - 1)

/* Bytes that are locked, far behind all that is mapped: by who stands in line, and by whose a slot is. */
#define LINE_BYTE (INT64_C(1) << 62)
#define SLOT_BYTE(slot) (LINE_BYTE + 1 + (slot))

/* Numbers are in the machine's byte order: the file is never on another one, nor in a backup. */
struct header {
    char magic[16];
    uint32_t version;
    uint32_t slots;
    uint64_t data_device;
    uint64_t data_inode;
    uint64_t lock_device;
    uint64_t lock_inode;
};

struct slot {
    uint64_t owner; /* random: whoever has claimed it */
    uint64_t id;
    unsigned char mark[JSP_QUEUE_MARK];
    uint32_t seal; /* of all that follows, up to the end of the text */
    uint32_t library;
    uint32_t length;
    uint32_t is_update;
    jsp_running worker;
    char text[JSP_QUEUE_TEXT_MAX];
};

_Static_assert(sizeof(struct slot) == 8088, "as FORMAT.md has it");

/* What is written often has lines of its own. */
struct file { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    struct header header;
    _Alignas(1024) _Atomic(uint32_t) words[JSP_QUEUE_SLOTS];
    _Alignas(4096) struct slot slots[JSP_QUEUE_SLOTS];
};

/* What the process has of a slot. */
enum mine {
    OTHERS,
    IDLE,
    IN_USE
};

struct jsp_queue {
    int fd;
    char *path;
    dev_t device;
    ino_t inode;
    struct file *file;
    uint64_t owner;
    pthread_mutex_t lock; /* for what follows */
    enum mine mine[JSP_QUEUE_SLOTS];
    bool stands; /* a thread of this process */
};

/* ---- The file ---- */

static bool is_of(const struct header *header, const jsp_files *files)
{
    return memcmp(header->magic, MAGIC, sizeof(header->magic)) == 0 && header->version == VERSION
           && header->slots == JSP_QUEUE_SLOTS && header->data_device == files->data_device
           && header->data_inode == files->data_inode && header->lock_device == files->lock_device
           && header->lock_inode == files->lock_inode;
}

/* Who may write to the queue writes to the database by others. */
static bool is_as_closed(const struct stat *queue, const struct stat *data)
{
    mode_t writes = queue->st_mode & 0022;
    return S_ISREG(queue->st_mode) && (writes & ~data->st_mode) == 0
           && ((writes & 0020) == 0 || queue->st_gid == data->st_gid);
}

static bool look_at_data(const char *directory, struct stat *data)
{
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    return stat(path, data) == 0;
}

/* Whose blocks are there: a map of what has none would be a SIGBUS on a full disk. */
static bool fill_file(int fd, const jsp_files *files, const struct stat *data)
{
    struct header header = {.version = VERSION,
                            .slots = JSP_QUEUE_SLOTS,
                            .data_device = files->data_device,
                            .data_inode = files->data_inode,
                            .lock_device = files->lock_device,
                            .lock_inode = files->lock_inode};
    memcpy(header.magic, MAGIC, sizeof(header.magic));
    return fchmod(fd, data->st_mode & 0666) == 0
           && posix_fallocate(fd, 0, (off_t)sizeof(struct file)) == 0
           && pwrite(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header);
}

static int open_file(const char *path)
{
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static int make_file(const char *directory, const char *path, const jsp_files *files,
                     const struct stat *data)
{
    jsp_new_file_make(directory, JSP_QUEUE_FILE);
    int fd = open_file(path);
    if (fd >= 0 && !fill_file(fd, files, data)) {
        (void)unlink(path);
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* That of another database, whose files were put in the place of these, or of another boot, is made anew; likewise one
 * that more may write to than to data.mdb. */
static int reach_file(const char *directory, const char *path, const jsp_files *files, bool make)
{
    struct header header;
    struct stat data;
    struct stat about;
    if (!look_at_data(directory, &data)) {
        return -1;
    }
    int fd = open_file(path);
    if (fd < 0) {
        return make && errno == ENOENT ? make_file(directory, path, files, &data) : -1;
    }
    if (fstat(fd, &about) == 0 && is_as_closed(&about, &data)
        && about.st_size == (off_t)sizeof(struct file)
        && pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header)
        && is_of(&header, files)) {
        return fd;
    }
    (void)close(fd);
    return make && unlink(path) == 0 ? make_file(directory, path, files, &data) : -1;
}

static bool map_file(jsp_queue *queue, const char *directory)
{
    struct stat data;
    struct stat about;
    if (!look_at_data(directory, &data) || fstat(queue->fd, &about) != 0
        || !is_as_closed(&about, &data) || about.st_size != (off_t)sizeof(struct file)) {
        return false;
    }
    queue->device = about.st_dev;
    queue->inode = about.st_ino;
    void *map = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE, MAP_SHARED, queue->fd, 0);
    queue->file = map != MAP_FAILED ? map : NULL;
    return queue->file != NULL
           && getrandom(&queue->owner, sizeof(queue->owner), 0) == (ssize_t)sizeof(queue->owner);
}

jsp_queue *jsp_queue_open(const char *directory, const jsp_files *files, bool make)
{
    char path[PATH_MAX_BYTES];
    int length = snprintf(path, sizeof(path), "%s/" JSP_QUEUE_FILE, directory);
    jsp_queue *queue =
        length > 0 && (size_t)length < sizeof(path) ? calloc(1, sizeof(*queue)) : NULL;
    if (queue == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&queue->lock, NULL);
    queue->path = strdup(path);
    queue->fd = queue->path != NULL ? reach_file(directory, path, files, make) : -1;
    if (queue->fd < 0 || !map_file(queue, directory)) {
        jsp_queue_close(queue, true);
        return NULL;
    }
    return queue;
}

void jsp_queue_close(jsp_queue *queue, bool is_own)
{
    if (queue == NULL) {
        return;
    }
    if (queue->file != NULL) {
        (void)munmap(queue->file, sizeof(struct file));
    }
    if (is_own && queue->fd >= 0) {
        (void)close(
            queue->fd); /* in a child it would take the locks of what that has opened since */
    }
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue->path);
    free(queue);
}

bool jsp_queue_is_in_place(const jsp_queue *queue)
{
    struct stat now;
    return stat(queue->path, &now) == 0 && now.st_dev == queue->device
           && now.st_ino == queue->inode;
}

/* ---- Locks ---- */

static bool set_lock(const jsp_queue *queue, short type, int64_t byte)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(queue->fd, F_SETLK, &lock) == 0;
}

/* Whether somebody has the slot of a request. This process's own locks the kernel does not tell of. */
static bool is_alive(jsp_queue *queue, unsigned slot)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SLOT_BYTE(slot), .l_len = 1};
    (void)pthread_mutex_lock(&queue->lock);
    enum mine mine = queue->mine[slot];
    (void)pthread_mutex_unlock(&queue->lock);
    return mine != OTHERS ? mine == IN_USE
                          : fcntl(queue->fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* ---- Words ---- */

static uint32_t next_word(uint32_t word, jsp_queue_state state)
{
    return (((word >> STATE_BITS) + 1) << STATE_BITS) | (uint32_t)state;
}

static void wake(jsp_queue *queue, unsigned slot)
{
    (void)syscall(SYS_futex, &queue->file->words[slot], FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static bool step(jsp_queue *queue, const jsp_queue_sight *sight, jsp_queue_state state)
{
    uint32_t seen = sight->word;
    return atomic_compare_exchange_strong(&queue->file->words[sight->slot], &seen,
                                          next_word(seen, state));
}

/* Whatever state it is in: by whose it is. */
static void set_state(jsp_queue *queue, unsigned slot, jsp_queue_state state)
{
    _Atomic(uint32_t) *word = &queue->file->words[slot];
    uint32_t seen = atomic_load(word);
    while (!atomic_compare_exchange_weak(word, &seen, next_word(seen, state))) {
    }
}

jsp_queue_sight jsp_queue_look(jsp_queue *queue, unsigned slot)
{
    uint32_t word = atomic_load(&queue->file->words[slot]);
    uint32_t state = word & STATE_MASK;
    return (jsp_queue_sight){slot, word, state < JSP_QUEUE_LOST ? state : JSP_QUEUE_LOST};
}

/* ---- For who waits ---- */

static bool is_owned(const jsp_queue *queue, unsigned slot)
{
    return queue->file->slots[slot].owner == queue->owner;
}

jsp_queue_sight jsp_queue_look_at_own(jsp_queue *queue, unsigned slot)
{
    jsp_queue_sight sight = jsp_queue_look(queue, slot);
    sight.state = is_owned(queue, slot) ? sight.state : JSP_QUEUE_LOST;
    return sight;
}

/* With the lock held. */
static bool claim(jsp_queue *queue, unsigned slot)
{
    if (queue->mine[slot] == IN_USE
        || (queue->mine[slot] == OTHERS && !set_lock(queue, F_WRLCK, SLOT_BYTE(slot)))) {
        return false;
    }
    queue->mine[slot] = IN_USE;
    return true;
}

/* One that the process has already, if it can be. */
static bool find_slot(jsp_queue *queue, unsigned *slot)
{
    for (unsigned at = 0; at < JSP_QUEUE_SLOTS; at++) {
        if (queue->mine[at] == IDLE && claim(queue, at)) {
            *slot = at;
            return true;
        }
    }
    for (unsigned at = 0; at < JSP_QUEUE_SLOTS; at++) {
        if (claim(queue, at)) {
            *slot = at;
            return true;
        }
    }
    return false;
}

bool jsp_queue_claim(jsp_queue *queue, unsigned *slot)
{
    (void)pthread_mutex_lock(&queue->lock);
    bool is_found = find_slot(queue, slot);
    (void)pthread_mutex_unlock(&queue->lock);
    if (is_found) {
        set_state(queue, *slot, JSP_QUEUE_EMPTY);
        queue->file->slots[*slot].owner = queue->owner;
    }
    return is_found;
}

void jsp_queue_release(jsp_queue *queue, unsigned slot)
{
    bool is_kept = is_owned(queue, slot);
    if (is_kept) {
        set_state(queue, slot, JSP_QUEUE_EMPTY);
    }
    (void)pthread_mutex_lock(&queue->lock);
    queue->mine[slot] = is_kept ? IDLE : OTHERS;
    (void)pthread_mutex_unlock(&queue->lock);
}

/* Versions may differ in what they make of the same JSON. */
static uint32_t library(void)
{
    return jsp_crc32c(JS_VERSION, sizeof(JS_VERSION) - 1);
}

static uint32_t seal_of(const struct slot *slot, size_t length)
{
    size_t from = offsetof(struct slot, library);
    return jsp_crc32c((const char *)slot + from, offsetof(struct slot, text) - from + length);
}

void jsp_queue_fill(jsp_queue *queue, unsigned slot, bool is_update, const jsp_running *worker,
                    const char *text, size_t length)
{
    struct slot *to = &queue->file->slots[slot];
    to->library = library();
    to->length = (uint32_t)length;
    to->is_update = is_update;
    to->worker = *worker;
    memcpy(to->text, text, length);
    to->seal = seal_of(to, length);
    set_state(queue, slot, JSP_QUEUE_FILLED);
}

bool jsp_queue_withdraw(jsp_queue *queue, unsigned slot)
{
    jsp_queue_sight sight = jsp_queue_look_at_own(queue, slot);
    while (sight.state == JSP_QUEUE_FILLED) {
        if (step(queue, &sight, JSP_QUEUE_EMPTY)) {
            return true;
        }
        sight = jsp_queue_look_at_own(queue, slot); /* it may have been called */
    }
    return false;
}

void jsp_queue_sleep(jsp_queue *queue, const jsp_queue_sight *sight, unsigned milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    (void)syscall(SYS_futex, &queue->file->words[sight->slot], FUTEX_WAIT, sight->word, &time, NULL,
                  0);
}

uint64_t jsp_queue_id(const jsp_queue *queue, unsigned slot)
{
    return queue->file->slots[slot].id;
}

bool jsp_queue_stand(jsp_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    bool is_free = !queue->stands && set_lock(queue, F_WRLCK, LINE_BYTE);
    queue->stands = queue->stands || is_free;
    (void)pthread_mutex_unlock(&queue->lock);
    return is_free;
}

void jsp_queue_step_back(jsp_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    (void)set_lock(queue, F_UNLCK, LINE_BYTE);
    queue->stands = false;
    (void)pthread_mutex_unlock(&queue->lock);
}

void jsp_queue_call(jsp_queue *queue)
{
    for (unsigned slot = 0; slot < JSP_QUEUE_SLOTS; slot++) {
        jsp_queue_sight sight = jsp_queue_look(queue, slot);
        if (sight.state == JSP_QUEUE_FILLED && is_alive(queue, slot)
            && step(queue, &sight, JSP_QUEUE_FILLED)) {
            wake(queue, slot);
            return;
        }
    }
}

/* ---- For who writes ---- */

bool jsp_queue_read(jsp_queue *queue, const jsp_queue_sight *sight, jsp_queue_request *request)
{
    const struct slot *from = &queue->file->slots[sight->slot];
    struct slot copy;
    if (!is_alive(queue, sight->slot)) {
        (void)step(queue, sight, JSP_QUEUE_EMPTY); /* nobody asks what has become of it */
        return false;
    }
    memcpy(&copy, from, sizeof(copy));
    if (copy.length > sizeof(copy.text) || copy.library != library()
        || copy.seal != seal_of(&copy, copy.length)) {
        return false;
    }
    request->is_update = copy.is_update != 0;
    request->worker = copy.worker;
    request->length = copy.length;
    memcpy(request->text, copy.text, copy.length);
    return true;
}

bool jsp_queue_take(jsp_queue *queue, jsp_queue_sight *sight,
                    const unsigned char mark[JSP_QUEUE_MARK])
{
    memcpy(queue->file->slots[sight->slot].mark, mark, JSP_QUEUE_MARK);
    if (!step(queue, sight, JSP_QUEUE_TAKEN)) {
        return false;
    }
    sight->word = next_word(sight->word, JSP_QUEUE_TAKEN);
    sight->state = JSP_QUEUE_TAKEN;
    return true;
}

void jsp_queue_note_id(jsp_queue *queue, unsigned slot, uint64_t id)
{
    queue->file->slots[slot].id = id;
}

bool jsp_queue_is_marked(const jsp_queue *queue, unsigned slot,
                         const unsigned char mark[JSP_QUEUE_MARK])
{
    return memcmp(queue->file->slots[slot].mark, mark, JSP_QUEUE_MARK) == 0;
}

void jsp_queue_tell(jsp_queue *queue, const jsp_queue_sight *sight, jsp_queue_state state)
{
    if (step(queue, sight, state)) {
        wake(queue, sight->slot);
    }
}
