/* SPDX-License-Identifier: Apache-2.0 */
#include "base/running.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobsessions_read.h"

/* Of /proc/PID/stat, counted from the one behind the program's name, which may hold anything. */
#define FIELD_STATE 0
#define FIELD_THREADS 17
#define FIELD_START 19

#define STAT_TEXT 1024
#define PATH_TEXT 64

/* Read a file of /proc; false when it cannot be. */
static bool read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) {
        (void)close(fd);
    }
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* Where a field begins, or NULL. */
static const char *find_field(const char *stat, int field)
{
    const char *at = strrchr(stat, ')');
    for (int i = 0; at != NULL && i <= field; i++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? at + 1 : NULL;
}

static bool read_stat(long process, char text[STAT_TEXT])
{
    char path[PATH_TEXT];
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", process);
    return read_text(path, text, STAT_TEXT) && find_field(text, FIELD_START) != NULL;
}

static uint64_t start_of(const char *stat)
{
    return strtoull(find_field(stat, FIELD_START), NULL, 10);
}

/* Killed, and nobody has asked how it ended. While other threads go on, it is the first one alone that has ended. */
static bool is_zombie(const char *stat)
{
    return *find_field(stat, FIELD_STATE) == 'Z'
           && strtol(find_field(stat, FIELD_THREADS), NULL, 10) <= 1;
}

/* 0 where it cannot be read. Of another user's process it cannot, and need not: what this one sees is in its own. */
static uint32_t namespace_of_self(const char *kind)
{
    char path[PATH_TEXT];
    struct stat file;
    (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
    return stat(path, &file) == 0 ? (uint32_t)file.st_ino : 0;
}

static bool read_boot(uint8_t boot[JSP_BOOT_SIZE])
{
    char text[PATH_TEXT];
    return read_text("/proc/sys/kernel/random/boot_id", text, sizeof(text))
           && js_uuid_parse(text, strcspn(text, "\n"), boot);
}

/* /proc may be that of another PID namespace, where this process has another id. */
static bool proc_is_ours(void)
{
    char own[PATH_TEXT];
    char id[PATH_TEXT];
    ssize_t length = readlink("/proc/self", own, sizeof(own) - 1);
    own[length > 0 ? length : 0] = '\0';
    (void)snprintf(id, sizeof(id), "%ld", (long)getpid());
    return strcmp(own, id) == 0;
}

bool jsp_running_look(long process, jsp_running *running)
{
    char stat[STAT_TEXT];
    memset(running, 0, sizeof(*running));
    if (process <= 0 || process > INT_MAX || !proc_is_ours() || !read_stat(process, stat)
        || is_zombie(stat) || !read_boot(running->boot)) {
        return false;
    }
    running->start = start_of(stat);
    running->pid_namespace = namespace_of_self("pid");
    running->time_namespace = namespace_of_self("time");
    running->process = running->pid_namespace != 0 ? (uint32_t)process : 0;
    return running->process != 0;
}

bool jsp_running_is_same(const jsp_running *one, const jsp_running *other)
{
    return one->process == other->process && one->start == other->start
           && one->pid_namespace == other->pid_namespace
           && one->time_namespace == other->time_namespace
           && memcmp(one->boot, other->boot, sizeof(one->boot)) == 0;
}

static bool is_of_this_boot(const jsp_running *running)
{
    uint8_t boot[JSP_BOOT_SIZE];
    return !read_boot(boot) || memcmp(boot, running->boot, sizeof(boot)) == 0;
}

static bool is_of_these_namespaces(const jsp_running *running)
{
    return proc_is_ours() && running->pid_namespace == namespace_of_self("pid")
           && running->time_namespace == namespace_of_self("time");
}

jsp_running_state jsp_running_still(const jsp_running *running)
{
    char stat[STAT_TEXT];
    if (!is_of_these_namespaces(running)) {
        return JSP_RUNNING_HIDDEN; /* also where it has another boot id: some containers make up one */
    }
    bool is_of_boot = is_of_this_boot(running);
    if (kill((pid_t)running->process, 0) != 0 && errno == ESRCH) {
        /* which a /proc that hides others' processes does not tell */
        return is_of_boot ? JSP_RUNNING_ENDED : JSP_RUNNING_BOOTED;
    }
    if (!read_stat((long)running->process, stat)) {
        return is_of_boot ? JSP_RUNNING_LIVES : JSP_RUNNING_BOOTED;
    }
    if (start_of(stat) != running->start) {
        return is_of_boot ? JSP_RUNNING_REUSED : JSP_RUNNING_BOOTED;
    }
    return is_zombie(stat) ? JSP_RUNNING_ENDED : JSP_RUNNING_LIVES;
}
