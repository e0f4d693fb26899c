#include "client/report/head_text.h"

#include "shared/base/clock.h"
#include "shared/base/number.h"
#include "shared/base/text.h"
#include "shared/page/format.h"

#include <inttypes.h>
#include <stdio.h>

static void print_chaos(const struct terminal *terminal, const struct chaos_plan *chaos)
{
    char cut[FORMAT_SIZE];
    char silent[2 * FORMAT_SIZE] = "";
    if (chaos->stall_fraction > 0) {
        (void)snprintf(silent, sizeof silent, "; %.3g %% of them fall silent",
                       chaos->stall_fraction * 100);
    }
    terminal_printf(terminal, "chaos: a connection breaks every %s on average%s",
                    format_duration(chaos->cut_ns, cut), silent);
    terminal_printf(terminal, "repeat these breaks with --seed %" PRIu64, chaos->seed);
}

/* How the server is reached, where that is not the plainest way. */
static void print_way(const struct terminal *terminal, const struct plan *plan)
{
    static const char *const families[] = {
        [ADDRESS_ANY] = "", [ADDRESS_IPV4] = "IPv4 only", [ADDRESS_IPV6] = "IPv6 only"};
    bool is_narrowed = plan->channel.family != ADDRESS_ANY;
    bool is_round_robin = plan->channel.is_round_robin;
    if (!plan->tls.is_on && !is_narrowed && !is_round_robin) {
        return;
    }
    terminal_printf(terminal, "%s%s%s%s%s%s", plan->tls.is_on ? "by TLS " : "",
                    plan->tls.is_on ? plan_tls_words(plan) : "",
                    plan->tls.is_on && (is_narrowed || is_round_robin) ? ", " : "",
                    families[plan->channel.family], is_narrowed && is_round_robin ? ", " : "",
                    is_round_robin ? "all addresses in turn (round_robin)" : "");
}

/* "stateless, 20 streams on 4 connections to 10.0.0.1:1337" */
static void print_streams(const struct terminal *terminal, const struct plan *plan)
{
    char streams[FORMAT_SIZE];
    char connections[FORMAT_SIZE];
    char line[TERMINAL_PROSE_SIZE];
    FILE *file = fmemopen(line, sizeof line, "w");
    if (file == NULL) {
        return;
    }
    (void)fprintf(file, "%s, %s stream%s on %s connection%s to ", client_mode_name(plan->mode),
                  format_count(plan->streams, streams), plan->streams == 1 ? "" : "s",
                  format_count(plan->connections, connections), plan->connections == 1 ? "" : "s");
    text_write(plan->target, file);
    (void)fclose(file);
    terminal_print(terminal, line);
}

/* "3,000 numbers a session, each with 1KiB of padding, at full speed; new sessions for 10.0 s" */
static void print_sessions(const struct terminal *terminal, const struct plan *plan)
{
    char n[FORMAT_SIZE];
    char numbers[2 * FORMAT_SIZE] = "as many numbers a session as fit"; /* not known yet */
    char size[BYTES_TEXT_SIZE] = "";
    char time[FORMAT_SIZE] = "";
    char duration[FORMAT_SIZE];
    const bool has_size = plan->size > 0;
    const char *pace = ", at full speed";
    if (!plan->n_fits || (plan->interval_is_given && plan->interval_ns > 0)) {
        (void)snprintf(numbers, sizeof numbers, "%s number%s a session", format_count(plan->n, n),
                       plan->n == 1 ? "" : "s");
    }
    if (plan->wish_ns > 0) {
        pace = ", --rate ";
        (void)snprintf(time, sizeof time, "%s", plan->rate);
    } else if (!plan->interval_is_given) {
        pace = ", at the server's pace";
    } else if (plan->interval_ns > 0) {
        pace = ", one every ";
        (void)format_duration(plan->interval_ns, time);
    }
    terminal_printf(terminal, "%s%s%s%s%s%s%s%s", numbers, has_size ? ", each with " : "",
                    has_size ? bytes_write(plan->size, size) : "", has_size ? " of padding" : "",
                    pace, time, plan->duration_ns > 0 ? "; new sessions for " : "",
                    plan->duration_ns > 0 ? format_duration(plan->duration_ns, duration) : "");
}

void head_text_print(const struct terminal *terminal, const struct plan *plan)
{
    print_streams(terminal, plan);
    print_way(terminal, plan);
    print_sessions(terminal, plan);
    if (plan->chaos.cut_ns > 0) {
        print_chaos(terminal, &plan->chaos);
    }
}
