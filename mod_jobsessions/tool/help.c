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

#define BEGAN                                                                                      \
    "  --since TIME      that began then or later\n"                                               \
    "  --until TIME      that began then or earlier\n"

const char help_export[] =
    "usage: jobsessions -d DIR export [OPTION ...]\n"
    "\n"
    "Print all sessions, or those for which all that is given holds, as POST "
    "/api/v1/jobSessions/export\n"
    "answers: newest (highest id) first, as they are at one moment.\n"
    "\n" FILTERS BEGAN
    "  --format F        json (the default); ndjson, a session a line; csv, for programs;\n"
    "                    spreadsheet, CSV that a spreadsheet opens without changing a value; or "
    "xml\n"
    "  --durations seconds\n"
    "                    durations as numbers, 985 for 00:16:25\n"
    "  --times unixMilliseconds\n"
    "                    times as numbers, milliseconds since 1970 in UTC\n"
    "  --base-url URL    what stands before the mount in links (https://localhost)\n"
    "  --mount PATH      where the API is mounted (/api/v1/jobSessions)\n"
    "\n" TIMES "\n"
    "example: jobsessions -d /var/lib/jobsessions export --format csv --since 7d --durations "
    "seconds\n"
    "exit status: 0 done, also when there are none; 2 usage; 3 the database, or a record, could "
    "not\n"
    "be read, or the document not be written\n";

const char help_list[] =
    "usage: jobsessions -d DIR list [OPTION ...]\n"
    "\n"
    "Print sessions, newest (highest id) first, one a line. All that is given must hold, as of "
    "the\n"
    "parameters of GET /api/v1/jobSessions.\n"
    "\n" FILTERS BEGAN "  --limit N         at most N of them\n"
    "  --json            each as it is stored, a line of JSON\n"
    "\n" TIMES "\n"
    "example: jobsessions -d /var/lib/jobsessions list --status Failed,Error --since yesterday\n"
    "exit status: 0 done, also when there are none; 2 usage; 3 the database, or a record, could "
    "not\n"
    "be read\n";

const char help_prune[] =
    "usage: jobsessions -d DIR prune --older-than AGE [OPTION ...]\n"
    "       jobsessions -d DIR prune --tombstones-older-than AGE [--dry-run]\n"
    "\n"
    "Remove sessions that began longer ago than AGE, with their logs and items, while workers go "
    "on.\n"
    "One that is not finished stays, and so does one that has no start time. A tombstone stays of "
    "each\n"
    "for those who follow changes; its id stays used. The room is used again by what is written "
    "next;\n"
    "`compact` gives it back to the file system. Killed at any moment, run it again.\n"
    "\n"
    "  --older-than AGE  a number of seconds, minutes, hours, days or weeks: 90s, 30m, 12h, 90d, "
    "2w\n" FILTERS "  --keep-last-good  leave of each policy the Success that began last, or where "
    "it has none the\n"
    "                    Warning, as it is when prune begins\n"
    "  --tombstones-older-than AGE\n"
    "                    forget removals that long ago: else tombstones stay for good. Who "
    "follows\n"
    "                    changes and has not come as far begins anew\n"
    "  --dry-run         print what would go, as list does, and remove nothing\n"
    "  --json            with --dry-run: each as it is stored, a line of JSON\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions prune --older-than 90d --keep-last-good\n"
    "exit status: 0 done, also when there is nothing to remove; 2 usage; 3 the database could not "
    "be\n"
    "used: what was removed until then is told\n";

const char help_sweep[] =
    "usage: jobsessions -d DIR sweep [OPTION ...]\n"
    "\n"
    "Close sessions whose worker is gone: killed, or ended with the machine. Each gets a status, "
    "for "
    "its\n"
    "stop time the moment its worker was last heard of, and a line in its log that says why. "
    "Workers "
    "go\n"
    "on meanwhile; a session whose worker lives is never closed. Killed at any moment, run it "
    "again.\n"
    "\n"
    "Whose worker it is the library notes with each change. `jobsessions put` notes nobody, unless "
    "it "
    "is\n"
    "told by --worker; neither do imports and earlier versions, and a restored database has "
    "forgotten\n"
    "all. Such sessions, and those of another PID namespace, are left, until they have been quiet "
    "for\n"
    "as long as --quiet-for says: since their last change, or since the first sweep that saw "
    "them.\n"
    "\n"
    "  --status S        close them as S, with which a session is finished (Failed)\n"
    "  --quiet-for AGE   also those of whose worker nothing can be known, after so long: 90s, 30m, "
    "2d\n"
    "  --dry-run         change nothing; print also what would be left, unless its worker "
    "lives\n"
    "  --json            a line of JSON for each, in place of a table\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions sweep --quiet-for 2d\n"
    "exit status: 0 done, also when there is nothing to sweep; 1 a session was left, as its record "
    "is\n"
    "damaged; 2 usage; 3 the database could not be used: what was swept until then is told\n";

const char help_heartbeat[] =
    "usage: jobsessions -d DIR heartbeat [--worker PID] ID ...\n"
    "\n"
    "Say that the worker of a session lives, though it has had nothing to write for long, so that "
    "sweep\n"
    "--quiet-for leaves it. Readers see no change. Once a minute is enough.\n"
    "\n"
    "  --worker PID      the process that writes the session, such as $$ in a script; else what\n"
    "                    JOBSESSIONS_WORKER names; else nobody is noted, but the time\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions heartbeat --worker $$ 6\n"
    "exit status: 0 done; 1 a session that is not there, or is finished: swept, perhaps; 2 usage; "
    "3 "
    "the\n"
    "database could not be used\n";

const char help_stop[] =
    "usage: jobsessions -d DIR stop [--requests DIR] [--take] ID ...\n"
    "\n"
    "Ask that sessions be stopped. Each request is a file in a directory beside the database, from "
    "where\n"
    "the worker of the session takes it; httpd puts those of POST {mount}/{id}/stop there "
    "(directive\n"
    "JobSessionsStopRequests). One for a session that is finished is refused.\n"
    "\n"
    "  --requests DIR    the directory; else what JOBSESSIONS_STOPS names\n"
    "  --take            be the worker: print the id of each session that is asked to stop, when, "
    "and\n"
    "                    who asked; its status becomes Canceling, its log says who asked, and the\n"
    "                    request is gone. The worker writes Canceled once it has stopped\n"
    "\n"
    "example: if jobsessions -d db stop --take 6; then kill $job; fi\n"
    "exit status: 0 asked of all, or all are asked; 1 a session that is not there or finished, or "
    "with\n"
    "--take one that nobody asks to stop; 2 usage; 3 the database or the directory could not be "
    "used\n";

const char help_stat[] =
    "usage: jobsessions -d DIR stat [--json]\n"
    "\n"
    "Print what the database holds and takes: sessions by status, type and policy, bytes a "
    "session,\n"
    "free pages, the last usn and id, the identity, and who reads: each process with a snapshot, "
    "and how\n"
    "many transactions were committed since that began. While an old snapshot lasts the file "
    "grows.\n"
    "\n"
    "  --json            as one object\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions stat --json | jq .statuses.Failed\n"
    "exit status: 0 done; 2 usage; 3 the database, or a record, could not be read\n";

const char help_check[] =
    "usage: jobsessions -d DIR check [OPTION ...]\n"
    "\n"
    "Look at what keeps people from a database: the directories on the way to it, modes, the mount "
    "and\n"
    "the type of its file system, room, the map and the address space, lock.mdb, clocks, and what "
    "httpd's\n"
    "configuration says. A line for each: \"fine\", or \"fault\" with what to do. Nothing is made, "
    "and "
    "nothing\n"
    "written but the slot in lock.mdb that every reader takes.\n"
    "\n"
    "  --as USER         open it as that user, in a process with all of the user's groups, who has "
    "to be\n"
    "                    able to read it; may be repeated; who asks, where none is named. Others "
    "than\n"
    "                    oneself only root can be\n"
    "  --as-writer USER  the same for one who has to be able to write to it\n"
    "  --config FILE     look in this configuration of httpd, and what it includes, for the\n"
    "                    JobSessionsDatabase that names the directory. Sections such as <IfDefine> "
    "are not\n"
    "                    weighed; names are below ServerRoot, or else the directory of FILE\n"
    "  --json            a line of JSON for each thing looked at: {\"found\",\"text\"}; at the "
    "end\n"
    "                    {\"directory\",\"faults\"}\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions check --as www-data --as-writer backup \\\n"
    "           --config /etc/apache2/apache2.conf\n"
    "exit status: 0 no faults; 1 faults; 2 usage; 3 it could not be looked at\n";

#define COMMAND                                                                                    \
    "  --exec CMD        run CMD by /bin/sh for each instead of printing it, one after the "       \
    "other: "                                                                                      \
    "its\n"                                                                                        \
    "                    line of JSON is its standard input. One that fails is told, and the "     \
    "next "                                                                                        \
    "\n"                                                                                           \
    "                    is run all the same; the exit status is 1 in the end\n"

const char help_watch[] =
    "usage: jobsessions -d DIR watch [OPTION ...]\n"
    "\n"
    "Print what changes, as it is committed: each session as it is after its last change, and "
    "removals.\n"
    "Ends with SIGINT or SIGTERM, and prints where to go on; quietly, when nobody reads its output "
    "any\n"
    "more. A database that is restored meanwhile is told of, and then told from its beginning.\n"
    "\n"
    "  --since USN       begin with what changed after that usn, 0 for all there is; or what was "
    "printed\n"
    "                    at the end, USN@IDENTITY, which finds out when the database was restored "
    "since.\n"
    "                    Where removals behind USN are forgotten all is told, as after a restore\n"
    "  --json            each as it is stored, a line of JSON; a removal is "
    "{\"id\",\"usn\",\"deleted\":true},\n"
    "                    a new beginning {\"restarted\":true,\"database\":\"IDENTITY\"}\n" COMMAND
    "                    $JOBSESSIONS_NUMBER is the usn\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions watch --exec 'jq -r .status | logger'\n"
    "exit status: 0 ended; 1 a command failed; 2 usage; 3 the database, or a record, could not be "
    "read\n";

const char help_log[] =
    "usage: jobsessions -d DIR log ID [--add | --follow [OPTION ...]]\n"
    "\n"
    "Print a session's log, a line of JSON for each of its lines, or append the lines of standard "
    "input.\n"
    "\n"
    "  --add             append; members are logTime, status, message, executionStartTime and\n"
    "                    executionDuration\n"
    "  -f, --follow      go on with what is appended, until SIGINT, SIGTERM, the session's removal "
    "or\n"
    "                    the end of who reads the output; then print where to go on\n"
    "  --since N         with --follow: go on behind the Nth line\n" COMMAND
    "                    $JOBSESSIONS_NUMBER is the line's\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions log 6 -f | jq -r .message\n"
    "exit status: 0 ended; 1 a command failed, or there is no such session; 2 usage; 3 the "
    "database, or\n"
    "a line, could not be read\n";

const char help_verify[] =
    "usage: jobsessions -d DIR verify [--repair]\n"
    "\n"
    "Check every page of the file, and every record, index and counter against the others, and "
    "print each\n"
    "fault.\n"
    "\n"
    "  --repair          where there are faults, make a sound database beside this one, and "
    "exchange the\n"
    "                    two; what was in place stays as DIR.before-repair-TIME. Index, counters, "
    "types and\n"
    "                    orders are made anew. Sessions and items whose checksums do not fit are "
    "told, and\n"
    "                    what can be read of them is set aside in DIR.set-aside-TIME.ndjson; the "
    "items of\n"
    "                    such sessions stand there, too. Who follows changes begins anew\n"
    "\n"
    "A session that was set aside and mended, and its log (as id 7), are put back with\n"
    "  jq -r 'select(.session == \"7\") | .text // empty' FILE | jobsessions -d DIR import\n"
    "  jq -c 'select(.session == \"7\" and .list == \"log\") | .item // empty' FILE |\n"
    "      jobsessions -d DIR log 7 --add\n"
    "\n"
    "example: jobsessions -d /var/lib/jobsessions verify\n"
    "exit status: 0 no faults, or all is repaired and nothing lost; 1 faults, or it is repaired "
    "and "
    "what is\n"
    "told was set aside or is gone; 2 usage; 3 it could not be read, or not be repaired and is as "
    "it was\n";
