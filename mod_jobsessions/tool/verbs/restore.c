/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "place/copy.h"
#include "place/sound.h"
#include "place/takeover.h"
#include "verbs/verbs.h"

#define CHUNK ((size_t)128 << 10)
#define DATA_MODE 0600

static enum exit_code failed(const char *path, const char *doing)
{
    complain("%s: %s: %s", path, doing, strerror(errno));
    return EXIT_DATABASE;
}

static enum exit_code write_all(int to, const char *path, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(to, bytes, length);
        if (written < 0 && errno != EINTR) {
            return failed(path, "write");
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return EXIT_DONE;
}

static enum exit_code copy_bytes(int from, const char *source, int to, const char *path)
{
    static char chunk[CHUNK];
    for (;;) {
        ssize_t length = read(from, chunk, sizeof(chunk));
        if (length == 0) {
            return fsync(to) == 0 ? EXIT_DONE : failed(path, "write");
        }
        if (length < 0 && errno != EINTR) {
            return failed(source, "read");
        }
        if (length > 0 && write_all(to, path, chunk, (size_t)length) != EXIT_DONE) {
            return EXIT_DATABASE;
        }
    }
}

static enum exit_code copy_file(int from, const char *source, const struct beside *beside)
{
    char path[BESIDE_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", beside->path);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, DATA_MODE);
    if (to < 0) {
        return failed(path, "make it");
    }
    enum exit_code code = copy_bytes(from, source, to, path);
    if (close(to) != 0 && code == EXIT_DONE) {
        code = failed(path, "write");
    }
    return code;
}

static enum exit_code copy_named(const char *source, const struct beside *beside)
{
    int from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return failed(source, "open the backup");
    }
    enum exit_code code = copy_file(from, source, beside);
    (void)close(from);
    return code;
}

static enum exit_code copy_all(const struct options *options, js_snapshot *snapshot, void *beside)
{
    (void)options;
    return copy_snapshot(snapshot, ((const struct beside *)beside)->path);
}

/* One that may be in use is read as a database, not by its bytes. Without lock.mdb nobody uses it; then there is
 * none made for it either, and it may lie where nobody can write. */
static enum exit_code copy_directory(const struct options *options, const char *source,
                                     struct beside *beside)
{
    char lock[BESIDE_MAX + 16];
    char data[BESIDE_MAX + 16];
    struct options of_source = database_elsewhere(options, source);
    (void)snprintf(lock, sizeof(lock), "%.4096s/lock.mdb", source);
    (void)snprintf(data, sizeof(data), "%.4096s/data.mdb", source);
    return access(data, F_OK) != 0 || access(lock, F_OK) == 0
               ? database_read(&of_source, copy_all, beside)
               : copy_named(data, beside);
}

static enum exit_code copy_source(const struct options *options, const char *source,
                                  struct beside *beside)
{
    struct stat is;
    if (strcmp(source, "-") == 0) {
        return copy_file(STDIN_FILENO, "standard input", beside);
    }
    return stat(source, &is) == 0 && S_ISDIR(is.st_mode) ? copy_directory(options, source, beside)
                                                         : copy_named(source, beside);
}

/* Who follows the changes of the database in place has seen what this one does not have. */
static enum exit_code renew(const struct options *options, const char *directory)
{
    js_error error;
    js_database *database;
    js_transaction *transaction;
    struct options of_copy = database_elsewhere(options, directory);
    enum exit_code code = database_open(&of_copy, JS_WRITE, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    js_result result = js_transaction_begin(database, &transaction, &error);
    if (result == JS_OK) {
        result = js_transaction_renew(transaction, &error);
        if (result == JS_OK) {
            result = js_transaction_commit(transaction, &error);
        } else {
            js_transaction_abort(transaction);
        }
    }
    js_close(database);
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    (void)in_place;
    const char *source = options->arguments[0];
    enum exit_code code = copy_source(options, source, beside);
    code = code == EXIT_DONE ? sound_check(options, beside->path) : code;
    code = code == EXIT_DONE ? renew(options, beside->path) : code;
    if (code != EXIT_DONE) {
        complain("%s: not restored; %s is as it was", source, options->directory);
    }
    return code;
}

enum exit_code verb_restore(const struct options *options)
{
    struct beside beside;
    enum exit_code code = takeover(options, TAKEOVER_FROM_ELSEWHERE, fill, &beside);
    if (code == EXIT_DONE && beside.target_exists) {
        beside_keep(&beside, "restore");
    }
    return code;
}
