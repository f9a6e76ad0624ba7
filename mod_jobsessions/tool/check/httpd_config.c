/* SPDX-License-Identifier: Apache-2.0 */
#include "check/httpd_config.h"

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "check/way.h"

/* How deep files may include each other. */
#define DEPTH_MAX 16

#define BLANKS " \t\r\n"

struct reading {
    struct stat wanted; /* the database's directory */
    char root[WAY_MAX]; /* ServerRoot, for names that do not begin with a slash */
    unsigned found;     /* lines that name the directory */
    unsigned depth;
    struct report *report;
};

static void read_file(struct reading *reading, const char *file);

/* Take the next word, with or without quotes, off a line. */
static char *take_word(char **line)
{
    char *word = *line + strspn(*line, BLANKS);
    const char *ends = *word == '"' ? "\"" : *word == '\'' ? "'" : BLANKS;
    word += *ends == *word;
    char *end = word + strcspn(word, ends);
    *line = end + (*end != '\0');
    *end = '\0';
    return word;
}

static void from_root(const struct reading *reading, const char *name, char path[WAY_MAX])
{
    (void)snprintf(path, WAY_MAX, "%.2000s%s%.2000s", name[0] == '/' ? "" : reading->root,
                   name[0] == '/' ? "" : "/", name);
}

static void take_database(struct reading *reading, const char *place, const char *name)
{
    char path[WAY_MAX];
    struct stat named;
    from_root(reading, name, path);
    if (strstr(name, "${") != NULL) {
        report_note("%s: JobSessionsDatabase %s: what it stands for is not known here", place,
                    name);
    } else if (stat(path, &named) == 0 && named.st_dev == reading->wanted.st_dev
               && named.st_ino == reading->wanted.st_ino) {
        report_note("%s: JobSessionsDatabase %s names this directory", place, name);
        reading->found++;
    } else {
        report_note("%s: JobSessionsDatabase %s names another directory", place, name);
    }
}

/* A directory stands for all that is in it. */
static void take_include(struct reading *reading, const char *name)
{
    char path[WAY_MAX];
    glob_t files;
    struct stat about;
    from_root(reading, name, path);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        (void)strncat(path, "/*", sizeof(path) - strlen(path) - 1);
    }
    if (glob(path, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++) {
            read_file(reading, files.gl_pathv[i]);
        }
        globfree(&files);
    }
}

static void take_line(struct reading *reading, const char *place, char *line)
{
    const char *name = take_word(&line);
    if (strcasecmp(name, "JobSessionsDatabase") == 0) {
        take_database(reading, place, take_word(&line));
    } else if (strcasecmp(name, "ServerRoot") == 0) {
        (void)snprintf(reading->root, sizeof(reading->root), "%s", take_word(&line));
    } else if (strcasecmp(name, "Include") == 0 || strcasecmp(name, "IncludeOptional") == 0) {
        take_include(reading, take_word(&line));
    }
}

static void read_lines(struct reading *reading, const char *file, FILE *open)
{
    char place[WAY_MAX + 16];
    char *line = NULL;
    size_t room = 0;
    for (unsigned number = 1; getline(&line, &room, open) >= 0; number++) {
        (void)snprintf(place, sizeof(place), "%s:%u", file, number);
        take_line(reading, place, line);
    }
    free(line);
}

static void read_file(struct reading *reading, const char *file)
{
    struct stat about;
    if (stat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
        take_include(reading, file);
        return;
    }
    FILE *open = fopen(file, "re");
    if (open == NULL || reading->depth == DEPTH_MAX) {
        report_fault(reading->report, "%s: %s", file,
                     open == NULL ? strerror(errno) : "files include each other too deep");
    } else {
        reading->depth++;
        read_lines(reading, file, open);
        reading->depth--;
    }
    if (open != NULL) {
        (void)fclose(open);
    }
}

void httpd_config_check(const char *file, const char *directory, struct report *report)
{
    char path[WAY_MAX];
    struct reading reading = {.report = report};
    if (realpath(file, path) == NULL || stat(directory, &reading.wanted) != 0) {
        report_fault(report, "%s: %s", file, strerror(errno));
        return;
    }
    (void)snprintf(reading.root, sizeof(reading.root), "%s", path);
    (void)dirname(reading.root);
    read_file(&reading, path);
    if (reading.found == 0) {
        report_fault(report,
                     "%s: neither it nor what it includes has httpd serve this database; write "
                     "`JobSessionsDatabase %s`",
                     file, directory);
    }
}
