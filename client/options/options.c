#include "client/options/options.h"

#include "client/options/option_rows.h"
#include "client/run/chaos.h"
#include "shared/base/clock.h"
#include "shared/base/number.h"
#include "shared/protocol/sequence.h"

#include <sodium.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    PORT_DEFAULT = 1337,
    TEST_N = 5,
    STATELESS_N_DEFAULT = 10,
    RANDOM_N_MAX = 4095,
    MANY_N_DEFAULT = 10
};

static const struct options *const table = &client_option_table;

static const char test_uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";

const char *client_mode_name(enum client_mode mode)
{
    return client_mode_names[mode];
}

static bool is_whole_target(const char *host)
{
    static const char *const schemes[] = {"unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:"};
    if (strstr(host, "://") != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncmp(host, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    const char *colon = strchr(host, ':');
    bool has_port = colon != NULL && colon == strrchr(host, ':');
    bool brackets_with_port = host[0] == '[' && strstr(host, "]:") != NULL;
    return has_port || brackets_with_port;
}

static bool make_target(const struct raw_options *raw, char target[static TARGET_SIZE])
{
    bool plain_ipv6 = strchr(raw->host, ':') != NULL && raw->host[0] != '[';
    int length;
    if (is_whole_target(raw->host)) {
        length = snprintf(target, TARGET_SIZE, "%s", raw->host);
    } else {
        length = snprintf(target, TARGET_SIZE, plain_ipv6 ? "[%s]:%u" : "%s:%u", raw->host,
                          (unsigned)raw->port);
    }
    return length > 0 && length < TARGET_SIZE;
}

static uint32_t n_max(enum client_mode mode)
{
    return mode == CLIENT_STATELESS ? SEQUENCE_N_DEFAULT_MAX : SEQUENCE_N_MAX;
}

uint32_t client_options_n_within(const struct client_options *options, int64_t time_ns)
{
    if (options->interval_ns == 0) {
        return SEQUENCE_N_DEFAULT_MAX;
    }
    int64_t n = time_ns / options->interval_ns + 1; /* the first one comes at once */
    return n < 1 ? 1 : n > SEQUENCE_N_DEFAULT_MAX ? SEQUENCE_N_DEFAULT_MAX : (uint32_t)n;
}

static bool is_test(enum client_mode mode)
{
    return mode == CLIENT_STATEFUL_TEST || mode == CLIENT_STATEFUL_TEST_RECONNECT;
}

static uint32_t n_default(const struct client_options *options)
{
    if (is_test(options->mode)) {
        return TEST_N;
    }
    if (options->duration_ns > 0) {
        return client_options_n_within(options, options->duration_ns);
    }
    if (options->streams > 1) {
        return MANY_N_DEFAULT;
    }
    return options->mode == CLIENT_STATELESS ? STATELESS_N_DEFAULT
                                             : 1 + randombytes_uniform(RANDOM_N_MAX);
}

static bool has_one_session(const struct client_options *options)
{
    return options->streams == 1 && options->duration_ns == 0;
}

bool client_options_are_plain(const struct client_options *options)
{
    return has_one_session(options) && !options->json_stream;
}

/* Reads the word after the mode: N, or LAST. */
static enum options_result read_operand(struct raw_options *raw, struct client_options *options)
{
    const char *word = raw->operand;
    uint64_t number = 0;
    if (options->mode == CLIENT_STATEFUL_TEST_RECONNECT) {
        if (word == NULL) {
            return options_complain(table, "stateful-test-reconnect needs LAST: the last number "
                                           "(or checksum) that was received");
        }
        if (number_parse(word, strlen(word), UINT32_MAX, &number) != NUMBER_OK) {
            return options_complain(table, "invalid LAST '%s': expected a number up to 4294967295",
                                    word);
        }
        options->last = (uint32_t)number;
        return OPTIONS_GO_ON;
    }
    if (word == NULL) {
        return OPTIONS_GO_ON;
    }
    if (raw->numbers != 0) {
        return options_complain(table, "N was given twice: as --numbers and as '%s'", word);
    }
    if (number_parse(word, strlen(word), n_max(options->mode), &number) != NUMBER_OK ||
        number < 1) {
        return options_complain(table, "invalid N '%s': expected a number from 1 to %u", word,
                                n_max(options->mode));
    }
    raw->numbers = number;
    return OPTIONS_GO_ON;
}

static enum options_result read_connections(struct raw_options *raw, struct client_options *options)
{
    const char *word = raw->connections;
    if (strcmp(word, "auto") == 0) {
        options->connections = (options->streams + STREAMS_A_CONNECTION - 1) / STREAMS_A_CONNECTION;
        return OPTIONS_GO_ON;
    }
    uint64_t number = 0;
    if (number_parse(word, strlen(word), options->streams, &number) != NUMBER_OK || number < 1) {
        return options_complain(table,
                                "invalid --connections '%s': expected auto, or a number from 1 to "
                                "%u, that of the streams",
                                word, options->streams);
    }
    options->connections = (unsigned)number;
    return OPTIONS_GO_ON;
}

static enum options_result read_chaos(struct raw_options *raw, struct client_options *options)
{
    uint64_t seed;
    randombytes_buf(&seed, sizeof seed);
    seed %= UINT64_C(1) << 32; /* short enough to be typed again */
    if (raw->seed != NULL &&
        number_parse(raw->seed, strlen(raw->seed), UINT64_MAX, &seed) != NUMBER_OK) {
        return options_complain(table, "invalid --seed '%s': expected a number", raw->seed);
    }
    options->chaos.seed = seed;
    const char *wrong = raw->chaos == NULL ? NULL : chaos_parse(raw->chaos, &options->chaos);
    if (wrong == NULL && options->chaos.stall_fraction > 0 && options->stall_timeout_ns == 0) {
        wrong = "nothing resumes a silent stream without --stall-timeout";
    }
    return wrong == NULL ? OPTIONS_GO_ON
                         : options_complain(table, "invalid --chaos '%s': %s", raw->chaos, wrong);
}

static enum options_result read_bounds(struct raw_options *raw, struct client_options *options)
{
    for (size_t i = 0; i < raw->fail_on.count; i++) {
        char wrong[BOUND_ERROR_SIZE];
        if (!bounds_add(&options->bounds, raw->fail_on.items[i], wrong)) {
            return options_complain(table, "invalid --fail-on '%s': %s", raw->fail_on.items[i],
                                    wrong);
        }
    }
    return OPTIONS_GO_ON;
}

static enum options_result read_uuid(struct raw_options *raw, struct client_options *options)
{
    options->uuid = uuid_random();
    const char *uuid = raw->uuid;
    if (uuid != NULL && options->mode == CLIENT_STATELESS) {
        return options_complain(table, "--uuid needs a stateful mode: -m stateful");
    }
    if (uuid != NULL && !has_one_session(options)) {
        return options_complain(table, "--uuid names one session: no --streams, no --duration");
    }
    if (uuid == NULL && is_test(options->mode)) {
        uuid = test_uuid;
    }
    if (uuid != NULL && !uuid_parse(uuid, strlen(uuid), &options->uuid)) {
        return options_complain(table, "invalid --uuid '%s': expected as %s", uuid, test_uuid);
    }
    return OPTIONS_GO_ON;
}

static enum options_result read_n(struct raw_options *raw, struct client_options *options)
{
    enum options_result result = read_operand(raw, options);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (raw->numbers > n_max(options->mode)) {
        return options_complain(table, "invalid --numbers: expected a number from 1 to %u",
                                n_max(options->mode));
    }
    options->n = raw->numbers == 0 ? n_default(options) : (uint32_t)raw->numbers;
    options->n_fits = raw->numbers == 0 && options->duration_ns > 0;
    return OPTIONS_GO_ON;
}

static enum options_result put_together(struct raw_options *raw, struct client_options *options)
{
    *options = (struct client_options){.mode = (enum client_mode)raw->mode,
                                       .port = raw->port,
                                       .retry_timeout_ns = raw->retry_timeout_ns,
                                       .stall_timeout_ns = raw->stall_timeout_ns,
                                       .quiet = raw->quiet,
                                       .streams = (unsigned)raw->streams,
                                       .duration_ns = raw->duration_ns,
                                       .ramp_ns = raw->ramp_ns,
                                       .warmup_ns = raw->warmup_ns,
                                       .interval_ns = raw->interval_ns,
                                       .max_lateness_ns = raw->max_lateness_ns,
                                       .report_every_ns = raw->report_every_ns,
                                       .json_file = raw->json_file,
                                       .html_file = raw->html_file,
                                       .json_stream = raw->json_stream};
    if (!make_target(raw, options->target)) {
        return options_complain(table, "invalid --host: expected at most %d characters",
                                TARGET_SIZE - 1);
    }
    if (is_test(options->mode) && !has_one_session(options)) {
        return options_complain(table, "%s is one session: no --streams, no --duration",
                                client_mode_name(options->mode));
    }
    if (options->duration_ns > 0 && options->ramp_ns >= options->duration_ns) {
        return options_complain(table, "invalid --ramp: expected less than --duration");
    }
    if (options->report_every_ns == 0) {
        return options_complain(table, "invalid --report-every: expected more than 0");
    }
    enum options_result (*const readers[])(struct raw_options *, struct client_options *) = {
        read_n, read_uuid, read_connections, read_chaos, read_bounds};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        enum options_result result = readers[i](raw, options);
        if (result != OPTIONS_GO_ON) {
            return result;
        }
    }
    return OPTIONS_GO_ON;
}

enum options_result client_options_parse(struct client_options *options, int argc, char **argv)
{
    struct raw_options raw = {.mode = CLIENT_STATELESS,
                              .port = PORT_DEFAULT,
                              .host = "127.0.0.1",
                              .retry_timeout_ns = 30 * NS_PER_S,
                              .stall_timeout_ns = 15 * NS_PER_S,
                              .streams = 1,
                              .connections = "auto",
                              .interval_ns = NS_PER_S,
                              .max_lateness_ns = CLOCK_NEVER,
                              .report_every_ns = NS_PER_S};
    *options = (struct client_options){.port = 0};
    int operands = argc;
    enum options_result result = options_parse(table, argc, argv, &raw, &operands);
    if (result == OPTIONS_GO_ON) {
        bool takes_word = raw.mode != CLIENT_STATEFUL_TEST;
        if (argc - operands > (takes_word ? 1 : 0)) {
            result = options_complain(table, "unexpected word '%s' (try --help)",
                                      argv[operands + (takes_word ? 1 : 0)]);
        }
    }
    if (result == OPTIONS_GO_ON) {
        raw.operand = operands < argc ? argv[operands] : NULL;
        result = put_together(&raw, options);
    }
    texts_cleanup(&raw.fail_on);
    return result;
}

void client_options_cleanup(struct client_options *options)
{
    bounds_cleanup(&options->bounds);
}
