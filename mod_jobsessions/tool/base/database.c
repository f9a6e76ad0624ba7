/* SPDX-License-Identifier: Apache-2.0 */
#include "base/database.h"

#include "base/complain.h"
#include "base/output.h"

enum exit_code database_open(const struct options *options, js_mode mode, js_database **database)
{
    js_error error;
    js_options wanted = {.map_size = options->map_size};
    if (js_open(options->directory, mode, &wanted, database, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
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
