/* SPDX-License-Identifier: Apache-2.0 */
/* The module: FuzzTarget NAME ARGUMENTS... has libFuzzer run a target in the child that begins, with the
 * arguments its command line would have, and exit. */
#include "mod_fuzz.h"

#include <stdlib.h>
#include <unistd.h>

#include "http_config.h"
#include "http_connection.h"

#include "../store/fuzz.h"

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

extern __attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA fuzz_module;

static const struct {
    const char *name;
    void (*test)(const char *data, apr_size_t size);
} targets[] = {
    {"query", fuzz_query},
    {"options", fuzz_options},
    {"accept", fuzz_accept},
};

static void (*target)(const char *data, apr_size_t size);
static int argument_count;
static char **arguments;

static int test(const uint8_t *data, size_t size)
{
    target((const char *)data, size);
    return 0;
}

static const char *set_target(cmd_parms *cmd, void *dummy, int argc, char *const argv[])
{
    (void)dummy;
    target = NULL;
    for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]) && argc > 0; i++) {
        if (strcmp(targets[i].name, argv[0]) == 0) {
            target = targets[i].test;
        }
    }
    argument_count = argc;
    arguments = apr_pcalloc(cmd->pool, ((apr_size_t)argc + 1) * sizeof(char *));
    memcpy((void *)arguments, (const void *)argv, (apr_size_t)argc * sizeof(char *));
    return target != NULL ? NULL
                          : "FuzzTarget takes the name of a target, and libFuzzer's arguments";
}

static const command_rec directives[] = {
    AP_INIT_TAKE_ARGV("FuzzTarget", set_target, NULL, RSRC_CONF, "target, libFuzzer's arguments"),
    {NULL}};

/* httpd in the middle of its start is not to be taken down in good order. */
static void leave(int status, void *dummy)
{
    (void)dummy;
    _exit(status);
}

static void child_init(apr_pool_t *pchild, server_rec *server)
{
    fuzz_connect(pchild, server);
    (void)on_exit(leave, NULL);
    exit(
        LLVMFuzzerRunDriver(&argument_count, &arguments, test)); /* NOLINT(concurrency-mt-unsafe) */
}

/* Behind mod_jobsessions, whose child_init opens databases. */
static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    fuzz_register();
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_LAST);
}

AP_DECLARE_MODULE(fuzz) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
                           register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
                           AP_MODULE_FLAG_NONE
#endif
};
