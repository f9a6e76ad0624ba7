/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes a session that is not finished, as bytes (FORMAT.md), and what that says now. */
#ifndef JS_STORE_WORKER_H
#define JS_STORE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/running.h"
#include "jobsessions.h"

#define JSP_WORKER_SIZE 64

typedef struct jsp_worker {
    uint64_t id;
    uint64_t usn;        /* of the session; with another one the entry says nothing */
    int64_t time;        /* when it was last heard of, in ticks */
    jsp_running running; /* of process 0: it was not told */
} jsp_worker;

void jsp_worker_pack(unsigned char bytes[JSP_WORKER_SIZE], const jsp_worker *worker);

/* False: what stands there is not an entry of this session that is whole. */
bool jsp_worker_unpack(uint64_t id, const unsigned char *bytes, size_t size, jsp_worker *worker);

/* Look what has become of one; NULL: there is no entry that counts. */
void jsp_worker_judge(const jsp_worker *worker, js_worker *judged);

#endif
