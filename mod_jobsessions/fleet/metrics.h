/* SPDX-License-Identifier: Apache-2.0 */
/* Progress and lag in the Prometheus text format, as a file for node_exporter's textfile collector. */
#ifndef JS_FLEET_METRICS_H
#define JS_FLEET_METRICS_H

#include "followed.h"

/* Write the file anew, in the place of the one before at once. Returns EXIT_DONE; EXIT_DATABASE: it cannot be written,
 * and errno says why. */
enum exit_code metrics_write(const char *file, const struct followed *sources, size_t count);

#endif
