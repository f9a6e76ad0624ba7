/* SPDX-License-Identifier: Apache-2.0 */
/* Files of JobSessionsCacheDirectory, which have what was compressed already, for all of httpd's processes and over
 * restarts.
 *
 * A file is written once, under another name, and gets its own when it is whole; whoever reads it looks whether it is
 * what he wants before he believes any of it. So nothing that becomes of the directory changes what is sent. Files, and
 * the directory, must be httpd's user's own, and nobody else's to write to; links are not followed. Who adds a file sees
 * to it now and then that all together are no more than JobSessionsCacheLimit: those go first that were not used for the
 * longest time. */
#ifndef JOBSESSIONS_KEPT_H
#define JOBSESSIONS_KEPT_H

#include <sys/stat.h>

#include "httpd.h"

/* Bytes of a file's name, and of its key. */
#define KEPT_NAME_SIZE 64
#define KEPT_KEY_LARGEST ((apr_size_t)8192)

/* Those of one way to show one database. */
struct kept {
    server_rec *server;
    const char *directory;
    const char *key; /* all that their bytes depend on beside the sessions: each file has it */
    apr_size_t key_length;
    apr_uint64_t name; /* made from the key: those of others are mostly others */
    int descriptor;    /* of the directory */
};

/* A file that is being written. */
struct kept_file {
    char name[KEPT_NAME_SIZE];
    int descriptor;
};

/* The files by a key. A directory that cannot be used is logged, and has none. */
struct kept *kept_open(request_rec *r, const char *key);

/* What follows allocates nothing, and any thread may call it. */

/* Open a file for reading, and look that it is httpd's own; -1: there is none that is. That it was used shows. */
int kept_find(const struct kept *kept, const char *name, struct stat *about);

/* Begin a file, for reading as well, if there is a place for so many bytes. False: there is none, or somebody else is
 * about it. */
int kept_begin(const struct kept *kept, const char *name, apr_size_t bytes, struct kept_file *file);

/* End it: is_whole: it gets its name. Else it is removed, which is told unless it is on purpose. */
void kept_end(const struct kept *kept, struct kept_file *file, int is_whole);
void kept_drop(const struct kept *kept, struct kept_file *file);

/* A checksum of a heading's bytes and the key. */
apr_uint32_t kept_seal(const void *heading, apr_size_t length, const char *key,
                       apr_size_t key_length);

#endif
