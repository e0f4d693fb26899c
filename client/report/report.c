#include "client/report/report.h"

#include "client/report/report_html.h"
#include "client/report/report_json.h"
#include "shared/base/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void report_init(struct report *report, const struct plan *plan)
{
    *report = (struct report){.plan = plan};
    session_text_init(&report->session_text, plan, &report->output);
    run_text_init(&report->run_text, plan);
}

const struct session_listener *report_session_listener(const struct report *report)
{
    return plan_prints_numbers(report->plan) ? &report->session_text.listener : NULL;
}

/* Says which other output goes into the file, too; NULL: none does. */
static const char *find_other_output(const struct report_file *file)
{
    return report_file_is(file, STDOUT_FILENO)   ? "standard output"
           : report_file_is(file, STDERR_FILENO) ? "standard error"
                                                 : NULL;
}

/* Whether no two outputs go into one file, where they would overwrite each other. */
static bool files_are_distinct(const struct report *report)
{
    const struct {
        const char *option;
        const struct report_file *file;
    } outputs[] = {{"--json", &report->json}, {"--html", &report->html}};
    if (report->json.file != NULL && report_file_is(&report->html, fileno(report->json.file))) {
        output_complain_of_usage("--html", report->html.path, "the file of --json");
        return false;
    }
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        const char *other = find_other_output(outputs[i].file);
        if (other != NULL) {
            output_complain_of_usage(outputs[i].option, outputs[i].file->path, other);
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

int report_open(struct report *report)
{
    const struct plan *plan = report->plan;
    int status = EXIT_SUCCESS;
    if (!output_is_open() || !report_file_open(&report->json, plan->json_file) ||
        !report_file_open(&report->html, plan->html_file)) {
        status = EXIT_OUTPUT;
    } else if (!files_are_distinct(report)) {
        status = EXIT_USAGE;
    }
    if (status != EXIT_SUCCESS) {
        report_discard(report);
        return status;
    }
    report->outputs[0] = polled(stdout);
    report->outputs[1] = polled(stderr);
    report->outputs[2] = polled(report->json.file);
    report->outputs[3] = polled(report->html.file);
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
    report_file_discard(&report->json);
    report_file_discard(&report->html);
}

int report_failure_status(const struct report *report)
{
    bool is_only_that = report->output.is_closed_pipe && !report->has_failed;
    return is_only_that ? EXIT_CLOSED_PIPE : EXIT_OUTPUT;
}

bool report_begin(struct report *report)
{
    if (plan_prints_numbers(report->plan)) {
        session_text_begin(&report->session_text);
    } else if (!report->plan->json_stream) {
        run_text_begin(&report->run_text);
    }
    return output_flush(&report->output);
}

bool report_started(void *context)
{
    struct report *report = context;
    bool good = report_file_begin(&report->json);
    report->has_failed = !report_file_begin(&report->html) || !good;
    return !report->has_failed;
}

bool report_interval(void *context, const struct sample *sample, const struct sample *previous)
{
    struct report *report = context;
    if (plan_prints_numbers(report->plan)) {
        return true; /* another thread prints a line for each number */
    }
    if (report->plan->json_stream) {
        (void)report_json_write_sample(sample, stdout); /* the flush reports a failure */
    } else if (!report->plan->quiet) {
        run_text_interval(&report->run_text, sample, previous);
    }
    return output_flush(&report->output);
}

bool report_announced(void *context, const struct announcement *server)
{
    struct report *report = context;
    const struct plan *plan = report->plan;
    if (!plan_prints_numbers(plan) && !plan->json_stream && !plan->quiet) {
        run_text_announced(&report->run_text, server);
    }
    return output_flush(&report->output);
}

bool report_noticed(void *context, const char *text)
{
    struct report *report = context;
    if (!plan_prints_numbers(report->plan) && !report->plan->json_stream) {
        run_text_clear_line(&report->run_text);
    }
    bool good = output_flush(&report->output);
    (void)fprintf(stderr, "comms-client: %s\n", text);
    return good;
}

bool report_broken(void *context, const struct break_notes *notes)
{
    struct report *report = context;
    if (plan_prints_numbers(report->plan) || report->plan->json_stream) {
        return true; /* a single session has told of it; JSON has it at the end */
    }
    run_text_broken(&report->run_text, notes);
    return output_flush(&report->output);
}

/* ---- At the end ------------------------------------------------------------------------------ */

static bool print_end(struct report *report, const struct result *result,
                      const struct session_end *session)
{
    bool good = true;
    if (report->plan->json_stream) {
        good = report_json_write_end(result, stdout);
        if (!good && ferror(stdout) == 0) {
            output_complain("the result", errno);
        }
    } else if (plan_prints_numbers(report->plan)) {
        session_text_end(&report->session_text, session, result->signal_number);
        run_text_conditions(result);
    } else {
        run_text_end(&report->run_text, result);
    }
    return output_flush(&report->output) && good;
}

bool report_end(struct report *report, const struct result *result,
                const struct session_end *session)
{
    bool good = print_end(report, result, session) && !report->has_failed;
    report->has_failed |= !report_file_write(&report->json, result, report_json_write);
    report->has_failed |= !report_file_write(&report->html, result, report_html_write);
    return good && !report->has_failed;
}
