/* SPDX-License-Identifier: Apache-2.0 */
/* A process that runs, told from all that had its id before or will have it: by when it began, in which boot of the
 * machine, and in which namespaces these numbers count. */
#ifndef JS_STORE_RUNNING_H
#define JS_STORE_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#define JSP_BOOT_SIZE 16

typedef struct jsp_running {
    uint32_t process; /* 0: none */
    uint32_t pid_namespace;
    uint32_t time_namespace;     /* 0: the kernel has none */
    uint64_t start;              /* clock ticks since boot */
    uint8_t boot[JSP_BOOT_SIZE]; /* of the machine */
} jsp_running;

typedef enum jsp_running_state {
    JSP_RUNNING_LIVES,
    JSP_RUNNING_ENDED,
    JSP_RUNNING_REUSED, /* its id is another's by now */
    JSP_RUNNING_BOOTED, /* the machine has started anew */
    JSP_RUNNING_HIDDEN  /* it is of other namespaces */
} jsp_running_state;

/* Look at a process of this one's namespaces. False: there is none, or /proc does not tell. */
bool jsp_running_look(long process, jsp_running *running);

bool jsp_running_is_same(const jsp_running *one, const jsp_running *other);

/* What has become of it. In doubt it lives. */
jsp_running_state jsp_running_still(const jsp_running *running);

#endif
