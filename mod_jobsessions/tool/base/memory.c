/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>

#include "base/complain.h"

void *memory_take(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        complain("out of memory");
    }
    return memory;
}
