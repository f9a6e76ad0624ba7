/* SPDX-License-Identifier: Apache-2.0 */
#include "base/database.h"

#include <stdlib.h>

#include "base/complain.h"
#include "base/output.h"

/* 0: nobody. False: it is no id of a process. */
static bool read_worker(const char *text, long *process)
{
    char *end;
    *process = text != NULL ? strtol(text, &end, 10) : 0;
    return text == NULL || *text == '\0' || (*text >= '0' && *text <= '9' && *end == '\0');
}

enum exit_code database_tell_worker(const struct options *options, js_database *database)
{
    js_error error;
    long process;
    const char *text = options->worker != NULL ? options->worker : getenv("JOBSESSIONS_WORKER");
    if (!read_worker(text, &process)) {
        complain("%s \"%s\": name a process by its id, such as $$ in a shell",
                 options->worker != NULL ? "--worker" : "JOBSESSIONS_WORKER", text);
        return EXIT_USAGE;
    }
    /* what is to be stored is no worse for that nobody is noted */
    if (js_set_worker(database, process, &error) != JS_OK) {
        complain("%s", error.message);
    }
    return EXIT_DONE;
}

enum exit_code database_open(const struct options *options, js_mode mode, js_database **database)
{
    js_error error;
    js_options wanted = {.map_size = options->map_size};
    if (js_open(options->directory, mode, &wanted, database, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = mode == JS_WRITE ? database_tell_worker(options, *database) : EXIT_DONE;
    if (code != EXIT_DONE) {
        js_close(*database);
        *database = NULL;
    }
    return code;
}

enum exit_code database_open_existing(const struct options *options, js_database **database)
{
    enum exit_code code = database_open(options, JS_READ, database);
    if (code == EXIT_DONE) {
        js_close(*database);
        code = database_open(options, JS_WRITE, database);
    }
    return code;
}

struct options database_elsewhere(const struct options *options, const char *directory)
{
    struct options elsewhere = *options;
    elsewhere.directory = directory;
    return elsewhere;
}

enum exit_code database_read(const struct options *options, database_reader *read, void *baton)
{
    js_error error;
    js_database *database;
    js_snapshot *snapshot;
    enum exit_code code = database_open(options, JS_READ, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    if (js_snapshot_begin(database, &snapshot, &error) == JS_OK) {
        code = read(options, snapshot, baton);
        js_snapshot_end(snapshot);
    } else {
        complain("%s", error.message);
        code = EXIT_DATABASE;
    }
    js_close(database);
    enum exit_code printed = output_finish();
    return printed != EXIT_DONE ? printed : code;
}
