/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "output/spool.h"
#include "place/beside.h"
#include "place/copy.h"
#include "verbs/verbs.h"

/* It was made when the copy was opened, and is not part of it. */
static void drop_lock_file(const char *directory)
{
    char path[BESIDE_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    (void)unlink(path);
}

static enum exit_code make_copy(const struct options *options, js_database *database,
                                const struct beside *beside)
{
    enum exit_code code = copy_checked(options, database, beside->path);
    if (code == EXIT_REFUSED) {
        complain("%s: a backup would have these faults, too, and is not kept", options->directory);
    }
    drop_lock_file(beside->path);
    return code;
}

static enum exit_code to_directory(const struct options *options, js_database *database,
                                   const char *destination)
{
    struct beside beside;
    enum exit_code code = beside_make(&beside, destination);
    if (code != EXIT_DONE) {
        return code;
    }
    if (beside.target_exists) {
        complain("%s: it is there already; name a new directory", destination);
        code = EXIT_USAGE;
    }
    code = code == EXIT_DONE ? make_copy(options, database, &beside) : code;
    code = code == EXIT_DONE ? beside_exchange(&beside) : code;
    if (code != EXIT_DONE) {
        beside_remove(&beside);
    }
    return code;
}

static enum exit_code send(const struct beside *beside)
{
    char path[BESIDE_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/data.mdb", beside->path);
    FILE *file = fopen(path, "r");
    beside_remove(beside);
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        return EXIT_DATABASE;
    }
    return spool_send(file);
}

/* By way of a temporary directory: a pipe may be as slow as it likes, the snapshot is not. */
static enum exit_code to_stdout(const struct options *options, js_database *database)
{
    char name[BESIDE_MAX];
    struct beside beside;
    const char *temporary = getenv("TMPDIR");
    if (isatty(STDOUT_FILENO)) {
        complain("backup --stdout: those are the bytes of a file; redirect them");
        return EXIT_USAGE;
    }
    (void)snprintf(name, sizeof(name), "%.4000s/jobsessions-backup",
                   temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
    enum exit_code code = beside_make(&beside, name);
    if (code != EXIT_DONE) {
        return code;
    }
    code = make_copy(options, database, &beside);
    if (code != EXIT_DONE) {
        beside_remove(&beside);
        return code;
    }
    return send(&beside);
}

enum exit_code verb_backup(const struct options *options)
{
    js_database *database;
    const char *destination = options->arguments[0];
    if ((destination == NULL) != options->to_stdout) {
        complain("backup: name a directory, or say --stdout");
        return EXIT_USAGE;
    }
    enum exit_code code = database_open(options, JS_READ, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = destination != NULL ? to_directory(options, database, destination)
                               : to_stdout(options, database);
    js_close(database);
    return code;
}
