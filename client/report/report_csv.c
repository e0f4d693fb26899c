#include "client/report/report_csv.h"

#include "shared/base/clock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(name, member)                                                                        \
    {                                                                                              \
        name, offsetof(struct counts, member)                                                      \
    }

/* The columns of counts, behind those of the time and of the streams. */
static const struct {
    const char *name;
    size_t place; /* of a uint64_t in struct counts */
} columns[] = {
    COUNT("numbers", numbers),
    COUNT("bytes", bytes),
    COUNT("sessions_started", started),
    COUNT("sessions_finished", finished),
    COUNT("breaks", breaks),
    COUNT("resumes", resumes),
    COUNT("failed_attempts", failed_attempts),
    COUNT("late_numbers", late),
    COUNT("lost", lost),
    COUNT("repeated", repeated),
    COUNT("reordered", reordered),
    COUNT("corrupt", corrupt),
    COUNT("violations", violations),
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

bool report_csv_write_header(FILE *file)
{
    bool good = fputs("end_s,length_s,live_streams,waiting_streams,live_streams_lowest,"
                      "waiting_streams_highest,numbers_per_s,bytes_per_s",
                      file) >= 0;
    for (size_t i = 0; good && i < COLUMNS; i++) {
        good = fprintf(file, ",%s", columns[i].name) >= 0;
    }
    return good && fputs("\r\n", file) >= 0;
}

static int64_t count_within(size_t column, const struct counts *now, const struct counts *before)
{
    const uint64_t *a = (const uint64_t *)(const void *)((const char *)now + columns[column].place);
    const uint64_t *b =
        (const uint64_t *)(const void *)((const char *)before + columns[column].place);
    return (int64_t)(*a - *b);
}

bool report_csv_write_sample(const struct sample *sample, const struct sample *previous, FILE *file)
{
    static const struct counts none = {.numbers = 0};
    const struct counts *before = previous == NULL ? &none : &previous->counts;
    double length_s = (double)sample->length_ns / (double)NS_PER_S;
    double numbers = (double)(sample->counts.numbers - before->numbers);
    double bytes = (double)(sample->counts.bytes - before->bytes);
    bool good =
        fprintf(file, "%.6f,%.6f,%u,%u,%u,%u,%.3f,%.0f", (double)sample->at_ns / (double)NS_PER_S,
                length_s, sample->live, sample->waiting, sample->live_lowest,
                sample->waiting_highest, length_s > 0 ? numbers / length_s : 0,
                length_s > 0 ? bytes / length_s : 0) >= 0;
    for (size_t i = 0; good && i < COLUMNS; i++) {
        good = fprintf(file, ",%" PRId64, count_within(i, &sample->counts, before)) >= 0;
    }
    return good && fputs("\r\n", file) >= 0;
}
