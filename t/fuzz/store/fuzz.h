/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets have in common. A target is a file with one LLVMFuzzerTestOneInput(): libFuzzer
 * (clang -fsanitize=fuzzer) calls it with inputs it varies by the code they reach, under AddressSanitizer
 * and UndefinedBehaviorSanitizer. Beside what these find, a target states what must hold of every input
 * with must(). */
#ifndef JSP_FUZZ_H
#define JSP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A finding when the condition does not hold. */
#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
