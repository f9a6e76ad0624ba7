/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/unnamed.h"
#include "output/spool.h"
#include "place/beside.h"
#include "place/sound.h"
#include "verbs/verbs.h"

static enum exit_code copy_to(js_database *database, const char *directory)
{
    js_error error;
    if (js_copy(database, directory, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

/* The copy's lock file was made when it was checked, and is not part of it. */
static void drop_lock_file(const char *directory)
{
    char path[BESIDE_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/lock.mdb", directory);
    (void)unlink(path);
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
    code = code == EXIT_DONE ? copy_to(database, beside.path) : code;
    code = code == EXIT_DONE ? sound_check(options, beside.path) : code;
    if (code == EXIT_REFUSED) {
        complain("%s: the copy has these faults, as the database does; it is not kept",
                 destination);
    }
    drop_lock_file(beside.path);
    code = code == EXIT_DONE ? beside_exchange(&beside) : code;
    if (code != EXIT_DONE) {
        beside_remove(&beside);
    }
    return code;
}

/* By way of a file: a pipe may be as slow as it likes, the snapshot is not. */
static enum exit_code to_stdout(js_database *database)
{
    js_error error;
    if (isatty(STDOUT_FILENO)) {
        complain("backup --stdout: those are the bytes of a file; redirect them");
        return EXIT_USAGE;
    }
    FILE *file = unnamed_open();
    if (file == NULL) {
        return EXIT_DATABASE;
    }
    if (js_copy_fd(database, fileno(file), &error) != JS_OK) {
        complain("%s", error.message);
        (void)fclose(file);
        return EXIT_DATABASE;
    }
    return spool_send(file);
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
    code = destination != NULL ? to_directory(options, database, destination) : to_stdout(database);
    js_close(database);
    return code;
}
