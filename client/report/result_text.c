#include "client/report/result_text.h"

#include "client/measure/fail_on.h"

#include <stdio.h>

const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_PROVEN:
        return "proven";
    case OUTCOME_VIOLATED:
        return "violated";
    case OUTCOME_UNREACHABLE:
        return "unreachable";
    case OUTCOME_REFUSED:
        return "refused";
    case OUTCOME_INCOMPLETE:
        return "incomplete";
    case OUTCOME_FAIL_ON:
        return "bound broken";
    case OUTCOME_INTERRUPTED:
        break;
    }
    return "interrupted";
}

/* "10,000 streams, 612,340 numbers expected, 612,340 received" */
static void describe_totals(const struct result *result, char text[static PROOF_SIZE])
{
    char streams[FORMAT_SIZE];
    char expected[FORMAT_SIZE];
    char received[FORMAT_SIZE];
    (void)snprintf(text, PROOF_SIZE, "%s stream%s, %s number%s expected, %s received",
                   format_count(result->plan->streams, streams),
                   result->plan->streams == 1 ? "" : "s", format_count(result->expected, expected),
                   result->expected == 1 ? "" : "s",
                   format_count(result->counts.numbers, received));
}

/* "3 violations: lost 17 late 2": the kinds that there are. */
static void describe_violations(const struct counts *counts, char text[static PROOF_SIZE])
{
    const struct {
        const char *name;
        uint64_t count;
    } kinds[] = {{"lost", counts->lost},
                 {"repeated", counts->repeated},
                 {"reordered", counts->reordered},
                 {"corrupt", counts->corrupt},
                 {"late", counts->too_late}};
    char count[FORMAT_SIZE];
    size_t used = (size_t)snprintf(text, PROOF_SIZE, "%s violation%s",
                                   format_count(counts->violations, count),
                                   counts->violations == 1 ? "" : "s");
    const char *before = ": ";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && used < PROOF_SIZE; i++) {
        if (kinds[i].count > 0) {
            used += (size_t)snprintf(text + used, PROOF_SIZE - used, "%s%s %s", before,
                                     kinds[i].name, format_count(kinds[i].count, count));
            before = " ";
        }
    }
}

/* The words after the totals: "each in its place", or what is missing for a proof. */
static void describe_lack(const struct result *result, char text[static PROOF_SIZE])
{
    char a[FORMAT_SIZE];
    char b[FORMAT_SIZE];
    const struct counts *counts = &result->counts;
    switch (result->outcome) {
    case OUTCOME_PROVEN:
    case OUTCOME_FAIL_ON:
        (void)snprintf(text, PROOF_SIZE, "each in its place");
        break;
    case OUTCOME_VIOLATED:
        describe_violations(counts, text);
        break;
    case OUTCOME_REFUSED:
        (void)snprintf(text, PROOF_SIZE, "%s refused by the server, %s not finished",
                       format_count(result->streams_refused, a),
                       format_count(result->streams_unfinished, b));
        break;
    case OUTCOME_UNREACHABLE:
    case OUTCOME_INCOMPLETE:
    case OUTCOME_INTERRUPTED:
        (void)snprintf(text, PROOF_SIZE, "%s not finished; %s",
                       format_count(result->streams_unfinished, a),
                       counts->numbers == 0 ? "nothing came" : "what came was right");
        break;
    }
}

void result_proof(const struct result *result, char text[static PROOF_SIZE])
{
    static const char *const words[] = {
        [OUTCOME_PROVEN] = "PROVEN",           [OUTCOME_VIOLATED] = "VIOLATED",
        [OUTCOME_UNREACHABLE] = "UNREACHABLE", [OUTCOME_REFUSED] = "REFUSED",
        [OUTCOME_INCOMPLETE] = "INCOMPLETE",   [OUTCOME_FAIL_ON] = "PROVEN, BUT --fail-on"};
    char totals[PROOF_SIZE];
    char lack[PROOF_SIZE];
    describe_totals(result, totals);
    describe_lack(result, lack);
    (void)snprintf(text, PROOF_SIZE, "%s: %.130s, %.180s",
                   result->outcome == OUTCOME_INTERRUPTED ? "INTERRUPTED" : words[result->outcome],
                   totals, lack);
}

bool result_held_back_advice(const struct result *result, char text[static ADVICE_SIZE])
{
    if (result->streams_held_back == 0) {
        text[0] = '\0';
        return false;
    }
    char count[FORMAT_SIZE];
    char timeout[FORMAT_SIZE];
    (void)snprintf(
        text, ADVICE_SIZE,
        "%s stream%s waited longer than %s for a first header while others on the same "
        "connection went on: looks like a limit on streams a connection in the server "
        "or a proxy (haproxy 100, nginx 128, caddy 250), with %u on one. Set "
        "--connections auto, or more connections, or raise the limit there.",
        format_count(result->streams_held_back, count), result->streams_held_back == 1 ? "" : "s",
        format_duration(result->plan->stall_timeout_ns, timeout), result->most_on_a_connection);
    return true;
}

static const char not_measured[] = "not measured";

const char *result_format_throughput(const struct result *result, char text[static FORMAT_SIZE])
{
    if (result_has_throughput(result)) {
        return format_rate(result_throughput(result), text);
    }
    (void)snprintf(text, FORMAT_SIZE, "%s", not_measured);
    return text;
}

void fail_on_format_value(const struct fail_on *condition, const struct result *result,
                          char text[static FORMAT_SIZE])
{
    double value = fail_on_value(condition, result);
    if (!fail_on_is_measured(condition, result)) {
        (void)snprintf(text, FORMAT_SIZE, "%s", not_measured);
    } else if (fail_on_is_duration(condition->metric)) {
        (void)format_duration((int64_t)value, text);
    } else if (fail_on_is_bytes_rate(condition->metric)) {
        char bytes[FORMAT_SIZE];
        (void)snprintf(text, FORMAT_SIZE, "%.28s/s", format_bytes((uint64_t)value, bytes));
    } else if (fail_on_is_rate(condition->metric)) {
        (void)format_rate(value, text); /* as it is printed elsewhere */
    } else {
        (void)format_count((uint64_t)value, text);
    }
}

const char *result_server_words(const struct announcement *server,
                                char text[static SERVER_WORDS_SIZE])
{
    char interval[FORMAT_SIZE];
    const bool has_mode = announcement_has(server, ANNOUNCED_MODE);
    const bool has_version = announcement_has(server, ANNOUNCED_VERSION);
    int used = snprintf(text, SERVER_WORDS_SIZE, "comms-server%s%s%s%s", has_version ? " " : "",
                        has_version ? server->version : "", has_mode ? ", " : "",
                        has_mode ? mode_name(server->mode) : "");
    if (announcement_has(server, ANNOUNCED_INTERVAL)) {
        (void)snprintf(text + used, SERVER_WORDS_SIZE - (size_t)used, "%s%s",
                       server->interval_ns == 0 ? ", at full speed" : ", one number every ",
                       server->interval_ns == 0 ? ""
                                                : format_duration(server->interval_ns, interval));
    }
    return text;
}

bool result_follows_server(const struct result *result)
{
    return !result->plan->interval_is_given &&
           announcement_has(&result->server, ANNOUNCED_INTERVAL);
}
