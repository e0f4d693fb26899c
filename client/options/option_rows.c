#include "client/options/option_rows.h"

#include "client/options/channel_option.h"
#include "client/options/compare_options.h"
#include "client/options/header_option.h"
#include "client/options/output_option.h"
#include "client/options/pace_option.h"
#include "client/options/tls_option.h"
#include "shared/grpc/core_version.h"
#include "shared/protocol/padding.h"
#include "shared/protocol/sequence.h"

#include <stddef.h>

enum { STREAMS_MAX = 1000000 };

static const char description[] =
    "Receives numbers from a comms-server and compares each with the number that the\n"
    "client computes itself. Resumes a stream that breaks, until every number has\n"
    "come and was right. With many streams it also measures: it proves that a network\n"
    "path loses, repeats, swaps and changes no number, or shows where it does.\n"
    "\n"
    "comms-client compare A.json B.json says what got better or worse between two\n"
    "results (see compare --help).\n"
    "\n"
    "Modes: stateless [N]                 N numbers (10), each three times the last\n"
    "       stateful [N]                  a session of N numbers (a random 1 to 4095)\n"
    "       stateful-test                 the original client's session, whose uuid\n"
    "                                     and N (5) are known\n"
    "       stateful-test-reconnect LAST  resumes that session after the message of\n"
    "                                     value LAST";

static const char ending[] =
    "Exit status: 0 every number came and was right; 1 something was wrong, and the\n"
    "output says what and where; 2 the server could not be reached, or not again, or\n"
    "the client could not start; 3 the server refused; 4 at least one stream did not\n"
    "finish; 5 all was right, but a --fail-on condition holds or was not measured; 64\n"
    "wrong usage; 74 the output could not be written; 130 interrupted (SIGINT); 141\n"
    "nobody reads the output any more; 143 terminated (SIGTERM).\n"
    "\n"
    "Metrics of --fail-on: first_, resume_, gap_ or late_, followed by p50, p90, p99,\n"
    "p999 or max (times); breaks, resumes, failed_attempts, late, lost, repeated,\n"
    "reordered, corrupt, violations (counts); throughput (numbers a second),\n"
    "throughput_bytes (bytes a second, with --size). A metric that was not measured\n"
    "fails too (a resume_ without a resume, a late_ at full speed); it passes with\n"
    "'or none': 'resume_p99>2s or none'.\n";

static const char *check_host(const char *text)
{
    struct target target;
    const char *wrong = target_parse(text, TARGET_TO_CONNECT, &target);
    return wrong == NULL ? target_check_scope(&target) : wrong;
}

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Which server"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "TCP port of the server (1337)",
     .min = 1,
     .max = TARGET_PORT_MAX,
     .field = offsetof(struct client_options, port)},
    {.kind = OPTION_TEXT,
     .name = "host",
     .argument = "HOST",
     .help = "address or name of the server, with or without a\n"
             "port: HOST, HOST:PORT, [IPV6]:PORT; or unix:PATH,\n"
             "unix-abstract:NAME, dns:///HOST:PORT (127.0.0.1)",
     .check = check_host,
     .field = offsetof(struct client_options, host)},
    {.kind = OPTION_FLAG,
     .name = "ipv4",
     .letter = '4',
     .help = "connect only to IPv4 addresses of the server",
     .field = offsetof(struct client_options, ipv4)},
    {.kind = OPTION_FLAG,
     .name = "ipv6",
     .letter = '6',
     .help = "connect only to IPv6 addresses of the server (::1\n"
             "without --host)",
     .field = offsetof(struct client_options, ipv6)},
    {.kind = OPTION_CHOICE,
     .name = "load-balancing",
     .argument = "POLICY",
     .help = "for a name with several addresses: pick_first, a\n"
             "connection goes to the first that takes it;\n"
             "round_robin, it is one to each, and its streams take\n"
             "turns (pick_first)",
     .choices = channel_option_policies,
     .field = offsetof(struct client_options, load_balancing)},
    {.kind = OPTION_HEADING, .help = "TLS, which each of these options turns on"},
    {.kind = OPTION_FLAG,
     .name = "tls",
     .help = "speak TLS; trust the authorities (CAs) of the system",
     .field = offsetof(struct client_options, plan.tls.is_on)},
    {.kind = OPTION_TEXT,
     .name = "tls-ca",
     .argument = "FILE",
     .help = "trust the PEM certificates in FILE in place of the\n"
             "system's",
     .field = offsetof(struct client_options, plan.tls.paths.authorities)},
    {.kind = OPTION_TEXT,
     .name = "tls-cert",
     .argument = "FILE",
     .help = "PEM certificate of the client, for mutual TLS;\n"
             "behind it its intermediate authorities; needs\n"
             "--tls-key",
     .field = offsetof(struct client_options, plan.tls.paths.certificate)},
    {.kind = OPTION_TEXT,
     .name = "tls-key",
     .argument = "FILE",
     .help = "PEM private key of --tls-cert, without a passphrase",
     .field = offsetof(struct client_options, plan.tls.paths.key)},
    {.kind = OPTION_TEXT,
     .name = "tls-server-name",
     .argument = "NAME",
     .help = "name that the server's certificate is for, and that\n"
             "is sent to it (the host of --host)",
     .check = tls_option_check_name,
     .field = offsetof(struct client_options, tls_server_name)},
    {.kind = OPTION_FLAG,
     .name = "insecure-skip-verify",
     .help = "take whoever answers for the server: for tests only",
     .field = offsetof(struct client_options, plan.tls.skips_verification)},
    {.kind = OPTION_HEADING, .help = "What each call tells"},
    {.kind = OPTION_TEXTS,
     .name = "header",
     .argument = "HEADER",
     .help = "'name: value' goes with each call, such as\n"
             "'x-tenant: blue'; in base64 if name ends in -bin;\n"
             "repeatable",
     .check = header_option_check,
     .field = offsetof(struct client_options, headers)},
    {.kind = OPTION_TEXT,
     .name = "authority",
     .argument = "NAME",
     .help = "the :authority of each call (HOST:PORT of --host, or\n"
             "the name of --tls-server-name)",
     .check = channel_option_check_authority,
     .field = offsetof(struct client_options, plan.channel.authority)},
    {.kind = OPTION_TEXT,
     .name = "user-agent",
     .argument = "TEXT",
     .help = "what the user-agent of each call begins with; gRPC's\n"
             "own follows",
     .check = channel_option_check_user_agent,
     .field = offsetof(struct client_options, plan.channel.user_agent)},
    {.kind = OPTION_HEADING, .help = "Which numbers"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "one of the modes above (stateless)",
     .choices = client_mode_names,
     .field = offsetof(struct client_options, mode)},
    {.kind = OPTION_NUMBER,
     .name = "numbers",
     .letter = 'n',
     .argument = "N",
     .help = "numbers of a session, the same as N after the mode",
     .min = 1,
     .max = SEQUENCE_N_MAX,
     .field = offsetof(struct client_options, numbers)},
    {.kind = OPTION_BYTES,
     .name = "size",
     .argument = "BYTES",
     .help = "bytes of padding in each message, which the client\n"
             "checks: 1500, 16KiB, up to 1MiB (0); the server\n"
             "must allow them",
     .max = PADDING_MAX,
     .field = offsetof(struct client_options, size)},
    {.kind = OPTION_TEXT,
     .name = "uuid",
     .argument = "UUID",
     .help = "uuid of the session (a random one)",
     .field = offsetof(struct client_options, uuid)},
    {.kind = OPTION_TEXT,
     .name = "rate",
     .argument = "N",
     .help = "numbers a second that each stream asks the server\n"
             "for, such as 10 or 0.5; the server sends no faster\n"
             "than its own --interval (as fast as the server)",
     .check = pace_option_check_rate,
     .field = offsetof(struct client_options, plan.rate)},
    {.kind = OPTION_HEADING, .help = "How many streams, for how long"},
    {.kind = OPTION_NUMBER,
     .name = "streams",
     .letter = 's',
     .other_letter = 'P',
     .argument = "N",
     .help = "streams that run at the same time (1)",
     .min = 1,
     .max = STREAMS_MAX,
     .field = offsetof(struct client_options, streams)},
    {.kind = OPTION_TEXT,
     .name = "connections",
     .letter = 'c',
     .argument = "N",
     .help = "connections that the streams share; auto: at most\n"
             "100 streams on each, because proxies hold back more\n"
             "(auto)",
     .field = offsetof(struct client_options, connections)},
    {.kind = OPTION_DURATION,
     .name = "duration",
     .letter = 'd',
     .other_letter = 't',
     .in_seconds = true,
     .argument = "TIME",
     .help = "until this time each session that finishes is\n"
             "followed by a new one; without N a session has as\n"
             "many numbers as fit (0: one session a stream)",
     .field = offsetof(struct client_options, plan.duration_ns)},
    {.kind = OPTION_DURATION,
     .name = "ramp",
     .argument = "TIME",
     .help = "time over which the streams start, one after another\n"
             "(0)",
     .field = offsetof(struct client_options, plan.ramp_ns)},
    {.kind = OPTION_HEADING, .help = "What is measured"},
    {.kind = OPTION_DURATION,
     .name = "interval",
     .argument = "TIME",
     .help = "time between two numbers by which lateness is judged\n"
             "(what the server announces, or 1s); 0: full speed,\n"
             "no number is late",
     .field = offsetof(struct client_options, plan.interval_ns)},
    {.kind = OPTION_DURATION,
     .name = "max-lateness",
     .argument = "TIME",
     .help = "a number that is later than this is a violation (no\n"
             "limit)",
     .field = offsetof(struct client_options, plan.max_lateness_ns)},
    {.kind = OPTION_DURATION,
     .name = "warmup",
     .argument = "TIME",
     .help = "time at the start that throughput and histograms\n"
             "leave out (0); must leave something to measure",
     .field = offsetof(struct client_options, plan.warmup_ns)},
    {.kind = OPTION_HEADING, .help = "When a stream breaks, and how to have it break"},
    {.kind = OPTION_DURATION,
     .name = "retry-timeout",
     .argument = "TIME",
     .help = "time without a number after which a stream that\n"
             "broke, or could not begin, gives up (30s); 0: it is\n"
             "never resumed",
     .field = offsetof(struct client_options, plan.retry_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "connect-timeout",
     .argument = "TIME",
     .help = "time for each address of the server to be connected\n"
             "(5s, or less with shorter time-outs)",
     .field = offsetof(struct client_options, plan.connect_timeout_ns)},
    {.kind = OPTION_FLAG,
     .name = "retry-connect",
     .help = "wait for the first connection of the run, too; else\n"
             "the run ends at once if it is refused, if there is\n"
             "no such host, or if another protocol answers",
     .field = offsetof(struct client_options, plan.retries_connect)},
    {.kind = OPTION_DURATION,
     .name = "stall-timeout",
     .argument = "TIME",
     .help = "time without a message after which a stream is\n"
             "cancelled and resumed (3 intervals, at least 15s);\n"
             "0: never",
     .field = offsetof(struct client_options, plan.stall_timeout_ns)},
    {.kind = OPTION_TEXT,
     .name = "chaos",
     .argument = "WHAT",
     .help = "cut=2s,stall=1%: break a connection at random times,\n"
             "2 s apart on average: 99 % are cut, 1 % fall silent",
     .field = offsetof(struct client_options, chaos)},
    {.kind = OPTION_TEXT,
     .name = "seed",
     .argument = "N",
     .help = "seed of the random times of --chaos; the same seed\n"
             "repeats them (a random one)",
     .field = offsetof(struct client_options, seed)},
    {.kind = OPTION_HEADING, .help = "What it says, and when it fails"},
    {.kind = OPTION_FLAG,
     .name = "quiet",
     .letter = 'q',
     .help = "print no line for each number or interval, only\n"
             "breaks and the verdict",
     .field = offsetof(struct client_options, plan.quiet)},
    {.kind = OPTION_DURATION,
     .name = "report-every",
     .letter = 'i',
     .in_seconds = true,
     .argument = "TIME",
     .help = "time from one line of many streams, or one interval\n"
             "of the files, to the next (1s)",
     .field = offsetof(struct client_options, plan.report_every_ns)},
    {.kind = OPTION_TEXT,
     .name = "json",
     .letter = 'J',
     .letter_value = OUTPUT_STDOUT,
     .argument = "FILE",
     .help = "write the whole result to FILE, as JSON; -J is\n"
             "--json -: to standard output, and all text goes to\n"
             "standard error then; so with the options below",
     .check = output_option_check,
     .field = offsetof(struct client_options, plan.json_file)},
    {.kind = OPTION_TEXT,
     .name = "json-stream",
     .argument = "FILE",
     .help = "write JSON to FILE while the run goes on: a line for\n"
             "its start, each interval, breaks, and its end",
     .check = output_option_check,
     .field = offsetof(struct client_options, plan.json_stream_file)},
    {.kind = OPTION_TEXT,
     .name = "csv",
     .argument = "FILE",
     .help = "write a row for each interval to FILE, as CSV",
     .check = output_option_check,
     .field = offsetof(struct client_options, plan.csv_file)},
    {.kind = OPTION_TEXT,
     .name = "prometheus",
     .argument = "FILE",
     .help = "write the result to FILE, for the textfile collector\n"
             "of Prometheus's node_exporter",
     .check = output_option_check,
     .field = offsetof(struct client_options, plan.prometheus_file)},
    {.kind = OPTION_TEXT,
     .name = "html",
     .argument = "FILE",
     .help = "write the result to FILE, as a page with plots",
     .check = output_option_check,
     .field = offsetof(struct client_options, plan.html_file)},
    {.kind = OPTION_TEXTS,
     .name = "fail-on",
     .argument = "WHEN",
     .help = "exit 5 if this holds at the end, or was not\n"
             "measured: 'resume_p99>2s', 'resume_p99>2s or none';\n"
             "repeatable",
     .field = offsetof(struct client_options, fail_on)},
};

const struct options client_option_table = {.program = "comms-client",
                                            .commands = &compare_option_table,
                                            .usage = "[OPTION…] [-m MODE] [N | LAST]",
                                            .description = description,
                                            .ending = ending,
                                            .rows = rows,
                                            .row_count = sizeof rows / sizeof rows[0],
                                            .describe_libraries = core_version_describe};
