/* SPDX-License-Identifier: Apache-2.0 */
/* How much the pieces of exports take in their directory: that they are no more than JobSessionsCacheLimit, and leave
 * the file system what JobSessionsSpoolReserve says. */
#ifndef JOBSESSIONS_PIECES_ROOM_H
#define JOBSESSIONS_PIECES_ROOM_H

#include "apr_file_io.h"

#include "server/config.h"

/* What the names of all of them begin with. */
#define PIECES_PREFIX "export-"

/* Whether there is room for a file of so many bytes in a directory. Where that may not be so, those are removed that
 * were not used for the longest time; what does not look like ours is left alone. */
int pieces_room_has(int directory, const struct server_config *config, apr_size_t bytes);

/* Bytes of the largest file for which there ever is. */
apr_off_t pieces_room_most(const struct server_config *config);

#endif
