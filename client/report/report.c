#include "client/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool is_quiet;
static bool has_failed;

void report_set_quiet(bool quiet)
{
    is_quiet = quiet;
}

bool report_flush(void)
{
    if (!has_failed && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        has_failed = true;
        (void)fprintf(stderr, "comms-client: cannot write to standard output: %s\n",
                      strerror(errno)); /* NOLINT(concurrency-mt-unsafe): no other thread does */
    }
    return !has_failed;
}

void report_beginning(const struct plan *plan)
{
    (void)printf("Mode: %s\nPort: %" PRIu64 "\nN: %" PRIu32 "\n", client_mode_name(plan->mode),
                 plan->port, plan->n);
    if (plan->mode != CLIENT_STATELESS) {
        char uuid[UUID_TEXT_SIZE];
        uuid_format(&plan->uuid, uuid);
        (void)printf("UUID: %s\n", uuid);
    }
}

static void print_message(struct subscription *subscription, enum verdict verdict, uint64_t number)
{
    switch (verdict) {
    case VERDICT_NUMBER:
        if (!is_quiet) {
            (void)printf("Response: %" PRIu64 " | Count: %" PRIu64 "\n", number,
                         subscription->verifier.count);
        }
        break;
    case VERDICT_POSITION:
    case VERDICT_WRONG_POSITION:
        (void)printf("Count set to: %" PRIu64 "\n", number);
        break;
    case VERDICT_CHECKSUM_SO_FAR:
    case VERDICT_WRONG_CHECKSUM_SO_FAR:
        (void)printf("Checksum set to: %" PRIu64 "\n", number);
        break;
    case VERDICT_LOST:
    case VERDICT_REPEATED:
    case VERDICT_REORDERED:
    case VERDICT_CORRUPT:
        (void)printf("Response: %" PRIu64 " | Count: %" PRIu64 "\n", number,
                     subscription->verifier.wrong_at);
        break;
    case VERDICT_CHECKSUM: /* report_end prints it */
    case VERDICT_WRONG_CHECKSUM:
    case VERDICT_SURPLUS:
    case VERDICT_MALFORMED:
    case VERDICT_ENDED_EARLY:
        break;
    }
}

static void print_break(struct subscription *subscription, const struct break_event *event)
{
    if (!event->resumes) {
        return; /* report_end says it */
    }
    bool never_connected =
        event->kind.cause == BREAK_REFUSED || event->kind.cause == BREAK_UNREACHABLE;
    (void)report_flush();
    (void)fprintf(stderr, "%s (%s), retrying in %.1f s\n",
                  never_connected ? "cannot connect" : "connection lost", subscription->reason,
                  (double)event->delay_ns / (double)NS_PER_S);
}

const struct subscription_listener report_listener = {.message = print_message,
                                                      .broken = print_break};

static void print_verdict(const struct subscription *subscription, bool good)
{
    const struct verifier *verifier = &subscription->verifier;
    if (verifier->mode == MODE_STATELESS) {
        (void)printf("Sum: %" PRIu64 "\nTest passed: %s\n", verifier->sum, good ? "true" : "false");
    } else {
        (void)printf("Checksum: %" PRIu32 "\nChecksum is valid: %s\n", verifier_checksum(verifier),
                     good ? "true" : "false");
    }
}

static const char *signal_text(int signal_number)
{
    return signal_number == SIGTERM ? "terminated" : "interrupted";
}

void report_end(const struct subscription *subscription, int signal_number)
{
    const struct verifier *verifier = &subscription->verifier;
    const char *reason = subscription->reason;
    switch (subscription->result) {
    case RESULT_PROVEN:
        print_verdict(subscription, true);
        break;
    case RESULT_VIOLATED:
        print_verdict(subscription, false);
        (void)report_flush();
        (void)fprintf(stderr, "comms-client: %s\n", reason);
        break;
    case RESULT_UNREACHABLE:
        (void)report_flush();
        (void)fprintf(stderr,
                      "comms-client: gave up after %" PRIu64 " of %" PRIu32 " numbers: %s\n",
                      verifier->count, verifier->n, reason);
        break;
    case RESULT_REFUSED:
        (void)report_flush();
        (void)fprintf(stderr, "comms-client: the server refused: %s\n", reason);
        break;
    case RESULT_STOPPED:
        if (!has_failed) {
            if (verifier->mode == MODE_STATELESS) {
                (void)printf("Sum: %" PRIu64 "\n", verifier->sum);
            }
            (void)report_flush();
            (void)fprintf(stderr,
                          "comms-client: %s after %" PRIu64 " of %" PRIu32
                          " numbers, all of them right\n",
                          signal_text(signal_number), verifier->count, verifier->n);
        }
        break;
    case RESULT_NONE:
        break;
    }
    (void)report_flush();
}
