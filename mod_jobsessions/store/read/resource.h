/* SPDX-License-Identifier: Apache-2.0 */
/* What a session worked on, as its items say. No index knows it: the items are read.
 *
 * A protected item is of the resource whose id its `resource.id` is, as the vendor's own have it, or its `id`; a line of
 * a log of the one that its `resourceHashId` names. */
#ifndef JS_STORE_RESOURCE_H
#define JS_STORE_RESOURCE_H

#include "base/json.h"
#include "database/snapshot.h"

/* Whether an item of a kind is of a resource. */
bool jsp_resource_is_of(jsp_slice item, js_item_kind kind, const char *resource);

/* Whether one of a session's protected items is. An item that is damaged says nothing; one that cannot be found ends
 * the search. */
bool jsp_resource_has(js_snapshot *snapshot, uint64_t session, const char *resource);

#endif
