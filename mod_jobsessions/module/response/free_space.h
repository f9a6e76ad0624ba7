/* SPDX-License-Identifier: Apache-2.0 */
/* What a file system has to keep free for others, as the workers' database may lie on it, too. */
#ifndef JOBSESSIONS_FREE_SPACE_H
#define JOBSESSIONS_FREE_SPACE_H

#include "server/config.h"

/* Whether the file system of an open file or directory has as much left as JobSessionsSpoolReserve says; true where it
 * cannot be asked. */
int free_space_is_left(int descriptor, const struct server_config *config);

#endif
