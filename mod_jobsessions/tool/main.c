/* SPDX-License-Identifier: Apache-2.0 */
/* jobsessions: everything a person or a script does with a job-session database. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/fatal.h"
#include "base/options.h"
#include "base/output.h"
#include "jobsessions.h"
#include "verbs/verbs.h"

static const char usage[] =
    "usage: jobsessions -d DIR VERB [OPTION ...] [ARGUMENT ...]\n"
    "\n"
    "  put                  read one session object a line; create it (without id: under the next\n"
    "                       id) or update it (JSON merge patch); print each id once it is durable\n"
    "  import               load an export document, an array, or one session a line, with id and\n"
    "                       usn; a session whose id another one has is refused\n"
    "  export               print the document of POST /api/v1/jobSessions/export\n"
    "  get ID ...           print sessions as they are stored, one a line\n"
    "  rm ID ...            remove sessions with their logs and items, once they are finished\n"
    "  log ID [--add]       print a session's log, one item a line, or append the lines read\n"
    "  items ID KIND [--add]\n"
    "                       the same for one of its lists: protectedItems, deletedItems,\n"
    "                       restoredItems, fileLevelRestoredItems, checkedItems,\n"
    "                       restoredDatabases, fileLevelRestoredFileShareItems,\n"
    "                       vnetRestoredItems or restoredCosmosDbAccounts\n"
    "  verify               check everything against everything else; name each fault\n"
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
    "\n"
    "  -d, --database DIR   the database's directory; else what JOBSESSIONS_DB names\n"
    "      --base-url URL   export: what stands before the mount in links (https://localhost)\n"
    "      --mount PATH     export: where the API is mounted (/api/v1/jobSessions)\n"
    "      --add            log, items: read one JSON object a line and append it\n"
    "      --merge          import: replace sessions that have the same id, logs and items "
    "included\n"
    "      --new-ids        import: give each session the next id and usn\n"
    "      --force          rm: also sessions that are not finished\n"
    "      --stdout         backup: to standard output\n"
    "      --map-size SIZE  the most the database may grow to, in bytes or with K, M, G, T (64G)\n"
    "  -h, --help           this text\n"
    "  -V, --version        the version\n"
    "\n"
    "exit status: 0 done; 1 the data was refused; 2 usage; 3 the database could not be used\n";

static const char try_help[] = "Try `jobsessions --help`.\n";

struct verb {
    const char *name;
    enum exit_code (*run)(const struct options *options);
    int fewest_arguments;
    int most_arguments; /* -1: any number */
    const char *takes;  /* letters of the options it takes, beside -d and --map-size */
    const char *wants;  /* what to say when arguments are missing */
};

static const struct verb verbs[] = {
    {"put", verb_put, 0, 0, "", NULL},
    {"import", verb_import, 0, 0, "gn", NULL},
    {"export", verb_export, 0, 0, "bm", NULL},
    {"get", verb_get, 1, -1, "", "get: name at least one session id"},
    {"rm", verb_rm, 1, -1, "f", "rm: name at least one session id"},
    {"verify", verb_verify, 0, 0, "", NULL},
    {"backup", verb_backup, 0, 1, "o", NULL},
    {"restore", verb_restore, 1, 1, "", "restore: name a backup, or - for standard input"},
    {"compact", verb_compact, 0, 0, "", NULL},
    {"dump", verb_dump, 0, 0, "", NULL},
    {"load", verb_load, 0, 1, "", NULL},
    {"log", verb_log, 1, 1, "a", "log: name a session id"},
    {"items", verb_items, 2, 2, "a", "items: name a session id and a kind of items"},
};

static const struct option long_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"base-url", required_argument, NULL, 'b'},
    {"mount", required_argument, NULL, 'm'},
    {"map-size", required_argument, NULL, 's'},
    {"add", no_argument, NULL, 'a'},
    {"merge", no_argument, NULL, 'g'},
    {"new-ids", no_argument, NULL, 'n'},
    {"force", no_argument, NULL, 'f'},
    {"stdout", no_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int misuse(const char *format, const char *what)
{
    complain(format, what);
    (void)fputs(try_help, stderr);
    return EXIT_USAGE;
}

static int print(const char *text)
{
    (void)fputs(text, stdout);
    return (int)output_finish();
}

/* Bytes, with K, M, G or T for powers of 1024. */
static bool parse_size(const char *text, size_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *text == '-' || errno != 0) {
        return false;
    }
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    end += unit != NULL;
    if (*end != '\0' || value == 0 || value > SIZE_MAX >> shift) {
        return false;
    }
    *size = (size_t)value << shift;
    return true;
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

/* The letters of verb options that were given, so that one on the wrong verb can be refused. */
struct given {
    char letters[8];
    size_t count;
};

static const char *option_name(char letter)
{
    const struct option *option = long_options;
    while (option->val != letter) {
        option++;
    }
    return option->name;
}

/* Read the options. -1: go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options, struct given *given)
{
    int letter;
    while ((letter = getopt_long(argc, argv, "d:hV", long_options, NULL)) != -1) {
        switch (letter) {
        case 'd':
            options->directory = optarg;
            break;
        case 'b':
            options->base_url = optarg;
            break;
        case 'm':
            options->mount = optarg;
            break;
        case 'a':
            options->add = true;
            break;
        case 'g':
            options->merge = true;
            break;
        case 'n':
            options->new_ids = true;
            break;
        case 'f':
            options->force = true;
            break;
        case 'o':
            options->to_stdout = true;
            break;
        case 's':
            if (!parse_size(optarg, &options->map_size)) {
                return misuse("--map-size %s: give bytes, or a number with K, M, G or T", optarg);
            }
            break;
        case 'h':
            return print(usage);
        case 'V':
            return print("jobsessions " JS_VERSION "\n");
        default:
            (void)fputs(try_help, stderr);
            return EXIT_USAGE;
        }
        if (strchr("abmgnfo", letter) != NULL && given->count < sizeof(given->letters) - 1) {
            given->letters[given->count++] = (char)letter;
        }
    }
    return -1;
}

/* Do the arguments and options suit the verb? -1: yes; else the exit code. */
static int check_use(const struct verb *verb, const struct options *options, int arguments,
                     const struct given *given)
{
    if (arguments < verb->fewest_arguments) {
        return misuse("%s", verb->wants);
    }
    if (verb->most_arguments >= 0 && arguments > verb->most_arguments) {
        return misuse("\"%s\" is one argument too many", options->arguments[verb->most_arguments]);
    }
    const char *wrong = given->letters + strspn(given->letters, verb->takes);
    if (*wrong != '\0') {
        complain("--%s does not go with %s", option_name(*wrong), verb->name);
        (void)fputs(try_help, stderr);
        return EXIT_USAGE;
    }
    if (options->merge && options->new_ids) {
        return misuse("%s", "--merge and --new-ids: one or the other");
    }
    if (options->directory == NULL || options->directory[0] == '\0') {
        return misuse("%s: name the database's directory with -d DIR or JOBSESSIONS_DB",
                      verb->name);
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct options options = {.directory = getenv("JOBSESSIONS_DB")};
    struct given given = {{0}, 0};
    int code = parse_options(argc, argv, &options, &given);
    if (code >= 0) {
        return code;
    }
    if (optind == argc) {
        return misuse(
            "%s",
            "say what to do: put, import, export, get, rm, log, items, verify, backup, restore, "
            "dump, load or compact");
    }
    const struct verb *verb = find_verb(argv[optind]);
    if (verb == NULL) {
        return misuse("there is no verb \"%s\"", argv[optind]);
    }
    options.arguments = argv + optind + 1;
    code = check_use(verb, &options, argc - optind - 1, &given);
    if (code >= 0) {
        return code;
    }
    fatal_prepare(options.directory);
    return (int)verb->run(&options);
}
