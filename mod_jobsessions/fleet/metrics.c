/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

enum number {
    USN,
    SOURCE_USN,
    GENERATION,
    CHANGES,
    FAILURES,
    SUCCESS,
    LAG
};

static const struct metric {
    enum number number;
    const char *name;
    const char *type;
    const char *help;
} metrics[] = {
    {USN, "usn", "gauge", "Changes up to this one are in PostgreSQL."},
    {SOURCE_USN, "source_usn", "gauge", "The last change that the source is known to have."},
    {GENERATION, "generation", "gauge", "Which history of the appliance is followed, from 1."},
    {CHANGES, "changes_read_total", "counter", "Changes that were read since the start."},
    {FAILURES, "failures_total", "counter", "Attempts that failed since the start."},
    {SUCCESS, "success_timestamp_seconds", "gauge",
     "When the source was last read to its end, and that is in PostgreSQL."},
    {LAG, "lag_seconds", "gauge", "How long ago that was."}};

static uint64_t number_of(const struct followed *followed, enum number number)
{
    switch (number) {
    case USN:
        return followed->appliance.place.usn;
    case SOURCE_USN:
        return followed->source_usn;
    case GENERATION:
        return (uint64_t)followed->appliance.generation;
    case CHANGES:
        return followed->changes;
    case FAILURES:
        return followed->failures;
    case SUCCESS:
        return (uint64_t)followed->success_at;
    case LAG:
    default:
        return (uint64_t)(time(NULL) - followed->success_at);
    }
}

/* What was never read well has no moment of it. */
static bool is_known(const struct followed *followed, enum number number)
{
    return followed->success_at != 0 || (number != SUCCESS && number != LAG);
}

static void put_label(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)fputc('\\', file);
        }
        (void)fputs(*text == '\n' ? "\\n" : (char[]){*text, '\0'}, file);
    }
}

static void put_metric(FILE *file, const struct metric *metric, const struct followed *sources,
                       size_t count)
{
    (void)fprintf(file, "# HELP jobsessions_follow_%s %s\n# TYPE jobsessions_follow_%s %s\n",
                  metric->name, metric->help, metric->name, metric->type);
    for (size_t i = 0; i < count; i++) {
        if (is_known(&sources[i], metric->number)) {
            (void)fprintf(file, "jobsessions_follow_%s{appliance=\"", metric->name);
            put_label(file, sources[i].reader.source.name);
            (void)fprintf(file, "\"} %" PRIu64 "\n", number_of(&sources[i], metric->number));
        }
    }
}

enum exit_code metrics_write(const char *file, const struct followed *sources, size_t count)
{
    char beside[4096];
    int length = snprintf(beside, sizeof(beside), "%s.new", file);
    FILE *stream = length > 0 && (size_t)length < sizeof(beside) ? fopen(beside, "we") : NULL;
    if (stream == NULL) {
        return EXIT_DATABASE;
    }
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        put_metric(stream, &metrics[i], sources, count);
    }
    bool is_whole = ferror(stream) == 0;
    is_whole = fclose(stream) == 0 && is_whole;
    return is_whole && rename(beside, file) == 0 ? EXIT_DONE : EXIT_DATABASE;
}
