/* SPDX-License-Identifier: Apache-2.0 */
#include "read/id_list.h"

#include <stdlib.h>

#include "base/complain.h"

enum exit_code id_list_add(struct id_list *list, uint64_t id)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 1024;
        uint64_t *ids = realloc(list->ids, room * sizeof(*ids));
        if (ids == NULL) {
            complain("out of memory");
            return EXIT_DATABASE;
        }
        list->ids = ids;
        list->room = room;
    }
    list->ids[list->count++] = id;
    return EXIT_DONE;
}
