/* SPDX-License-Identifier: Apache-2.0 */
/* jobsessions: everything a person or a script does with a job-session database. */
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fatal.h"

static const char usage[] =
    "usage: jobsessions -d DIR VERB [OPTION ...] [ARGUMENT ...]\n"
    "\n"
    "  put                  read one session object a line; create it (without id: under the next\n"
    "                       id) or update it (JSON merge patch); print each id once it is durable\n"
    "  import               load an export document, or one session a line, with id and usn\n"
    "  export               print the document of POST /api/v1/jobSessions/export\n"
    "  get ID ...           print sessions as they are stored, one a line\n"
    "  rm ID ...            remove sessions with their logs and items\n"
    "  log ID [--add]       print a session's log, one item a line, or append the lines read\n"
    "  items ID KIND [--add]\n"
    "                       the same for its protectedItems, deletedItems, restoredItems or\n"
    "                       fileLevelRestoredItems\n"
    "  verify               check everything against everything else; name each fault\n"
    "\n"
    "  -d, --database DIR   the database's directory; else what JOBSESSIONS_DB names\n"
    "      --base-url URL   export: what stands before the mount in links (https://localhost)\n"
    "      --mount PATH     export: where the API is mounted (/api/v1/jobSessions)\n"
    "      --add            log, items: read one JSON object a line and append it\n"
    "      --map-size SIZE  the most the database may grow to, in bytes or with K, M, G, T (64G)\n"
    "  -h, --help           this text\n"
    "  -V, --version        the version\n"
    "\n"
    "exit status: 0 done; 1 the data was refused; 2 usage; 3 the database could not be used\n";

static const char try_help[] = "Try `jobsessions --help`.\n";

struct verb {
    const char *name;
    int (*run)(const struct options *options);
    int fewest_arguments;
    int most_arguments; /* -1: any number */
    const char *takes;  /* letters of the options it takes, beside -d and --map-size */
    const char *wants;  /* what to say when arguments are missing */
};

static const struct verb verbs[] = {
    {"put", verb_put, 0, 0, "", NULL},
    {"import", verb_import, 0, 0, "", NULL},
    {"export", verb_export, 0, 0, "bm", NULL},
    {"get", verb_get, 1, -1, "", "get: name at least one session id"},
    {"rm", verb_rm, 1, -1, "", "rm: name at least one session id"},
    {"verify", verb_verify, 0, 0, "", NULL},
    {"log", verb_log, 1, 1, "a", "log: name a session id"},
    {"items", verb_items, 2, 2, "a", "items: name a session id and a kind of items"},
};

static const struct option long_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"base-url", required_argument, NULL, 'b'},
    {"mount", required_argument, NULL, 'm'},
    {"map-size", required_argument, NULL, 's'},
    {"add", no_argument, NULL, 'a'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("jobsessions: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

int exit_code_of(js_result result)
{
    return result == JS_INVALID || result == JS_CONFLICT || result == JS_NOT_FOUND ? EXIT_REFUSED
                                                                                   : EXIT_DATABASE;
}

int open_database(const struct options *options, js_mode mode, js_database **database)
{
    js_error error;
    js_options wanted = {.map_size = options->map_size};
    if (js_open(options->directory, mode, &wanted, database, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

int read_database(const struct options *options,
                  int (*read)(const struct options *options, js_snapshot *snapshot, void *baton),
                  void *baton)
{
    js_error error;
    js_database *database;
    js_snapshot *snapshot;
    int code = open_database(options, JS_READ, &database);
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
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        complain("writing the output: %s", strerror(errno));
        return EXIT_DATABASE;
    }
    return code;
}

static int misuse(const char *format, const char *what)
{
    complain(format, what);
    (void)fputs(try_help, stderr);
    return EXIT_USAGE;
}

static int print_and_exit(const char *text)
{
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0) {
        complain("writing the output: %s", strerror(errno));
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
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

/* -1: go on; else the exit code. */
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
        case 's':
            if (!parse_size(optarg, &options->map_size)) {
                return misuse("--map-size %s: give bytes, or a number with K, M, G or T", optarg);
            }
            break;
        case 'h':
            return print_and_exit(usage);
        case 'V':
            return print_and_exit("jobsessions " JS_VERSION "\n");
        default:
            (void)fputs(try_help, stderr);
            return EXIT_USAGE;
        }
        if (strchr("abm", letter) != NULL && given->count < sizeof(given->letters) - 1) {
            given->letters[given->count++] = (char)letter;
        }
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
        return misuse("%s", "say what to do: put, import, export, get, rm, log, items or verify");
    }
    const struct verb *verb = find_verb(argv[optind]);
    if (verb == NULL) {
        return misuse("there is no verb \"%s\"", argv[optind]);
    }
    int arguments = argc - optind - 1;
    options.arguments = argv + optind + 1;
    if (arguments < verb->fewest_arguments) {
        return misuse("%s", verb->wants);
    }
    if (verb->most_arguments >= 0 && arguments > verb->most_arguments) {
        return misuse("\"%s\" is one argument too many", options.arguments[verb->most_arguments]);
    }
    const char *wrong = given.letters + strspn(given.letters, verb->takes);
    if (*wrong != '\0') {
        complain("--%s does not go with %s", option_name(*wrong), verb->name);
        (void)fputs(try_help, stderr);
        return EXIT_USAGE;
    }
    if (options.directory == NULL || options.directory[0] == '\0') {
        return misuse("%s: name the database's directory with -d DIR or JOBSESSIONS_DB",
                      verb->name);
    }
    fatal_prepare(options.directory);
    return verb->run(&options);
}
