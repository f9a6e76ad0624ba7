/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `jobsessions`: each does all that its name on the command line stands for and returns
 * the exit code. log stands with items; every other verb has a file of its name. */
#ifndef JS_TOOL_VERBS_H
#define JS_TOOL_VERBS_H

#include "base/exit_code.h"
#include "base/options.h"

enum exit_code verb_put(const struct options *options);
enum exit_code verb_import(const struct options *options);
enum exit_code verb_export(const struct options *options);
enum exit_code verb_list(const struct options *options);
enum exit_code verb_watch(const struct options *options);
enum exit_code verb_get(const struct options *options);
enum exit_code verb_rm(const struct options *options);
enum exit_code verb_prune(const struct options *options);
enum exit_code verb_sweep(const struct options *options);
enum exit_code verb_heartbeat(const struct options *options);
enum exit_code verb_stat(const struct options *options);
enum exit_code verb_stop(const struct options *options);
enum exit_code verb_check(const struct options *options);
enum exit_code verb_verify(const struct options *options);
enum exit_code verb_backup(const struct options *options);
enum exit_code verb_restore(const struct options *options);
enum exit_code verb_compact(const struct options *options);
enum exit_code verb_renumber(const struct options *options);
enum exit_code verb_upgrade(const struct options *options);
enum exit_code verb_dump(const struct options *options);
enum exit_code verb_load(const struct options *options);
enum exit_code verb_log(const struct options *options);
enum exit_code verb_items(const struct options *options);

#endif
