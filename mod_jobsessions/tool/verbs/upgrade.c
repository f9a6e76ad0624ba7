/* SPDX-License-Identifier: Apache-2.0 */
/* From a format of the database to the one that this version makes: a copy takes the place of what is there, so that
 * writers of earlier versions notice; the rest is done in it while all go on. */
#include "base/complain.h"
#include "base/database.h"
#include "place/copy.h"
#include "place/sound.h"
#include "place/takeover.h"
#include "verbs/verbs.h"

static enum exit_code failed(const js_error *error)
{
    complain("%s", error->message);
    return EXIT_DATABASE;
}

static enum exit_code begin(const struct options *options, const char *directory)
{
    js_error error;
    js_database *database;
    struct options of_copy = database_elsewhere(options, directory);
    enum exit_code code = database_open(&of_copy, JS_WRITE, &database);
    if (code == EXIT_DONE) {
        code = js_upgrade_begin(database, &error) == JS_OK ? EXIT_DONE : failed(&error);
        js_close(database);
    }
    return code;
}

static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    enum exit_code code = copy_present(in_place, beside->path);
    return code == EXIT_DONE ? begin(options, beside->path) : code;
}

/* What is damaged is told before anybody has to wait, and left to be dealt with. */
static enum exit_code check(const struct options *options, js_snapshot *snapshot, void *format)
{
    *(unsigned *)format = js_snapshot_format(snapshot);
    return *(unsigned *)format < JS_FORMAT ? sound_verify(options, snapshot) : EXIT_DONE;
}

/* Put a database of the new format in the place of an older one. */
static enum exit_code replace(const struct options *options)
{
    struct beside beside;
    enum exit_code code = takeover(options, TAKEOVER_FROM_PRESENT, fill, &beside);
    if (code == EXIT_DONE) {
        complain("note: the database has format %d; earlier versions find it newer", JS_FORMAT);
        beside_keep(&beside, "upgrade");
    }
    return code;
}

static enum exit_code finish(js_database *database)
{
    js_error error;
    js_result result;
    do {
        result = js_upgrade_step(database, &error);
    } while (result == JS_OK);
    return result == JS_END ? EXIT_DONE : failed(&error);
}

enum exit_code verb_upgrade(const struct options *options)
{
    js_database *database;
    unsigned format = JS_FORMAT;
    enum exit_code code = database_read(options, check, &format);
    if (code == EXIT_DONE && format < JS_FORMAT) {
        code = replace(options);
    }
    if (code != EXIT_DONE) {
        complain("%s: not upgraded", options->directory);
        return code;
    }
    code = database_open(options, JS_WRITE, &database);
    if (code == EXIT_DONE) {
        code = finish(database);
        js_close(database);
    }
    if (code != EXIT_DONE) {
        complain("%s: the upgrade was begun; run it again to end it", options->directory);
    }
    return code;
}
