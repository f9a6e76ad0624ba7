/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#define FILTERS                                                                                    \
    "  --status S        of that status, in any case; several with commas between, or repeated\n"  \
    "  --type T          of that type, likewise\n"                                                 \
    "  --policy P        of that policy: a uuid, or a name in which * stands for any text\n"

#define TIMES                                                                                      \
    "TIME is a date, a date and time (2026-11-23T08:00, in UTC unless it has a zone), now, "       \
    "today,\n"                                                                                     \
    "yesterday, or how long ago: 90s, 30m, 12h, 7d, 2w. Days begin in UTC.\n"

const char help_list[] =
    "usage: jobsessions -d DIR list [OPTION ...]\n"
    "\n"
    "Print sessions, newest (highest id) first, one a line. All that is given must hold, as of "
    "the\n"
    "parameters of GET /api/v1/jobSessions.\n"
    "\n" FILTERS "  --since TIME      that began then or later\n"
    "  --until TIME      that began then or earlier\n"
    "  --limit N         at most N of them\n"
    "  --json            each as it is stored, a line of JSON\n"
    "\n" TIMES "\n"
    "example: jobsessions -d /var/lib/jobsessions list --status Failed,Error --since yesterday\n"
    "exit status: 0 done, also when there are none; 2 usage; 3 the database, or a record, could "
    "not\n"
    "be read\n";
