/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the tool by a signal, told in words.
 *
 * Reading checks LMDB's pages before it follows them. Two things are left that end a process: a disk that
 * cannot give what is mapped, and LMDB's own writing, which trusts pages that are damaged. What was
 * committed before is safe in either case; what was under way has not happened. */
#ifndef JS_TOOL_FATAL_H
#define JS_TOOL_FATAL_H

/* From now on the signals of such an end say so, name the directory, and exit with EXIT_DATABASE. */
void fatal_prepare(const char *directory);

#endif
