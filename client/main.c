/*
 * comms-client: one stream or session, resumed until it is proven right.
 *
 * This thread runs the subscription; a second one takes the signals.
 */
#include "client/channel.h"
#include "client/interrupt.h"
#include "client/loop.h"
#include "client/options.h"
#include "client/report.h"
#include "client/subscription.h"
#include "shared/grpc_setup.h"
#include "shared/log.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>

/* proto/PROTOCOL.md, "The client"; 74 is EX_IOERR of sysexits.h. */
enum {
    EXIT_VIOLATED = 1,
    EXIT_UNREACHABLE = 2,
    EXIT_REFUSED = 3,
    EXIT_OUTPUT = 74,
    EXIT_SIGNAL = 128
};

static void set_verifier(struct subscription *subscription, const struct client_options *options)
{
    struct verifier *verifier = &subscription->verifier;
    switch (options->mode) {
    case CLIENT_STATELESS:
        verifier_init_stateless(verifier, options->n);
        break;
    case CLIENT_STATEFUL:
    case CLIENT_STATEFUL_TEST:
        verifier_init_stateful(verifier, &options->uuid, options->n);
        break;
    case CLIENT_STATEFUL_TEST_RECONNECT:
        verifier_init_joining(verifier, &options->uuid, options->n, options->last);
        subscription->joining = true;
        break;
    }
}

static int exit_status(const struct subscription *subscription, int signal_number)
{
    if (!report_flush()) {
        return EXIT_OUTPUT;
    }
    switch (subscription->result) {
    case RESULT_PROVEN:
        return EXIT_SUCCESS;
    case RESULT_VIOLATED:
        return EXIT_VIOLATED;
    case RESULT_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case RESULT_REFUSED:
        return EXIT_REFUSED;
    case RESULT_STOPPED:
    case RESULT_NONE:
        break;
    }
    return EXIT_SIGNAL + signal_number;
}

static int run(const struct client_options *options)
{
    const struct subscription_settings settings = {.retry_timeout_ns = options->retry_timeout_ns,
                                                   .stall_timeout_ns = options->stall_timeout_ns,
                                                   .clock = &clock_monotonic,
                                                   .listener = &report_listener};
    struct channel channel;
    if (!channel_init(&channel, options->target)) {
        (void)fprintf(stderr, "comms-client: out of memory\n");
        return EXIT_UNREACHABLE;
    }
    struct loop loop;
    loop_init(&loop);
    struct interrupt interrupt;
    int status = EXIT_UNREACHABLE;
    if (interrupt_start(&interrupt, &loop) == 0) {
        struct subscription subscription;
        subscription_init(&subscription, &settings, &channel, loop.queue);
        set_verifier(&subscription, options);
        report_beginning(options);
        subscription_start(&subscription);
        loop_run(&loop, &subscription, report_flush);
        int signal_number = interrupt_stop(&interrupt);
        report_end(&subscription, signal_number);
        status = exit_status(&subscription, signal_number);
    } else {
        (void)fprintf(stderr, "comms-client: cannot start a thread\n");
    }
    loop_cleanup(&loop);
    channel_cleanup(&channel);
    return status;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "comms-client: no source of random numbers\n");
        return EXIT_UNREACHABLE;
    }
    struct client_options options;
    switch (client_options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_GO_ON:
        break;
    }
    report_set_quiet(options.quiet);
    log_set_level(LOG_LEVEL_ERROR);
    interrupt_block();
    /* Names are resolved as everywhere else on the system, not by C core's own DNS client. */
    (void)setenv("GRPC_DNS_RESOLVER", "native", 0); /* NOLINT(concurrency-mt-unsafe) */
    grpc_setup();
    int status = run(&options);
    grpc_teardown();
    return status;
}
