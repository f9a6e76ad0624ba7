/* SPDX-License-Identifier: Apache-2.0 */
/* jobsessions: everything a person or a script does with a job-session database. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/fatal.h"
#include "base/options.h"
#include "base/output.h"
#include "command_line.h"
#include "follow_program.h"
#include "help.h"
#include "jobsessions.h"
#include "verbs/verbs.h"

static const char usage[] =
    "usage: jobsessions -d DIR VERB [OPTION ...] [ARGUMENT ...]\n"
    "\n"
    "  put                  read one session object a line; create it (without id: under the next\n"
    "                       id) or update it (JSON merge patch); print each id once it is durable\n"
    "  import               load an export document, an array, or one session a line, with id and\n"
    "                       usn; a session whose id another one has is refused\n"
    "  export               print the document of POST /api/v1/jobSessions/export; `export --help` "
    "has\n"
    "                       filters and formats\n"
    "  list                 print sessions as a table, newest first; `list --help` has the "
    "filters\n"
    "  watch                print each change as it comes; `watch --help` has the options\n"
    "  get ID ...           print sessions as they are stored, one a line\n"
    "  rm ID ...            remove sessions with their logs and items, once they are finished\n"
    "  prune --older-than AGE [--keep-last-good] [--tombstones-older-than AGE] [--dry-run]\n"
    "                       remove old sessions while workers go on; never one that runs\n"
    "  sweep [--quiet-for AGE] [--status S] [--dry-run]\n"
    "                       close the sessions whose worker is gone as Failed; never one whose "
    "lives\n"
    "  heartbeat ID ...     say that the worker of a session lives, though it has nothing to "
    "write\n"
    "  log ID [--add | -f]  print a session's log, one item a line, append the lines read, or "
    "follow it\n"
    "  items ID KIND [--add]\n"
    "                       the same for one of its lists: protectedItems, deletedItems,\n"
    "                       restoredItems, fileLevelRestoredItems, checkedItems,\n"
    "                       restoredDatabases, fileLevelRestoredFileShareItems,\n"
    "                       vnetRestoredItems or restoredCosmosDbAccounts\n"
    "  stop ID ... [--take] ask that sessions be stopped, or take up what was asked as their "
    "worker\n"
    "  stat                 print counts, sizes, free pages, readers, last usn and identity\n"
    "  check [--as USER ...] [--as-writer USER ...] [--config FILE]\n"
    "                       look at modes, mount, file system, locks, clock and httpd's "
    "configuration\n"
    "                       as those users meet them; name each fault with its remedy\n"
    "  verify [--repair]    check everything against everything else; name each fault; make a "
    "sound\n"
    "                       database of what can be saved\n"
    "  backup DEST          copy everything, as it is now, to a new directory, and verify the "
    "copy\n"
    "  backup --stdout      the same as one file, to a pipe or a file\n"
    "  restore SOURCE       put a backup (a directory, a file, or - for standard input) in the "
    "place\n"
    "                       of the database, which is kept beside it\n"
    "  dump                 print everything, as it is now, as text: a line of JSON for each "
    "record\n"
    "  load [FILE]          make the database from a dump (a file, or standard input), where "
    "there\n"
    "                       is none\n"
    "  compact              put a copy without free pages in the place of the database\n"
    "  follow               bring databases into PostgreSQL; `jobsessions follow --help`\n"
    "  renumber             mend a database in which one wrong id or usn ends writing; print each "
    "id\n"
    "                       that was exchanged, and the new one\n"
    "  upgrade              bring a database of an earlier version to what this one can do; the\n"
    "                       old one is kept beside it; killed at any moment, run it again\n"
    "\n"
    "  -d, --database DIR   the database's directory; else what JOBSESSIONS_DB names\n"
    "      --base-url URL   export: what stands before the mount in links (https://localhost)\n"
    "      --mount PATH     export: where the API is mounted (/api/v1/jobSessions)\n"
    "      --add            log, items: read one JSON object a line and append it\n"
    "      --update         put: update only; a line whose session is not there is refused\n"
    "      --merge          import: replace sessions that have the same id, logs and items "
    "included\n"
    "      --new-ids        import: give each session the next id and usn\n"
    "      --force          rm: also sessions that are not finished\n"
    "      --stdout         backup: to standard output\n"
    "      --requests DIR   stop: where requests are; else what JOBSESSIONS_STOPS names\n"
    "      --worker PID     put, log, items, stop, heartbeat: the process that writes the session, "
    "for\n"
    "                       sweep; else what JOBSESSIONS_WORKER names; else nobody is noted\n"
    "      --map-size SIZE  the most the database may grow to, in bytes or with K, M, G, T (64G)\n"
    "  -h, --help           this text; with a verb, what there is to say of that\n"
    "  -V, --version        the version\n"
    "\n"
    "exit status: 0 done; 1 the data was refused; 2 usage; 3 the database could not be used\n";

struct verb {
    const char *name;
    enum exit_code (*run)(const struct options *options);
    int fewest_arguments;
    int most_arguments; /* -1: any number */
    const char *takes;  /* letters of the options it takes, beside -d and --map-size */
    const char *wants;  /* what to say when arguments are missing */
    const char *help;   /* NULL: what there is to say stands in `usage` */
};

/* Options that select sessions. */
#define SELECTION "STpiu"

static const struct verb verbs[] = {
    {"put", verb_put, 0, 0, "Uw", NULL, NULL},
    {"import", verb_import, 0, 0, "gn", NULL, NULL},
    {"export", verb_export, 0, 0, SELECTION "bmeDI", NULL, help_export},
    {"list", verb_list, 0, 0, SELECTION "lj", NULL, help_list},
    {"watch", verb_watch, 0, 0, "ixj", NULL, help_watch},
    {"get", verb_get, 1, -1, "", "get: name at least one session id", NULL},
    {"rm", verb_rm, 1, -1, "F", "rm: name at least one session id", NULL},
    {"prune", verb_prune, 0, 0, "OSTpkyjE", NULL, help_prune},
    {"sweep", verb_sweep, 0, 0, "SQyj", NULL, help_sweep},
    {"heartbeat", verb_heartbeat, 1, -1, "w", "heartbeat: name at least one session id",
     help_heartbeat},
    {"stop", verb_stop, 1, -1, "qtw", "stop: name at least one session id", help_stop},
    {"stat", verb_stat, 0, 0, "j", NULL, help_stat},
    {"check", verb_check, 0, 0, "AWcj", NULL, help_check},
    {"verify", verb_verify, 0, 0, "r", NULL, help_verify},
    {"backup", verb_backup, 0, 1, "o", NULL, NULL},
    {"restore", verb_restore, 1, 1, "", "restore: name a backup, or - for standard input", NULL},
    {"compact", verb_compact, 0, 0, "", NULL, NULL},
    {"renumber", verb_renumber, 0, 0, "", NULL, NULL},
    {"upgrade", verb_upgrade, 0, 0, "", NULL, NULL},
    {"dump", verb_dump, 0, 0, "", NULL, NULL},
    {"load", verb_load, 0, 1, "", NULL, NULL},
    {"log", verb_log, 1, 1, "afixw", "log: name a session id", help_log},
    {"items", verb_items, 2, 2, "aw", "items: name a session id and a kind of items", NULL},
};

static int print(const char *text)
{
    (void)fputs(text, stdout);
    return (int)output_finish();
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* A verb's own text, where it has one. */
static const char *help_for(const char *name)
{
    const struct verb *verb = name != NULL ? find_verb(name) : NULL;
    return verb != NULL && verb->help != NULL ? verb->help : usage;
}

/* Do the arguments and options suit the verb? -1: yes; else the exit code. */
static int check_use(const struct verb *verb, const struct options *options, int arguments,
                     const struct given *given)
{
    if (arguments < verb->fewest_arguments) {
        return command_line_misuse("%s", verb->wants);
    }
    if (verb->most_arguments >= 0 && arguments > verb->most_arguments) {
        return command_line_misuse("\"%s\" is one argument too many",
                                   options->arguments[verb->most_arguments]);
    }
    const char *wrong = command_line_unsuitable(given, verb->takes);
    if (wrong != NULL) {
        complain("--%s does not go with %s", wrong, verb->name);
        return command_line_try_help();
    }
    if (options->merge && options->new_ids) {
        return command_line_misuse("%s", "--merge and --new-ids: one or the other");
    }
    if (options->directory == NULL || options->directory[0] == '\0') {
        return command_line_misuse(
            "%s: name the database's directory with -d DIR or JOBSESSIONS_DB", verb->name);
    }
    return -1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "follow") == 0) {
        return follow_program(argv + 1);
    }
    struct options options = {.directory = getenv("JOBSESSIONS_DB")};
    struct given given = {0};
    int code = command_line_parse(argc, argv, &options, &given);
    if (code >= 0) {
        return code;
    }
    if (given.help || given.version) {
        return print(given.help ? help_for(argv[optind]) : "jobsessions " JS_VERSION "\n");
    }
    if (optind == argc) {
        return command_line_misuse(
            "%s", "say what to do: put, import, export, list, watch, get, rm, "
                  "prune, sweep, heartbeat, log, items, stop, stat, check, verify, "
                  "backup, restore, dump, load, compact, upgrade or renumber");
    }
    const struct verb *verb = find_verb(argv[optind]);
    if (verb == NULL) {
        return command_line_misuse("there is no verb \"%s\"", argv[optind]);
    }
    options.arguments = argv + optind + 1;
    code = check_use(verb, &options, argc - optind - 1, &given);
    if (code >= 0) {
        return code;
    }
    fatal_prepare(options.directory);
    return (int)verb->run(&options);
}
