/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "tool.h"

#define CHUNK ((size_t)128 << 10)

static void report(void *baton, const js_session *session)
{
    const struct options *options = baton;
    complain("%s: session %" PRIu64 " is damaged: %s; a placeholder stands in its place",
             options->directory, session->id, session->damage);
}

static int write_failed(void)
{
    complain("writing the document: %s", strerror(errno));
    return EXIT_DATABASE;
}

static int render(js_document *document, FILE *target)
{
    static char chunk[CHUNK];
    js_result result;
    do {
        size_t length;
        result = js_document_read(document, chunk, sizeof(chunk), &length);
        if (fwrite(chunk, 1, length, target) != length) {
            return write_failed();
        }
    } while (result == JS_OK);
    if (result == JS_DAMAGED) {
        complain("the database is damaged beyond single records; the document is incomplete");
        return EXIT_DATABASE;
    }
    if (fflush(target) != 0) {
        return write_failed();
    }
    return js_document_damaged(document) == 0 ? EXIT_DONE : EXIT_DATABASE;
}

static int copy(FILE *source, FILE *target)
{
    static char chunk[CHUNK];
    size_t length;
    rewind(source);
    while ((length = fread(chunk, 1, sizeof(chunk), source)) > 0) {
        if (fwrite(chunk, 1, length, target) != length) {
            return write_failed();
        }
    }
    return ferror(source) != 0 || fflush(target) != 0 ? write_failed() : EXIT_DONE;
}

/* A pipe or terminal may be read as slowly as a person reads, and a snapshot must not wait for it.
 */
static bool may_be_slow(int fd)
{
    struct stat file;
    return fstat(fd, &file) == 0 && !S_ISREG(file.st_mode);
}

/* An unnamed file in TMPDIR. */
static FILE *open_spool(void)
{
    char path[4096];
    const char *directory = getenv("TMPDIR");
    (void)snprintf(path, sizeof(path), "%s/jobsessions.XXXXXX",
                   directory != NULL && directory[0] != '\0' ? directory : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0) {
        complain("%s: %s", path, strerror(errno));
        return NULL;
    }
    (void)unlink(path);
    FILE *file = fdopen(fd, "w+");
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        (void)close(fd);
    }
    return file;
}

/* Render all sessions of the database as it is now. The snapshot has ended when this returns; *target
 * is what was opened for the document, or NULL. */
static int render_all(const struct options *options, js_database *database, const js_links *links,
                      js_document *document, FILE **target)
{
    js_error error;
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    int code = EXIT_DATABASE;
    if (js_document_begin(document, snapshot, links, report, (void *)options, &error) == JS_OK) {
        *target = may_be_slow(STDOUT_FILENO) ? open_spool() : stdout;
        code = *target != NULL ? render(document, *target) : EXIT_DATABASE;
        js_document_end(document);
    } else {
        complain("%s", error.message);
    }
    js_snapshot_end(snapshot);
    return code;
}

static int export(const struct options *options, js_database *database, const js_links *links)
{
    FILE *target = NULL;
    js_document *document = memory_take(js_document_size());
    if (document == NULL) {
        return EXIT_DATABASE;
    }
    int code = render_all(options, database, links, document, &target);
    free(document);
    if (target != NULL && target != stdout) {
        int copied = copy(target, stdout);
        code = copied != EXIT_DONE ? copied : code;
        (void)fclose(target);
    }
    return code;
}

int verb_export(const struct options *options)
{
    js_error error;
    js_links links;
    js_database *database;
    const char *base_url = options->base_url != NULL ? options->base_url : "https://localhost";
    if (options->mount != NULL && options->mount[0] != '/') {
        complain("--mount %s: does not begin with a slash", options->mount);
        return EXIT_USAGE;
    }
    if (js_links_make(&links, base_url, options->mount, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_USAGE;
    }
    int code = open_database(options, JS_READ, &database);
    if (code == EXIT_DONE) {
        code = export(options, database, &links);
        js_close(database);
    }
    return code;
}
