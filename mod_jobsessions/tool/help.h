/* SPDX-License-Identifier: Apache-2.0 */
/* What `jobsessions VERB --help` prints, where a verb has more to say than a line of `jobsessions --help`. */
#ifndef JS_TOOL_HELP_H
#define JS_TOOL_HELP_H

extern const char help_export[];
extern const char help_list[];
extern const char help_prune[];
extern const char help_watch[];
extern const char help_log[];
extern const char help_stat[];
extern const char help_sweep[];
extern const char help_heartbeat[];
extern const char help_stop[];
extern const char help_check[];
extern const char help_verify[];

#endif
