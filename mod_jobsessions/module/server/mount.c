/* SPDX-License-Identifier: Apache-2.0 */
#include "server/mount.h"

#include "apr_fnmatch.h"
#include "apr_lib.h"
#include "apr_strings.h"

#include "server/log.h"

#define HANDLER "jobsessions"
#define HANDLER_LENGTH (sizeof(HANDLER) - 1)

/* So many letters left out, put in or exchanged are a slip. */
#define SLIPS 2

int mount_is_handler(const char *name)
{
    return ap_cstr_casecmp(name, HANDLER) == 0;
}

int mount_is_beside(const char *name)
{
    return ap_cstr_casecmp(name, HANDLER "-metrics") == 0
           || ap_cstr_casecmp(name, HANDLER "-probe") == 0;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned lower = a < b ? a : b;
    return lower < c ? lower : c;
}

/* How many letters of a text are to be changed, put in or left out to come to our name (Levenshtein). */
static unsigned distance(const char *text, apr_size_t length)
{
    unsigned row[HANDLER_LENGTH + 1];
    for (unsigned j = 0; j <= HANDLER_LENGTH; j++) {
        row[j] = j;
    }
    for (apr_size_t i = 0; i < length; i++) {
        unsigned diagonal = row[0]++;
        for (unsigned j = 1; j <= HANDLER_LENGTH; j++) {
            unsigned same = apr_tolower(text[i]) == HANDLER[j - 1];
            unsigned here = least(row[j] + 1, row[j - 1] + 1, diagonal + !same);
            diagonal = row[j];
            row[j] = here;
        }
    }
    return row[HANDLER_LENGTH];
}

/* As in mod_NAME, NAME_module and NAME-handler, which are what other names of it look like. */
int mount_is_misspelt_handler(const char *name)
{
    static const char *const ends[] = {"_module", "-handler", ".so", ".c"};
    const char *begin = ap_cstr_casecmpn(name, "mod_", 4) == 0 ? name + 4 : name;
    apr_size_t length = strlen(begin);
    for (apr_size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        apr_size_t end = strlen(ends[i]);
        if (length > end && ap_cstr_casecmp(begin + length - end, ends[i]) == 0) {
            length -= end;
        }
    }
    return !mount_is_handler(name) && !mount_is_beside(name)
           && (distance(begin, length) <= SLIPS
               || ap_cstr_casecmpn(name, HANDLER "-", HANDLER_LENGTH + 1) == 0);
}

/* Whether a directive stands in a <Location> with a plain path, <Limit> being looked through. */
static int in_plain_location(const cmd_parms *cmd)
{
    const ap_directive_t *outer = cmd->directive->parent;
    while (outer != NULL && ap_cstr_casecmpn(outer->directive, "<Limit", 6) == 0) {
        outer = outer->parent;
    }
    return outer != NULL && ap_cstr_casecmp(outer->directive, "<Location") == 0
           && outer->args[strspn(outer->args, " \t\"")] == '/' && cmd->path != NULL
           && cmd->path[0] == '/' && !apr_fnmatch_test(cmd->path);
}

static int ends_with(const char *path, const char *end)
{
    apr_size_t length = strlen(path);
    apr_size_t of_end = strlen(end);
    return length >= of_end && ap_cstr_casecmp(path + length - of_end, end) == 0;
}

static int has_dot_segment(const char *path)
{
    for (const char *slash = path; slash != NULL; slash = strchr(slash + 1, '/')) {
        apr_size_t length = strcspn(slash + 1, "/");
        if (length > 0 && length <= 2 && strspn(slash + 1, ".") == length) {
            return 1;
        }
    }
    return 0;
}

static int has_escape(const char *path)
{
    for (const char *percent = strchr(path, '%'); percent != NULL;
         percent = strchr(percent + 1, '%')) {
        if (apr_isxdigit(percent[1]) && apr_isxdigit(percent[2])) {
            return 1;
        }
    }
    return 0;
}

static const char *without_end(apr_pool_t *pool, const char *path, const char *end)
{
    return apr_pstrmemdup(pool, path, strlen(path) - strlen(end));
}

/* What is wrong with the path itself. */
static const char *path_fault(apr_pool_t *pool, const char *path)
{
    if (strcmp(path, "/") == 0) {
        return "takes every path of the server, /server-status included; mount it below one, such "
               "as <Location \"/api/v1/jobSessions\">";
    }
    if (strstr(path, "//") != NULL) {
        return "has two slashes in a row, which httpd makes one in each request; write one";
    }
    if (has_dot_segment(path)) {
        return "has a segment of dots, which httpd resolves in each request; write the path "
               "without";
    }
    if (has_escape(path)) {
        return "has an escape, while httpd compares decoded paths; write the character itself";
    }
    if (ends_with(path, "/")) {
        path = without_end(pool, path, "/");
        return apr_psprintf(pool,
                            "leaves out %s itself, the list of sessions; write <Location \"%s\">",
                            path, path);
    }
    if (ends_with(path, "/export")) {
        return apr_psprintf(pool, "is that of one resource; mount all of them: <Location \"%s\">",
                            without_end(pool, path, "/export"));
    }
    return NULL;
}

js_shape mount_shape(const char *path)
{
    js_shape shape = JS_SHAPE_STORED;
    for (const char *slash = path; slash != NULL; slash = strchr(slash + 1, '/')) {
        apr_size_t digits = slash[1] == 'v' ? strspn(slash + 2, "0123456789") : 0;
        const char *end = slash + 2 + digits;
        if (digits > 0 && (*end == '.' || *end == '/' || *end == '\0')) {
            shape = digits > 1 || slash[2] >= '8' ? JS_SHAPE_V8_1 : JS_SHAPE_STORED;
        }
    }
    return shape;
}

const char *mount_fault(const cmd_parms *cmd)
{
    if (!in_plain_location(cmd)) {
        return JSLOGNO(0120) "SetHandler " HANDLER " belongs right in a <Location \"/path\"> "
                             "without wildcards or regular expression: the path is where the API "
                             "is mounted, and links are built from it";
    }
    const char *fault = path_fault(cmd->pool, cmd->path);
    return fault != NULL ? apr_psprintf(
               cmd->pool, JSLOGNO(0121) "SetHandler " HANDLER ": the path of <Location \"%s\"> %s",
               cmd->path, fault)
                         : NULL;
}
