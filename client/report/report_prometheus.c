#include "client/report/report_prometheus.h"

#include "client/report/break_text.h"
#include "client/report/result_text.h"
#include "shared/base/clock.h"
#include "shared/page/exposition.h"
#include "shared/page/json.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PREFIX "comms_client_"

struct writer {
    FILE *file;
    const char *target; /* UTF-8 */
};

static void put(const struct writer *writer, const char *name, const char *help, double value)
{
    const struct exposition_labels labels = {{{"target", writer->target}}};
    exposition_begin(writer->file, name, "gauge", help);
    exposition_put_real(writer->file, name, &labels, value);
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* ---- The run --------------------------------------------------------------------------------- */

static void put_info(const struct writer *writer, const struct result *result)
{
    static const char name[] = PREFIX "info";
    const struct exposition_labels labels = {{{"target", writer->target},
                                              {"mode", client_mode_name(result->plan->mode)},
                                              {"version", COMMS_VERSION}}};
    exposition_begin(writer->file, name, "gauge", "What the last run was; always 1.");
    exposition_put(writer->file, name, &labels, 1);
}

/* One sample for each outcome, 1 for that of the run: so a query finds each by its name. */
static void put_outcome(const struct writer *writer, const struct result *result)
{
    static const char name[] = PREFIX "outcome";
    static const enum outcome outcomes[] = {
        OUTCOME_PROVEN,     OUTCOME_VIOLATED, OUTCOME_UNREACHABLE, OUTCOME_REFUSED,
        OUTCOME_INCOMPLETE, OUTCOME_FAIL_ON,  OUTCOME_INTERRUPTED};
    exposition_begin(writer->file, name, "gauge", "1 for the outcome of the run, 0 for others.");
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        char word[EXPOSITION_WORD_SIZE];
        const struct exposition_labels labels = {
            {{"target", writer->target},
             {"outcome", exposition_word(outcome_name(outcomes[i]), word)}}};
        exposition_put(writer->file, name, &labels, outcomes[i] == result->outcome ? 1 : 0);
    }
}

static void put_run(const struct writer *writer, const struct result *result)
{
    double began = (double)result->began.tv_sec + (double)result->began.tv_nsec / 1e9;
    put_info(writer, result);
    put_outcome(writer, result);
    put(writer, PREFIX "exit_status", "Exit status of the run; 0 is proven.",
        result_exit_status(result));
    put(writer, PREFIX "start_timestamp_seconds", "Start of the run, since the epoch.", began);
    put(writer, PREFIX "elapsed_seconds", "Length of the run.", seconds(result->elapsed_ns));
    put(writer, PREFIX "streams", "Streams that ran at the same time.", result->plan->streams);
    put(writer, PREFIX "connections", "Connections that the streams shared.",
        result->plan->connections);
    put(writer, PREFIX "streams_proven", "Streams whose every number came once, in its place.",
        result->streams_proven);
    put(writer, PREFIX "streams_unfinished", "Streams that did not receive everything.",
        result->streams_unfinished);
    put(writer, PREFIX "expected_numbers", "Numbers of all sessions that were started.",
        (double)result->expected);
    if (result_has_throughput(result)) {
        put(writer, PREFIX "numbers_per_second", "Numbers a second, without the warm-up.",
            result_throughput(result));
    }
    if (result_has_bytes_throughput(result)) {
        put(writer, PREFIX "padding_bytes_per_second",
            "Bytes of padding in these numbers a second.", result_bytes_throughput(result));
    }
    put(writer, PREFIX "cpu_seconds", "Processor time of the client, user and system.",
        seconds(result->cpu_ns));
    put(writer, PREFIX "peak_resident_memory_bytes", "Peak of the client's resident memory.",
        (double)result->peak_rss_bytes);
}

/* ---- Counts ---------------------------------------------------------------------------------- */

static void put_counts(const struct writer *writer, const struct counts *counts)
{
    const struct {
        const char *name;
        const char *help;
        uint64_t count;
    } rows[] = {
        {PREFIX "numbers", "Numbers that were received, each verified.", counts->numbers},
        {PREFIX "padding_bytes", "Bytes of padding in these numbers.", counts->bytes},
        {PREFIX "breaks", "Streams that ended too early, and had received a number.",
         counts->breaks},
        {PREFIX "resumes", "Breaks whose stream received numbers again.", counts->resumes},
        {PREFIX "failed_attempts", "Calls that ended before a number came.",
         counts->failed_attempts},
        {PREFIX "late_numbers", "Numbers that came more than 100 ms after they were due.",
         counts->late},
        {PREFIX "lost_numbers", "Numbers that did not come.", counts->lost},
        {PREFIX "repeated_numbers", "Numbers that came again.", counts->repeated},
        {PREFIX "reordered_numbers", "Numbers that came after a later number.", counts->reordered},
        {PREFIX "corrupt_messages", "Messages that were wrong.", counts->corrupt},
        {PREFIX "violations", "Violations of any kind.", counts->violations},
        {PREFIX "sessions_started", "Sessions that were started.", counts->started},
        {PREFIX "sessions_finished", "Sessions whose last message was received.", counts->finished},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put(writer, rows[i].name, rows[i].help, (double)rows[i].count);
    }
}

/* How often streams broke for a cause, which may have several codes. */
static uint64_t count_cause(const struct break_table *table, enum break_cause cause)
{
    uint64_t count = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        count += table->rows[i].kind.cause == cause ? table->rows[i].count : 0;
    }
    return count;
}

static void put_causes(const struct writer *writer, const char *name, const char *help,
                       const struct break_table *table)
{
    exposition_begin(writer->file, name, "gauge", help);
    for (int cause = 0; cause < BREAK_CAUSES; cause++) {
        const struct exposition_labels labels = {
            {{"target", writer->target}, {"cause", break_cause_name((enum break_cause)cause)}}};
        exposition_put(writer->file, name, &labels, count_cause(table, (enum break_cause)cause));
    }
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* The histogram keeps no sum: that of the middles of its buckets is at most 0.1 % wrong. */
static double find_sum(const struct histogram *histogram)
{
    double sum = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] > 0) {
            double begin = (double)histogram_bucket_start(i);
            double end = i + 1 < HISTOGRAM_BUCKETS ? (double)histogram_bucket_start(i + 1)
                                                   : (double)histogram->max;
            sum += (begin + end) / 2 * (double)histogram->buckets[i];
        }
    }
    return sum / (double)NS_PER_S;
}

static void put_times(const struct writer *writer, const char *name, const char *help,
                      const struct histogram *histogram)
{
    static const struct {
        const char *label;
        double quantile;
    } rows[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}, {"0.999", 0.999}};
    enum { NAME_SIZE = 64 };
    char part[NAME_SIZE];
    const struct exposition_labels labels = {{{"target", writer->target}}};
    exposition_begin(writer->file, name, "summary", help);
    for (size_t i = 0; histogram->count > 0 && i < sizeof rows / sizeof rows[0]; i++) {
        const struct exposition_labels with = {
            {{"target", writer->target}, {"quantile", rows[i].label}}};
        int64_t ns = histogram_quantile(histogram, rows[i].quantile);
        exposition_put_real(writer->file, name, &with, seconds(ns));
    }
    if (histogram->count > 0) {
        const struct exposition_labels with = {{{"target", writer->target}, {"quantile", "1"}}};
        exposition_put_real(writer->file, name, &with, seconds(histogram->max));
    }
    (void)snprintf(part, sizeof part, "%s_sum", name);
    exposition_put_real(writer->file, part, &labels, find_sum(histogram));
    (void)snprintf(part, sizeof part, "%s_count", name);
    exposition_put(writer->file, part, &labels, histogram->count);
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool report_prometheus_write(const struct result *result, FILE *file)
{
    json_t *target = page_json_text(result->plan->target); /* makes UTF-8 of any bytes */
    if (target == NULL) {
        errno = ENOMEM;
        return false;
    }
    const struct writer writer = {.file = file, .target = json_string_value(target)};
    errno = 0;
    put_run(&writer, result);
    put_counts(&writer, &result->counts);
    put_causes(&writer, PREFIX "break_causes", "Breaks by their cause.", &result->breaks);
    put_causes(&writer, PREFIX "failed_attempt_causes", "Failed attempts by their cause.",
               &result->failed_attempts);
    put_times(&writer, PREFIX "first_seconds", "From the start of a session to its first number.",
              &result->first);
    put_times(&writer, PREFIX "resume_seconds", "From a break to the next number of the stream.",
              &result->resume);
    put_times(&writer, PREFIX "gap_seconds", "Between two numbers of a stream.", &result->gap);
    put_times(&writer, PREFIX "lateness_seconds", "Of a number, behind its time.", &result->late);
    int error = errno;
    json_decref(target);
    errno = error;
    return ferror(file) == 0;
}
