/* SPDX-License-Identifier: Apache-2.0 */
#include "server/shared_keys.h"

#include "httpd.h"

#include "http_config.h"
#include "util_cfgtree.h"

static int has_directive(const char *name)
{
    module *provider = ap_top_module;
    return ap_find_command_in_modules(name, &provider) != NULL;
}

/* Whether a directive stands anywhere in a configuration, sections included. */
static int is_configured(const ap_directive_t *tree, const char *name)
{
    for (; tree != NULL; tree = tree->next) {
        if (ap_cstr_casecmp(tree->directive, name) == 0 || is_configured(tree->first_child, name)) {
            return 1;
        }
    }
    return 0;
}

int shared_keys_are_lost(void)
{
    /* new in 2.4.16, and in 2.4.20 */
    return has_directive("OIDCDPoPMode") && !has_directive("OIDCCertBoundAccessTokens")
           && is_configured(ap_conftree, "OIDCOAuthVerifySharedKeys");
}
