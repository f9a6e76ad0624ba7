/* SPDX-License-Identifier: Apache-2.0 */
#include "command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/exit_code.h"

static const struct option long_options[] = {
    {"database", required_argument, NULL, 'd'},
    {"base-url", required_argument, NULL, 'b'},
    {"mount", required_argument, NULL, 'm'},
    {"map-size", required_argument, NULL, 's'},
    {"add", no_argument, NULL, 'a'},
    {"merge", no_argument, NULL, 'g'},
    {"new-ids", no_argument, NULL, 'n'},
    {"update", no_argument, NULL, 'U'},
    {"force", no_argument, NULL, 'F'},
    {"stdout", no_argument, NULL, 'o'},
    {"status", required_argument, NULL, 'S'},
    {"type", required_argument, NULL, 'T'},
    {"policy", required_argument, NULL, 'p'},
    {"since", required_argument, NULL, 'i'},
    {"until", required_argument, NULL, 'u'},
    {"limit", required_argument, NULL, 'l'},
    {"json", no_argument, NULL, 'j'},
    {"format", required_argument, NULL, 'e'},
    {"durations", required_argument, NULL, 'D'},
    {"times", required_argument, NULL, 'I'},
    {"older-than", required_argument, NULL, 'O'},
    {"tombstones-older-than", required_argument, NULL, 'E'},
    {"keep-last-good", no_argument, NULL, 'k'},
    {"dry-run", no_argument, NULL, 'y'},
    {"repair", no_argument, NULL, 'r'},
    {"follow", no_argument, NULL, 'f'},
    {"exec", required_argument, NULL, 'x'},
    {"as", required_argument, NULL, 'A'},
    {"as-writer", required_argument, NULL, 'W'},
    {"config", required_argument, NULL, 'c'},
    {"requests", required_argument, NULL, 'q'},
    {"quiet-for", required_argument, NULL, 'Q'},
    {"worker", required_argument, NULL, 'w'},
    {"take", no_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* What an option says, and where that goes. */
enum kind {
    TEXT,
    TEXTS,
    FLAG
};

static const struct place {
    char letter;
    enum kind kind;
    size_t offset;
} places[] = {
    {'d', TEXT, offsetof(struct options, directory)},
    {'b', TEXT, offsetof(struct options, base_url)},
    {'m', TEXT, offsetof(struct options, mount)},
    {'a', FLAG, offsetof(struct options, add)},
    {'g', FLAG, offsetof(struct options, merge)},
    {'n', FLAG, offsetof(struct options, new_ids)},
    {'U', FLAG, offsetof(struct options, update)},
    {'F', FLAG, offsetof(struct options, force)},
    {'o', FLAG, offsetof(struct options, to_stdout)},
    {'S', TEXTS, offsetof(struct options, statuses)},
    {'T', TEXTS, offsetof(struct options, types)},
    {'p', TEXT, offsetof(struct options, policy)},
    {'i', TEXT, offsetof(struct options, since)},
    {'u', TEXT, offsetof(struct options, until)},
    {'l', TEXT, offsetof(struct options, limit)},
    {'j', FLAG, offsetof(struct options, json)},
    {'e', TEXT, offsetof(struct options, format)},
    {'D', TEXT, offsetof(struct options, durations)},
    {'I', TEXT, offsetof(struct options, times)},
    {'O', TEXT, offsetof(struct options, older_than)},
    {'E', TEXT, offsetof(struct options, tombstones_older_than)},
    {'k', FLAG, offsetof(struct options, keep_last_good)},
    {'y', FLAG, offsetof(struct options, dry_run)},
    {'r', FLAG, offsetof(struct options, repair)},
    {'f', FLAG, offsetof(struct options, follow)},
    {'x', TEXT, offsetof(struct options, exec)},
    {'A', TEXTS, offsetof(struct options, as)},
    {'W', TEXTS, offsetof(struct options, as_writer)},
    {'c', TEXT, offsetof(struct options, config)},
    {'q', TEXT, offsetof(struct options, requests)},
    {'Q', TEXT, offsetof(struct options, quiet_for)},
    {'w', TEXT, offsetof(struct options, worker)},
    {'t', FLAG, offsetof(struct options, take)},
};

/* Those that go with every verb. */
#define EVERYWHERE "dshV"

int command_line_try_help(void)
{
    (void)fputs("Try `jobsessions --help`.\n", stderr);
    return EXIT_USAGE;
}

int command_line_misuse(const char *format, const char *what)
{
    complain(format, what);
    return command_line_try_help();
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

static const char *option_name(char letter)
{
    const struct option *option = long_options;
    while (option->val != letter) {
        option++;
    }
    return option->name;
}

const char *command_line_unsuitable(const struct given *given, const char *takes)
{
    const char *wrong = given->letters + strspn(given->letters, takes);
    return *wrong != '\0' ? option_name(*wrong) : NULL;
}

static int take_text(struct texts *texts, char letter, const char *value)
{
    if (texts->count == OPTIONS_TEXTS_MAX) {
        return command_line_misuse("--%s is given more than 64 times", option_name(letter));
    }
    texts->list[texts->count++] = value;
    return -1;
}

/* Put a value, which a flag has not, in its place. -1, or the exit code. */
static int take(struct options *options, char letter, const char *value)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        void *to = (char *)options + places[i].offset;
        if (places[i].letter != letter) {
            continue;
        }
        if (places[i].kind == TEXTS) {
            return take_text(to, letter, value);
        }
        if (places[i].kind == TEXT) {
            *(const char **)to = value;
        } else {
            *(bool *)to = true;
        }
    }
    return -1;
}

static int take_option(int letter, struct options *options, struct given *given)
{
    if (letter == '?') {
        return command_line_try_help();
    }
    if (letter == 's' && !parse_size(optarg, &options->map_size)) {
        return command_line_misuse("--map-size %s: give bytes, or a number with K, M, G or T",
                                   optarg);
    }
    given->help = given->help || letter == 'h';
    given->version = given->version || letter == 'V';
    size_t count = strlen(given->letters);
    if (strchr(EVERYWHERE, letter) == NULL && strchr(given->letters, letter) == NULL) {
        given->letters[count] = (char)letter;
    }
    return take(options, (char)letter, optarg);
}

int command_line_parse(int argc, char **argv, struct options *options, struct given *given)
{
    int letter;
    int code = -1;
    while (code < 0 && (letter = getopt_long(argc, argv, "d:fhV", long_options, NULL)) != -1) {
        code = take_option(letter, options, given);
    }
    return code;
}
