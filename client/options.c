#include "client/options.h"

#include "shared/clock.h"
#include "shared/number.h"
#include "shared/sequence.h"

#include <sodium.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    PORT_DEFAULT = 1337,
    PORT_MAX = 65535,
    TEST_N = 5,
    STATELESS_N_DEFAULT = 10,
    RANDOM_N_MAX = 4095
};

static const char test_uuid[] = "a17417a0-aa39-40b5-8675-247713cc4908";

static const char *const modes[] = {[CLIENT_STATELESS] = "stateless",
                                    [CLIENT_STATEFUL] = "stateful",
                                    [CLIENT_STATEFUL_TEST] = "stateful-test",
                                    [CLIENT_STATEFUL_TEST_RECONNECT] = "stateful-test-reconnect",
                                    NULL};

static const char description[] =
    "Receives numbers from a comms-server, checks each against the sequence that it computes\n"
    "itself, and resumes a stream that breaks, until every number has come and was right.\n"
    "\n"
    "Modes: stateless [N]                 N numbers (10), each three times the last\n"
    "       stateful [N]                  a session of N numbers (a random 1 to 4095)\n"
    "       stateful-test                 the session of the original client: a known uuid, N 5\n"
    "       stateful-test-reconnect LAST  goes on with that session after the message LAST";

static const char ending[] =
    "Exit status: 0 every number came and was right; 1 something was wrong: stderr says what and\n"
    "where; 2 the server could not be reached, or not again; 3 the server refused; 64 wrong\n"
    "usage; 74 the output could not be written; 130 interrupted.\n";

const char *client_mode_name(enum client_mode mode)
{
    return modes[mode];
}

/* What the command line said, before it is put together. */
struct raw {
    size_t mode;
    uint64_t port;
    const char *host;
    const char *uuid;
    uint64_t numbers; /* 0: not given */
    int64_t retry_timeout_ns;
    int64_t stall_timeout_ns;
    bool quiet;
    const char *operand; /* the word after the options, or NULL */
};

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Which server"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "its TCP port (1337)",
     .min = 1,
     .max = PORT_MAX,
     .field = offsetof(struct raw, port)},
    {.kind = OPTION_TEXT,
     .name = "host",
     .argument = "HOST",
     .help = "its address or name, or a whole target such as\n"
             "unix:/run/comms.sock or dns:///host:1337 (127.0.0.1)",
     .field = offsetof(struct raw, host)},
    {.kind = OPTION_HEADING, .help = "Which numbers"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "see above (stateless)",
     .choices = modes,
     .field = offsetof(struct raw, mode)},
    {.kind = OPTION_NUMBER,
     .name = "numbers",
     .letter = 'n',
     .argument = "N",
     .help = "how many",
     .min = 1,
     .max = SEQUENCE_N_MAX,
     .field = offsetof(struct raw, numbers)},
    {.kind = OPTION_TEXT,
     .name = "uuid",
     .argument = "UUID",
     .help = "of the session (a random one)",
     .field = offsetof(struct raw, uuid)},
    {.kind = OPTION_HEADING, .help = "When the stream breaks"},
    {.kind = OPTION_DURATION,
     .name = "retry-timeout",
     .argument = "TIME",
     .help = "give up when no number came for so long (30s)",
     .field = offsetof(struct raw, retry_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "stall-timeout",
     .argument = "TIME",
     .help = "break off and resume when no message came for so long;\n"
             "more than the server's interval (15s); 0: never",
     .field = offsetof(struct raw, stall_timeout_ns)},
    {.kind = OPTION_HEADING, .help = "What it says"},
    {.kind = OPTION_FLAG,
     .name = "quiet",
     .letter = 'q',
     .help = "no line a number, only resumes and the verdict",
     .field = offsetof(struct raw, quiet)},
};

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

static bool make_target(const struct raw *raw, char target[static TARGET_SIZE])
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

static uint32_t n_default(enum client_mode mode)
{
    switch (mode) {
    case CLIENT_STATELESS:
        return STATELESS_N_DEFAULT;
    case CLIENT_STATEFUL:
        return 1 + randombytes_uniform(RANDOM_N_MAX);
    case CLIENT_STATEFUL_TEST:
    case CLIENT_STATEFUL_TEST_RECONNECT:
        break;
    }
    return TEST_N;
}

/* Reads the word after the mode: N, or LAST. */
static enum options_result read_operand(const struct options *table, struct raw *raw,
                                        struct client_options *options)
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

static enum options_result put_together(const struct options *table, struct raw *raw,
                                        struct client_options *options)
{
    *options = (struct client_options){.mode = (enum client_mode)raw->mode,
                                       .port = raw->port,
                                       .retry_timeout_ns = raw->retry_timeout_ns,
                                       .stall_timeout_ns = raw->stall_timeout_ns,
                                       .quiet = raw->quiet};
    if (!make_target(raw, options->target)) {
        return options_complain(table, "invalid --host: expected at most %d characters",
                                TARGET_SIZE - 1);
    }

    enum options_result result = read_operand(table, raw, options);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (raw->numbers > n_max(options->mode)) {
        return options_complain(table, "invalid --numbers: expected a number from 1 to %u",
                                n_max(options->mode));
    }
    options->n = raw->numbers == 0 ? n_default(options->mode) : (uint32_t)raw->numbers;

    if (options->mode == CLIENT_STATELESS) {
        return raw->uuid == NULL
                   ? OPTIONS_GO_ON
                   : options_complain(table, "--uuid needs a stateful mode: -m stateful");
    }
    options->uuid = uuid_random();
    const char *uuid = raw->uuid;
    if (uuid == NULL && options->mode != CLIENT_STATEFUL) {
        uuid = test_uuid;
    }
    if (uuid != NULL && !uuid_parse(uuid, strlen(uuid), &options->uuid)) {
        return options_complain(table, "invalid --uuid '%s': expected as %s", uuid, test_uuid);
    }
    return OPTIONS_GO_ON;
}

enum options_result client_options_parse(struct client_options *options, int argc, char **argv)
{
    struct raw raw = {.mode = CLIENT_STATELESS,
                      .port = PORT_DEFAULT,
                      .host = "127.0.0.1",
                      .retry_timeout_ns = 30 * NS_PER_S,
                      .stall_timeout_ns = 15 * NS_PER_S};
    const struct options table = {.program = "comms-client",
                                  .usage = "[OPTION…] [-m MODE] [N | LAST]",
                                  .description = description,
                                  .ending = ending,
                                  .rows = rows,
                                  .row_count = sizeof rows / sizeof rows[0]};
    int operands = argc;
    enum options_result result = options_parse(&table, argc, argv, &raw, &operands);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    bool takes_word = raw.mode != CLIENT_STATEFUL_TEST;
    if (argc - operands > (takes_word ? 1 : 0)) {
        return options_complain(&table, "unexpected word '%s' (try --help)",
                                argv[operands + (takes_word ? 1 : 0)]);
    }
    raw.operand = operands < argc ? argv[operands] : NULL;
    return put_together(&table, &raw, options);
}
