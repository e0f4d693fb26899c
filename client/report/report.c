#include "client/report/report.h"

#include "client/report/report_csv.h"
#include "client/report/report_html.h"
#include "client/report/report_json.h"
#include "client/report/report_prometheus.h"
#include "shared/base/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The options of the files, as their users know them. */
static const char *const options[REPORT_FILES] = {"--json", "--json-stream", "--csv", "--html",
                                                  "--prometheus"};

void report_init(struct report *report, const struct plan *plan)
{
    *report = (struct report){.plan = plan};
    session_text_init(&report->session_text, plan, &report->output);
}

const struct session_listener *report_session_listener(const struct report *report)
{
    return plan_prints_numbers(report->plan) ? &report->session_text.listener : NULL;
}

/* Says which other output goes into the file, too; NULL: none does. */
static const char *find_other_output(const struct report *report, size_t index)
{
    static const char *const names[REPORT_FILES] = {
        "the file of --json", "the file of --json-stream", "the file of --csv",
        "the file of --html", "the file of --prometheus"};
    const struct report_file *file = &report->files[index];
    for (size_t i = 0; i < index; i++) {
        if (report->files[i].file != NULL && report_file_is(file, fileno(report->files[i].file))) {
            return report->files[i].is_stdout ? "standard output" : names[i];
        }
    }
    return !file->is_stdout && report_file_is(file, STDOUT_FILENO) ? "standard output"
           : report_file_is(file, STDERR_FILENO)                   ? "standard error"
                                                                   : NULL;
}

/* Whether no two outputs go into one file, where they would overwrite each other. */
static bool files_are_distinct(const struct report *report)
{
    for (size_t i = 0; i < REPORT_FILES; i++) {
        const char *other = find_other_output(report, i);
        if (other != NULL) {
            output_complain_of_usage(options[i], report->files[i].path, other);
            return false;
        }
    }
    return true;
}

/* poll ignores a negative descriptor. */
static struct pollfd polled(FILE *file)
{
    return (struct pollfd){.fd = file == NULL ? -1 : fileno(file), .events = POLLOUT};
}

static bool open_files(struct report *report)
{
    const struct plan *plan = report->plan;
    const char *const paths[REPORT_FILES] = {plan->json_file, plan->json_stream_file,
                                             plan->csv_file, plan->html_file,
                                             plan->prometheus_file};
    bool good = output_is_open();
    for (size_t i = 0; good && i < REPORT_FILES; i++) {
        good = i == REPORT_PROMETHEUS ? report_file_open_replaced(&report->files[i], paths[i])
                                      : report_file_open(&report->files[i], paths[i]);
    }
    return good;
}

int report_open(struct report *report)
{
    int status = EXIT_SUCCESS;
    if (!open_files(report)) {
        status = EXIT_OUTPUT;
    } else if (!files_are_distinct(report)) {
        status = EXIT_USAGE;
    }
    if (status != EXIT_SUCCESS) {
        report_discard(report);
        return status;
    }
    run_text_init(&report->run_text, report->plan); /* now it is known where the text goes */
    report->outputs[0] = polled(stdout);
    report->outputs[1] = polled(stderr);
    for (size_t i = 0; i < REPORT_FILES; i++) {
        report->outputs[2 + i] = polled(report->files[i].file);
    }
    return EXIT_SUCCESS;
}

bool report_is_blocked(const struct report *report)
{
    struct pollfd outputs[REPORT_OUTPUTS];
    memcpy(outputs, report->outputs, sizeof outputs);
    (void)poll(outputs, REPORT_OUTPUTS, 0);
    for (size_t i = 0; i < REPORT_OUTPUTS; i++) {
        if (outputs[i].fd >= 0 && outputs[i].revents == 0) {
            return true;
        }
    }
    return false;
}

void report_discard(struct report *report)
{
    for (size_t i = 0; i < REPORT_FILES; i++) {
        report_file_discard(&report->files[i]);
    }
}

int report_failure_status(const struct report *report)
{
    bool is_more = report->output.has_failed && !report->output.is_closed_pipe;
    for (size_t i = 0; i < REPORT_FILES; i++) {
        const struct report_file *file = &report->files[i];
        is_more |= file->has_failed && !file->is_closed_pipe;
    }
    return is_more ? EXIT_OUTPUT : EXIT_CLOSED_PIPE;
}

bool report_begin(struct report *report)
{
    if (plan_prints_numbers(report->plan)) {
        session_text_begin(&report->session_text);
    } else {
        run_text_begin(&report->run_text);
    }
    return output_flush(&report->output);
}

/* ---- While the run goes on ------------------------------------------------------------------- */

bool report_started(void *context, const struct timespec *began)
{
    struct report *report = context;
    struct report_file *stream = &report->files[REPORT_JSON_STREAM];
    struct report_file *csv = &report->files[REPORT_CSV];
    bool good = true;
    for (size_t i = 0; i < REPORT_FILES; i++) {
        good &= report_file_begin(&report->files[i]);
    }
    report->has_begun = good;
    if (good && stream->file != NULL) {
        good &=
            report_file_flush(stream, report_json_write_start(report->plan, began, stream->file));
    }
    if (good && csv->file != NULL) {
        good &= report_file_flush(csv, report_csv_write_header(csv->file));
    }
    return good;
}

/* Writes the interval to the files that grow with the run. */
static bool write_interval(struct report *report, const struct sample *sample,
                           const struct sample *previous)
{
    struct report_file *stream = &report->files[REPORT_JSON_STREAM];
    struct report_file *csv = &report->files[REPORT_CSV];
    bool good = true;
    if (stream->file != NULL && !stream->has_failed) {
        good &= report_file_flush(stream, report_json_write_sample(sample, stream->file));
    }
    if (csv->file != NULL && !csv->has_failed) {
        good &= report_file_flush(csv, report_csv_write_sample(sample, previous, csv->file));
    }
    return good;
}

bool report_interval(void *context, const struct sample *sample, const struct sample *previous)
{
    struct report *report = context;
    bool good = !report->has_begun || write_interval(report, sample, previous);
    if (plan_prints_numbers(report->plan)) {
        return good; /* another thread prints a line for each number */
    }
    if (!report->plan->quiet) {
        run_text_interval(&report->run_text, sample, previous);
    }
    return output_flush(&report->output) && good;
}

bool report_announced(void *context, const struct announcement *server)
{
    struct report *report = context;
    const struct plan *plan = report->plan;
    struct report_file *stream = &report->files[REPORT_JSON_STREAM];
    bool good = true;
    if (report->has_begun && stream->file != NULL && !stream->has_failed) {
        good = report_file_flush(stream, report_json_write_server(server, stream->file));
    }
    if (plan_prints_numbers(plan)) {
        return good; /* another thread writes to the output */
    }
    if (!plan->quiet) {
        run_text_announced(&report->run_text, server);
    }
    return output_flush(&report->output) && good;
}

bool report_noticed(void *context, const char *text)
{
    struct report *report = context;
    bool good = true;
    if (!plan_prints_numbers(report->plan)) { /* else another thread writes to the output */
        run_text_clear_line(&report->run_text);
        good = output_flush(&report->output);
    }
    (void)fprintf(stderr, "comms-client: %s\n", text);
    return good;
}

bool report_broken(void *context, const struct break_notes *notes)
{
    struct report *report = context;
    struct report_file *stream = &report->files[REPORT_JSON_STREAM];
    bool good = true;
    if (report->has_begun && stream->file != NULL && !stream->has_failed) {
        good = report_file_flush(stream, report_json_write_breaks(notes, stream->file));
    }
    if (plan_prints_numbers(report->plan)) {
        return good; /* a single session has told of it */
    }
    run_text_broken(&report->run_text, notes);
    return output_flush(&report->output) && good;
}

/* ---- At the end ------------------------------------------------------------------------------ */

/* Whoever reads JSON or CSV by `| head` has seen enough: the text would only tell of that. */
static bool has_closed_pipe(const struct report *report)
{
    bool is_closed = false;
    for (size_t i = 0; i < REPORT_FILES; i++) {
        is_closed |= report->files[i].is_closed_pipe;
    }
    return is_closed;
}

static bool print_end(struct report *report, const struct result *result,
                      const struct session_end *session)
{
    if (plan_prints_numbers(report->plan)) {
        session_text_end(&report->session_text, session, result->signal_number);
        run_text_conditions(&report->run_text.terminal, result);
    } else {
        run_text_end(&report->run_text, result);
    }
    return output_flush(&report->output);
}

bool report_end(struct report *report, const struct result *result,
                const struct session_end *session)
{
    static bool (*const writers[REPORT_FILES])(const struct result *, FILE *) = {
        [REPORT_JSON] = report_json_write,
        [REPORT_JSON_STREAM] = report_json_write_end,
        [REPORT_HTML] = report_html_write,
        [REPORT_PROMETHEUS] = report_prometheus_write};
    bool good = has_closed_pipe(report) || print_end(report, result, session);
    for (size_t i = 0; i < REPORT_FILES; i++) {
        good &= report_file_write(&report->files[i], result, writers[i]);
    }
    return good;
}
