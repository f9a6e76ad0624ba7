/* SPDX-License-Identifier: Apache-2.0 */
#include "format/worker.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/ticks.h"

#define SEALED 4

void jsp_worker_pack(unsigned char bytes[JSP_WORKER_SIZE], const jsp_worker *worker)
{
    const jsp_running *running = &worker->running;
    jsp_put_le32(bytes + 4, running->process);
    jsp_put_le64(bytes + 8, worker->id);
    jsp_put_le64(bytes + 16, worker->usn);
    jsp_put_le64(bytes + 24, (uint64_t)worker->time);
    jsp_put_le64(bytes + 32, running->start);
    jsp_put_le32(bytes + 40, running->pid_namespace);
    jsp_put_le32(bytes + 44, running->time_namespace);
    memcpy(bytes + 48, running->boot, JSP_BOOT_SIZE);
    jsp_put_le32(bytes, jsp_crc32c(bytes + SEALED, JSP_WORKER_SIZE - SEALED));
}

bool jsp_worker_unpack(uint64_t id, const unsigned char *bytes, size_t size, jsp_worker *worker)
{
    jsp_running *running = &worker->running;
    if (size != JSP_WORKER_SIZE
        || jsp_get_le32(bytes) != jsp_crc32c(bytes + SEALED, JSP_WORKER_SIZE - SEALED)) {
        return false;
    }
    running->process = jsp_get_le32(bytes + 4);
    worker->id = jsp_get_le64(bytes + 8);
    worker->usn = jsp_get_le64(bytes + 16);
    worker->time = (int64_t)jsp_get_le64(bytes + 24);
    running->start = jsp_get_le64(bytes + 32);
    running->pid_namespace = jsp_get_le32(bytes + 40);
    running->time_namespace = jsp_get_le32(bytes + 44);
    memcpy(running->boot, bytes + 48, JSP_BOOT_SIZE);
    return worker->id == id;
}

static const struct {
    js_worker_state state;
    const char *what; /* for a process */
} states[] = {
    [JSP_RUNNING_LIVES] = {JS_WORKER_LIVES, "process %u lives"},
    [JSP_RUNNING_ENDED] = {JS_WORKER_GONE, "process %u has ended"},
    [JSP_RUNNING_REUSED] = {JS_WORKER_GONE, "process %u has ended, and another one has its id"},
    [JSP_RUNNING_BOOTED] = {JS_WORKER_GONE, "process %u ended when the machine did"},
    [JSP_RUNNING_HIDDEN] = {JS_WORKER_HIDDEN,
                            "process %u is of another PID namespace, where it cannot be seen"},
};

void jsp_worker_judge(const jsp_worker *worker, js_worker *judged)
{
    memset(judged, 0, sizeof(*judged));
    if (worker != NULL) {
        (void)jsp_date_format(worker->time, judged->heard);
    }
    if (worker == NULL || worker->running.process == 0) {
        judged->state = JS_WORKER_UNKNOWN;
        (void)strcpy(judged->what, "nobody has told who writes it");
        return;
    }
    jsp_running_state state = jsp_running_still(&worker->running);
    judged->process = (long)worker->running.process;
    judged->state = states[state].state;
    (void)snprintf(judged->what, sizeof(judged->what), states[state].what, worker->running.process);
}
