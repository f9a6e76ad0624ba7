/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that is made beside a database's, to take its place: on the same file system, so that the two
 * can be exchanged in one step, and gone again when it is not used. */
#ifndef JS_TOOL_BESIDE_H
#define JS_TOOL_BESIDE_H

#include <stdbool.h>

#include "base/exit_code.h"

#define BESIDE_MAX 4096

struct beside {
    char target[BESIDE_MAX]; /* the database's directory, links followed; may not exist */
    char path[BESIDE_MAX];   /* the new one */
    bool target_exists;
};

/* Make an empty one for nobody but its owner. EXIT_DONE, or EXIT_DATABASE: it cannot be made, which was said. */
enum exit_code beside_make(struct beside *beside, const char *directory);

/* Give it and the files in it the owner, group and modes that the target and its files have; what is not there has
 * the modes of a new database. What may not be changed is said. */
void beside_adopt(const struct beside *beside);

/* Put it in the target's place, and the target in its, in one step where the file system can do that. What is
 * in place afterwards is on disk. EXIT_DONE, or EXIT_DATABASE: all is as it was. */
enum exit_code beside_exchange(struct beside *beside);

/* Remove what stands at beside->path: what was made and not used, or the old target. */
void beside_remove(const struct beside *beside);

/* Keep the old target, which stands at beside->path, as its name with what the verb was that put another one in
 * its place, and when; and say so. */
void beside_keep(const struct beside *beside, const char *verb);

#endif
