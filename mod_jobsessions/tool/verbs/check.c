/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "check/as_user.h"
#include "check/contents.h"
#include "check/file_system.h"
#include "check/httpd_config.h"
#include "check/way.h"
#include "verbs/verbs.h"

static void look(void *baton, struct report *report)
{
    contents_check(baton, report);
}

/* As each of the users of an option. */
static enum exit_code look_as(const struct texts *users, struct contents *contents,
                              struct report *report)
{
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < users->count; i++) {
        contents->user = users->list[i];
        code = exit_code_worse(code, as_user(contents->user, look, contents, report));
    }
    return code;
}

/* Where none is named, as who asks. */
static enum exit_code look_as_all(const struct options *options, const char *directory,
                                  struct report *report)
{
    struct contents contents = {.options = options, .directory = directory};
    if (options->as.count + options->as_writer.count == 0) {
        const struct passwd *self = getpwuid(geteuid());
        contents.user = self != NULL ? self->pw_name : "who asks";
        contents_check(&contents, report);
        return EXIT_DONE;
    }
    enum exit_code code = look_as(&options->as, &contents, report);
    contents.has_to_write = true;
    return exit_code_worse(code, look_as(&options->as_writer, &contents, report));
}

enum exit_code verb_check(const struct options *options)
{
    char directory[WAY_MAX];
    struct report report = {0};
    enum exit_code code = EXIT_DONE;
    if (options->json) {
        report_as_json();
    }
    if (way_resolve(options->directory, directory, &report)) {
        file_system_check(directory, &report);
        way_check_modes(directory, &report);
        code = look_as_all(options, directory, &report);
        if (options->config != NULL) {
            httpd_config_check(options->config, directory, &report);
        }
    }
    if (report.faults > 0 || code == EXIT_DONE) {
        report_sum(&report, options->directory);
    }
    code = exit_code_worse(code, report.faults > 0 ? EXIT_REFUSED : EXIT_DONE);
    return exit_code_worse(code, output_finish());
}
