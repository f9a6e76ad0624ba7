/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of sessions that were found, to do something with them once the snapshot has ended. */
#ifndef JS_TOOL_ID_LIST_H
#define JS_TOOL_ID_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/exit_code.h"

/* Zeroed at first; `ids` is to be given to free(). */
struct id_list {
    uint64_t *ids;
    size_t count;
    size_t room;
};

/* EXIT_DONE, or EXIT_DATABASE: there is no memory, which was said. */
enum exit_code id_list_add(struct id_list *list, uint64_t id);

#endif
