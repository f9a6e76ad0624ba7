/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "input/input.h"
#include "place/sound.h"
#include "place/takeover.h"
#include "verbs/verbs.h"

static enum exit_code refuse(const struct input *input, js_result result, const char *why)
{
    complain("load: line %" PRIu64 ": %s", input->line, why);
    return exit_code_of(result);
}

static enum exit_code load_lines(js_load *load, struct input *input)
{
    js_error error;
    const char *line;
    size_t length;
    input_result read;
    while ((read = input_line(input, &line, &length)) != INPUT_END) {
        if (read == INPUT_WAIT) {
            (void)input_fill(input); /* its end or failure shows in the next input_line() */
        } else if (read == INPUT_TOO_LONG) {
            return refuse(input, JS_INVALID, INPUT_UNIT_TOO_LONG "; no dump has such a line");
        } else {
            js_result result = js_load_line(load, line, length, &error);
            if (result != JS_OK) {
                return refuse(input, result, error.message);
            }
        }
    }
    return input_check(input);
}

static enum exit_code load_all(js_database *database, struct input *input, js_dump_totals *totals)
{
    js_error error;
    js_load *load;
    js_result result = js_load_begin(database, &load, &error);
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = load_lines(load, input);
    if (code != EXIT_DONE) {
        js_load_abort(load);
        return code;
    }
    result = js_load_end(load, totals, &error);
    return result == JS_OK ? EXIT_DONE : refuse(input, result, error.message);
}

static enum exit_code load_into(const struct options *options, const char *directory,
                                struct input *input, js_dump_totals *totals)
{
    js_database *database;
    struct options of_new = database_elsewhere(options, directory);
    enum exit_code code = database_open(&of_new, JS_WRITE, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = load_all(database, input, totals);
    js_close(database);
    return code == EXIT_DONE ? sound_check(options, directory) : code;
}

/* The dump that was named, or standard input. */
static enum exit_code open_input(const char *source, struct input *input)
{
    *input = (struct input){.fd = STDIN_FILENO, .name = source};
    if (source == NULL || strcmp(source, "-") == 0) {
        input->name = NULL;
        return EXIT_DONE;
    }
    input->fd = open(source, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0) {
        complain("%s: open the dump: %s", source, strerror(errno));
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static void say_what_came(const char *source, const js_dump_totals *totals)
{
    complain("note: %" PRIu64 " sessions, %" PRIu64 " log lines and items and %" PRIu64
             " removals came from %s, a dump of the database %s; this one has an identity of "
             "its own",
             totals->sessions, totals->items, totals->removed, source, totals->identity);
    if (totals->damaged > 0) {
        complain("note: that database was damaged (%" PRIu64
                 " faults), and what could not be read is not in the dump",
                 totals->damaged);
    }
}

static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    (void)in_place;
    struct input input;
    js_dump_totals totals;
    enum exit_code code = open_input(options->arguments[0], &input);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *source = input.name != NULL ? input.name : "standard input";
    code = load_into(options, beside->path, &input, &totals);
    if (code == EXIT_DONE) {
        say_what_came(source, &totals);
    } else {
        complain("%s: not loaded; %s is as it was", source, options->directory);
    }
    input_free(&input);
    if (input.fd != STDIN_FILENO) {
        (void)close(input.fd);
    }
    return code;
}

enum exit_code verb_load(const struct options *options)
{
    struct beside beside;
    enum exit_code code = takeover(options, TAKEOVER_OF_NOTHING, fill, &beside);
    if (code == EXIT_DONE && beside.target_exists && rmdir(beside.path) != 0) {
        beside_keep(&beside, "load"); /* there was something in the directory */
    }
    return code;
}
