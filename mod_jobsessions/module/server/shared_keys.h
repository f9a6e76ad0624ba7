/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JOBSESSIONS_SHARED_KEYS_H
#define JOBSESSIONS_SHARED_KEYS_H

/*
 * Whether the configuration has a mod_auth_openidc check tokens by shared keys that does not find them: versions 2.4.16
 * to 2.4.19.0 put them where they do not look, and refuse every token (OpenIDC/mod_auth_openidc#1373). A module does
 * not tell httpd its version, but which directives it has: 2.4.19.1 to 2.4.19.4, which find them, have the same.
 */
int shared_keys_are_lost(void);

#endif
