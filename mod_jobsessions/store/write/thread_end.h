/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread has begun and not ended by the time it ends itself is ended then, in that very thread: LMDB's mutex can
 * be given back by no other, and would keep all writers waiting as long as the process lives. */
#ifndef JS_STORE_THREAD_END_H
#define JS_STORE_THREAD_END_H

/* To be the first member of what is begun. */
typedef struct jsp_thread_end {
    void (*ended)(struct jsp_thread_end *begun); /* is called once, by the thread that ends */
    struct jsp_thread_end *next;
} jsp_thread_end;

/* From here on, and until it is forgotten, by the same thread. */
void jsp_thread_end_watch(jsp_thread_end *begun);
void jsp_thread_end_forget(jsp_thread_end *begun);

#endif
