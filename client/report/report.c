#include "client/report/report.h"

#include "client/report/report_html.h"
#include "client/report/report_json.h"

#include <errno.h>
#include <string.h>

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

static bool open_file(const char *path, FILE **file)
{
    *file = path == NULL ? NULL : fopen(path, "w");
    if (path != NULL && *file == NULL) {
        output_complain(path, errno);
        return false;
    }
    return true;
}

/* poll ignores a negative descriptor. */
static struct pollfd polled(FILE *file)
{
    return (struct pollfd){.fd = file == NULL ? -1 : fileno(file), .events = POLLOUT};
}

bool report_open(struct report *report)
{
    const struct plan *plan = report->plan;
    if (!open_file(plan->json_file, &report->json_file) ||
        !open_file(plan->html_file, &report->html_file)) {
        return false;
    }
    report->outputs[0] = polled(stdout);
    report->outputs[1] = polled(stderr);
    report->outputs[2] = polled(report->json_file);
    report->outputs[3] = polled(report->html_file);
    return true;
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

bool report_begin(struct report *report)
{
    const struct plan *plan = report->plan;
    if (plan_prints_numbers(plan)) {
        session_text_begin(&report->session_text); /* flushed before the session first waits */
        return true;
    }
    if (!plan->json_stream) {
        run_text_begin(&report->run_text);
    }
    return output_flush(&report->output);
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

static bool write_file(FILE *file, const char *path, const struct result *result,
                       bool (*write)(const struct result *, FILE *))
{
    if (file == NULL) {
        return true;
    }
    bool good = write(result, file);
    int error = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (!good) {
        output_complain(path, error);
    }
    return good;
}

bool report_end(struct report *report, const struct result *result,
                const struct session_end *session)
{
    const struct plan *plan = report->plan;
    bool good = print_end(report, result, session);
    good = write_file(report->json_file, plan->json_file, result, report_json_write) && good;
    return write_file(report->html_file, plan->html_file, result, report_html_write) && good;
}
