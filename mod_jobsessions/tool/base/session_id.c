/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session_id.h"

#include <string.h>

#include "base/complain.h"

enum exit_code session_id_unknown(const struct options *options, const char *argument)
{
    complain("%s: there is no session \"%s\"", options->directory, argument);
    return EXIT_REFUSED;
}

enum exit_code session_id_find(const struct options *options, const js_snapshot *snapshot,
                               const char *argument, uint64_t *id)
{
    js_result result = js_snapshot_find_id(snapshot, argument, strlen(argument), id);
    if (result == JS_DAMAGED) {
        complain("%s: the tables of uuids are damaged; run `jobsessions verify`",
                 options->directory);
        return EXIT_DATABASE;
    }
    return result == JS_OK ? EXIT_DONE : session_id_unknown(options, argument);
}

enum exit_code session_id_find_now(const struct options *options, js_database *database,
                                   const char *argument, uint64_t *id)
{
    js_error error;
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = session_id_find(options, snapshot, argument, id);
    js_snapshot_end(snapshot);
    return code;
}
