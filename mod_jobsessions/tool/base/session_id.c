/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session_id.h"

#include <string.h>

#include "base/complain.h"
#include "jobsessions_read.h"

enum exit_code session_id_unknown(const struct options *options, const char *argument)
{
    complain("%s: there is no session \"%s\"", options->directory, argument);
    return EXIT_REFUSED;
}

enum exit_code session_id_parse(const struct options *options, const char *argument, uint64_t *id)
{
    return js_id_parse(argument, strlen(argument), id) ? EXIT_DONE
                                                       : session_id_unknown(options, argument);
}
