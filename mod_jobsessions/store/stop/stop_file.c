/* SPDX-License-Identifier: Apache-2.0 */
#include "stop/stop_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ticks.h"
#include "jobsessions_read.h"

/* What is being written, until it has its name. */
#define FRESH ".new-"

/* A database is not away for longer while it is restored, or moved to where it shares a directory with another. */
#define OLD (24 * 60 * 60)

js_result jsp_stop_fail(js_error *error, const char *directory, int rc, const char *doing)
{
    js_result result = rc == EACCES || rc == EPERM || rc == EROFS ? JS_FORBIDDEN
                       : rc == ENOSPC || rc == EDQUOT             ? JS_FULL
                                                                  : JS_SYSTEM;
    return jsp_fail(error, result,
                    "%s: %s: %s; requests to stop sessions need a directory that is there, in "
                    "which httpd and the workers may make, read and remove files",
                    directory, doing, strerror(rc));
}

js_result jsp_stop_open(jsp_stop_directory *directory, const char *path, js_error *error)
{
    directory->path = path;
    directory->descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory->descriptor >= 0 ? JS_OK : jsp_stop_fail(error, path, errno, "open it");
}

void jsp_stop_close(const jsp_stop_directory *directory)
{
    (void)close(directory->descriptor);
}

static void put_identity(char *name, const uint8_t identity[JSP_STOP_IDENTITY])
{
    for (size_t i = 0; i < JSP_STOP_IDENTITY; i++) {
        (void)snprintf(name + 2 * i, 3, "%02x", identity[i]);
    }
}

void jsp_stop_name(char name[JSP_STOP_NAME], const uint8_t identity[JSP_STOP_IDENTITY], uint64_t id)
{
    const size_t end = 2 * JSP_STOP_IDENTITY;
    put_identity(name, identity);
    (void)snprintf(name + end, JSP_STOP_NAME - end, "-%" PRIu64, id);
}

bool jsp_stop_is_of(const char *name, const uint8_t identity[JSP_STOP_IDENTITY], uint64_t *id)
{
    char front[2 * JSP_STOP_IDENTITY + 1];
    put_identity(front, identity);
    size_t end = strlen(front);
    return strncmp(name, front, end) == 0 && name[end] == '-'
           && js_id_parse(name + end + 1, strlen(name + end + 1), id);
}

/* A file that nobody else has; -1: errno says why not. The group's, whatever the umask: workers remove it. */
static int make_fresh(const jsp_stop_directory *directory, char name[JSP_STOP_NAME])
{
    uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
        return -1;
    }
    (void)snprintf(name, JSP_STOP_NAME, FRESH "%016" PRIx64, number);
    int file = openat(directory->descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
        (void)fchmod(file, 0660);
    }
    return file;
}

/* 0 or errno. */
static int fill(int file, const js_stop_request *request)
{
    int length = dprintf(file, "%s %s\n", request->time, request->user);
    return length < 0 || fdatasync(file) != 0 ? errno : 0;
}

/* 0 or errno. Of a name that is taken nobody is told: it was asked before. */
static int give_name(const jsp_stop_directory *directory, const char *fresh, const char *name)
{
    int at = directory->descriptor;
    if (linkat(at, fresh, at, name, 0) != 0 && errno != EEXIST) {
        return errno;
    }
    return fsync(at) == 0 ? 0 : errno;
}

js_result jsp_stop_write(const jsp_stop_directory *directory, const char *name,
                         const js_stop_request *request, js_error *error)
{
    char fresh[JSP_STOP_NAME];
    int file = make_fresh(directory, fresh);
    if (file < 0) {
        return jsp_stop_fail(error, directory->path, errno, "make a file");
    }
    int rc = fill(file, request);
    (void)close(file);
    rc = rc != 0 ? rc : give_name(directory, fresh, name);
    jsp_stop_remove(directory, fresh);
    return rc == 0 ? JS_OK : jsp_stop_fail(error, directory->path, rc, "write a file");
}

/* Who may make files there may also have made this one by hand: what is not understood still asks to stop, at the
 * time of the file, and names nobody. */
static void parse(char *line, const struct stat *about, js_stop_request *request)
{
    int64_t ticks;
    char *user = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    if (user == NULL || jsp_date_parse(line, (size_t)(user - line), &ticks) != NULL
        || !js_utf8_is_valid(user, strlen(user))) {
        const struct tm *utc = gmtime_r(&about->st_mtim.tv_sec, &(struct tm){0});
        request->user[0] = '\0';
        (void)strftime(request->time, sizeof(request->time), "%Y-%m-%dT%H:%M:%SZ", utc);
        return;
    }
    (void)jsp_date_format(ticks, request->time);
    (void)snprintf(request->user, sizeof(request->user), "%s", user + 1);
}

js_result jsp_stop_read(const jsp_stop_directory *directory, const char *name,
                        js_stop_request *request, js_error *error)
{
    char line[sizeof(*request) + 2];
    struct stat about;
    int file = openat(directory->descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? jsp_fail(error, JS_NOT_FOUND, "nobody asks to stop the session")
                               : jsp_stop_fail(error, directory->path, errno, "open a file");
    }
    ssize_t length = fstat(file, &about) == 0 ? read(file, line, sizeof(line) - 1) : -1;
    int rc = errno;
    (void)close(file);
    if (length < 0) {
        return jsp_stop_fail(error, directory->path, rc, "read a file");
    }
    line[length] = '\0';
    parse(line, &about, request);
    return JS_OK;
}

void jsp_stop_remove(const jsp_stop_directory *directory, const char *name)
{
    (void)unlinkat(directory->descriptor, name, 0);
}

/* Files that are none of ours stay. */
static bool is_ours(const char *name)
{
    return strncmp(name, FRESH, strlen(FRESH)) == 0
           || (strspn(name, "0123456789abcdef") == (size_t)2 * JSP_STOP_IDENTITY
               && name[2 * JSP_STOP_IDENTITY] == '-');
}

void jsp_stop_remove_old(const jsp_stop_directory *directory, const char *name)
{
    struct stat about;
    if (is_ours(name) && fstatat(directory->descriptor, name, &about, AT_SYMLINK_NOFOLLOW) == 0
        && about.st_mtim.tv_sec < time(NULL) - OLD) {
        jsp_stop_remove(directory, name);
    }
}
