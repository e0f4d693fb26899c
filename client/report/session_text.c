#include "client/report/session_text.h"

#include "shared/base/clock.h"
#include "shared/base/number.h"
#include "shared/base/text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

/* A unix socket has no port: its name stands in the port's place. */
static void print_target(const struct plan *plan)
{
    if (plan->port != 0) {
        (void)printf("Port: %" PRIu64 "\n", plan->port);
    } else {
        (void)fputs("Target: ", stdout);
        text_write(plan->target, stdout);
        (void)fputs("\n", stdout);
    }
}

void session_text_begin(const struct session_text *text)
{
    const struct plan *plan = text->plan;
    (void)printf("Mode: %s\n", client_mode_name(plan->mode));
    print_target(plan);
    if (plan->tls.is_on) {
        (void)printf("TLS: %s\n", plan_tls_words(plan));
    }
    (void)printf("N: %" PRIu32 "\n", plan->n);
    if (plan->mode != CLIENT_STATELESS) {
        char uuid[UUID_TEXT_SIZE];
        uuid_format(&plan->uuid, uuid);
        (void)printf("UUID: %s\n", uuid);
    }
    if (plan->size > 0) {
        char size[BYTES_TEXT_SIZE];
        (void)printf("Size: %s\n", bytes_write(plan->size, size));
    }
}

/* ---- The verdict ----------------------------------------------------------------------------- */

/* Prints the verdict once. Flushes it: the stream may stay open, and messages may go on to come. */
static void print_verdict(struct session_text *text, uint64_t sum, uint32_t checksum, bool good)
{
    const char *word = good ? "true" : "false";
    if (text->has_verdict) {
        return;
    }
    text->has_verdict = true;
    if (text->plan->mode == CLIENT_STATELESS) {
        (void)printf("Sum: %" PRIu64 "\nTest passed: %s\n", sum, word);
    } else {
        (void)printf("Checksum: %" PRIu32 "\nChecksum is valid: %s\n", checksum, word);
    }
    (void)output_flush(text->output);
}

/* ---- While the session runs ------------------------------------------------------------------ */

static void print_number(const struct session_text *text, const struct session_message *message)
{
    switch (message->verdict) {
    case VERDICT_NUMBER:
        if (!text->plan->quiet) {
            (void)printf("Response: %" PRIu64 " | Count: %" PRIu64 "\n", message->number,
                         message->count);
        }
        break;
    case VERDICT_POSITION:
    case VERDICT_WRONG_POSITION:
        (void)printf("Count set to: %" PRIu64 "\n", message->number);
        break;
    case VERDICT_CHECKSUM_SO_FAR:
    case VERDICT_WRONG_CHECKSUM_SO_FAR:
        (void)printf("Checksum set to: %" PRIu64 "\n", message->number);
        break;
    case VERDICT_LOST:
    case VERDICT_REPEATED:
    case VERDICT_REORDERED:
    case VERDICT_CORRUPT:
        (void)printf("Response: %" PRIu64 " | Count: %" PRIu64 "\n", message->number,
                     message->wrong_at);
        break;
    case VERDICT_CHECKSUM: /* print_verdict prints it */
    case VERDICT_WRONG_CHECKSUM:
    case VERDICT_SURPLUS:
    case VERDICT_MALFORMED:
    case VERDICT_WRONG_PADDING:
    case VERDICT_ENDED_EARLY:
    case VERDICT_WRONG_ATTEMPT:
        break;
    }
}

/* The verdict is known with the last message: a server may take its time to end the stream. */
static void print_message(void *context, unsigned stream, const struct session_message *message)
{
    struct session_text *text = context;
    (void)stream;
    print_number(text, message);
    if (message->is_last) {
        print_verdict(text, message->sum, message->checksum, message->is_good);
    }
}

static const char *break_words(enum break_cause cause)
{
    if (break_is_of_connecting(cause)) {
        return "cannot connect";
    }
    return cause == BREAK_TOO_LARGE ? "message too large" : "connection lost";
}

static void print_break(void *context, unsigned stream, const struct session_break *event)
{
    struct session_text *text = context;
    (void)stream;
    if (!event->resumes) {
        return; /* session_text_end prints it */
    }
    (void)output_flush(text->output);
    (void)fprintf(stderr, "%s (%s), retrying in %.1f s\n", break_words(event->kind.cause),
                  event->reason, (double)event->delay_ns / (double)NS_PER_S);
}

static bool flush_before_wait(void *context)
{
    struct session_text *text = context;
    return output_flush(text->output);
}

void session_text_init(struct session_text *text, const struct plan *plan, struct output *output)
{
    *text = (struct session_text){.plan = plan,
                                  .output = output,
                                  .listener = {.context = text,
                                               .message = print_message,
                                               .broken = print_break,
                                               .before_wait = flush_before_wait}};
}

/* ---- At its end ------------------------------------------------------------------------------ */

static void print_stop(struct session_text *text, const struct session_end *end, int signal_number)
{
    if (text->output->has_failed) {
        return; /* this stopped the session, and was reported */
    }
    if (end->mode == MODE_STATELESS) {
        (void)printf("Sum: %" PRIu64 "\n", end->sum);
    }
    (void)output_flush(text->output);
    (void)fprintf(stderr,
                  "comms-client: %s after %" PRIu64 " of %" PRIu32 " numbers, all of them right\n",
                  signal_number == SIGTERM ? "terminated" : "interrupted", end->count, end->n);
}

void session_text_end(struct session_text *text, const struct session_end *end, int signal_number)
{
    switch (end->result) {
    case SESSION_PROVEN:
        print_verdict(text, end->sum, end->checksum, true);
        break;
    case SESSION_VIOLATED:
        print_verdict(text, end->sum, end->checksum, false);
        (void)output_flush(text->output);
        (void)fprintf(stderr, "comms-client: %s\n", end->reason);
        break;
    case SESSION_UNREACHABLE:
        (void)output_flush(text->output);
        (void)fprintf(stderr,
                      "comms-client: gave up after %" PRIu64 " of %" PRIu32 " numbers: %s\n",
                      end->count, end->n, end->reason);
        break;
    case SESSION_REFUSED:
        (void)output_flush(text->output);
        (void)fprintf(stderr, "comms-client: the server refused: %s\n", end->reason);
        break;
    case SESSION_STOPPED:
        print_stop(text, end, signal_number);
        break;
    case SESSION_UNFINISHED:
        break;
    }
    (void)output_flush(text->output);
}
