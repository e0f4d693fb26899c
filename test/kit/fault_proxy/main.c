/* The fault proxy as a program: one fault on the first connections. */
#define _GNU_SOURCE
#include "shared/base/number.h"
#include "test/kit/fault_proxy/fault_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64, CONNECTIONS_MAX = 1000000 };

static const char usage[] =
    "usage: fault-proxy --target 127.0.0.1:PORT [--port PORT] [--connections N]\n"
    "           [--fault cut|reset|stall|half-close|corrupt]\n"
    "           [--after-bytes N | --after-messages N | --before-message N] [--stall-ms N]\n"
    "Forwards connections to the target. The first N of them (1) suffer the fault once that much "
    "has\n"
    "passed from the target to the client; a message is a gRPC message. --stall-ms: a stall "
    "ends.\n";

_Noreturn static void usage_fail(const char *what, const char *value)
{
    fprintf(stderr, "fault-proxy: %s: %s\n%s", what, value, usage);
    exit(EXIT_USAGE);
}

static uint64_t amount_parse(const char *text, uint64_t max)
{
    uint64_t amount = 0;
    if (number_parse(text, strlen(text), max, &amount) != NUMBER_OK) {
        usage_fail("not a number that fits", text);
    }
    return amount;
}

static struct sockaddr_in target_parse(const char *text)
{
    struct sockaddr_in target = {.sin_family = AF_INET};
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof host;
    if (length >= sizeof host) {
        usage_fail("not an IPv4 address and a port", text);
    }
    memcpy(host, text, length);
    host[length] = '\0';
    if (inet_pton(AF_INET, host, &target.sin_addr) != 1) {
        usage_fail("not an IPv4 address and a port", text);
    }
    target.sin_port = htons((uint16_t)amount_parse(colon + 1, UINT16_MAX));
    return target;
}

struct settings {
    struct fault_proxy_options options;
    struct fault fault;
    size_t connections;
};

static enum fault_kind kind_parse(const char *text)
{
    enum fault_kind kind = fault_kind_parse(text);
    if (kind == FAULT_NONE || kind == FAULT_HOLD) { /* there is nobody to give the command */
        usage_fail("no such fault", text);
    }
    return kind;
}

static void settings_take(struct settings *settings, int option, const char *value)
{
    struct fault *fault = &settings->fault;
    switch (option) {
    case 't':
        settings->options.target = target_parse(value);
        break;
    case 'p':
        settings->options.port = (uint16_t)amount_parse(value, UINT16_MAX);
        break;
    case 'f':
        fault->kind = kind_parse(value);
        break;
    case 'b':
    case 'm':
    case 'M':
        fault->amount = amount_parse(value, UINT64_MAX);
        fault->unit = option == 'b'   ? FAULT_AFTER_BYTES
                      : option == 'm' ? FAULT_AFTER_MESSAGES
                                      : FAULT_BEFORE_MESSAGE;
        break;
    case 's':
        fault->stall_ms = (int)amount_parse(value, INT32_MAX);
        break;
    case 'n':
        settings->connections = (size_t)amount_parse(value, CONNECTIONS_MAX);
        break;
    case 'h':
        fputs(usage, stdout);
        exit(EXIT_SUCCESS);
    default:
        fputs(usage, stderr);
        exit(EXIT_USAGE);
    }
}

static struct settings settings_parse(int argc, char *argv[])
{
    static const struct option known[] = {
        {"target", required_argument, NULL, 't'},
        {"port", required_argument, NULL, 'p'},
        {"fault", required_argument, NULL, 'f'},
        {"after-bytes", required_argument, NULL, 'b'},
        {"after-messages", required_argument, NULL, 'm'},
        {"before-message", required_argument, NULL, 'M'},
        {"stall-ms", required_argument, NULL, 's'},
        {"connections", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct settings settings = {.options.log = stderr, .connections = 1};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        settings_take(&settings, option, optarg);
    }
    if (optind < argc) {
        usage_fail("takes options only, not", argv[optind]);
    }
    if (settings.options.target.sin_port == 0) {
        usage_fail("missing", "--target");
    }
    return settings;
}

int main(int argc, char *argv[])
{
    struct settings settings = settings_parse(argc, argv);
    struct fault *plan = calloc(settings.connections + 1, sizeof *plan);
    if (plan == NULL) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < settings.connections; i++) {
        plan[i] = settings.fault;
    }
    settings.options.plan = plan;
    settings.options.plan_length = settings.connections;

    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    struct fault_proxy *proxy = fault_proxy_start(&settings.options);
    free(plan);
    if (proxy == NULL) {
        fprintf(stderr, "fault-proxy: cannot listen on 127.0.0.1:%u: %s\n", settings.options.port,
                strerror(errno));
        return EXIT_FAILURE;
    }
    printf("listening on 127.0.0.1:%u\n", fault_proxy_port(proxy));
    fflush(stdout);
    int number;
    sigwait(&ends, &number);
    fault_proxy_stop(proxy);
    return EXIT_SUCCESS;
}
