/* SPDX-License-Identifier: Apache-2.0 */
/* Who opened something and who inherited it by fork(), told apart without a system call. */
#ifndef JS_STORE_PROCESS_H
#define JS_STORE_PROCESS_H

/* Count forks from now on. 0 or errno. */
int jsp_process_watch(void);

/* How many forks lie between the first watch and this process. One that remembers another number than this was
 * made by an ancestor. */
unsigned jsp_process_forks(void);

#endif
