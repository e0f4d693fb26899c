#include "client/options/option_rows.h"

#include "shared/grpc/core_version.h"
#include "shared/protocol/sequence.h"

#include <stddef.h>

enum { PORT_MAX = 65535, STREAMS_MAX = 1000000 };

static const char description[] =
    "Receives numbers from a comms-server, checks each against the sequence that it computes\n"
    "itself, and resumes a stream that breaks, until every number has come and was right. With\n"
    "many streams it is an instrument: it proves that a path keeps them whole, or shows where "
    "not.\n"
    "\n"
    "Modes: stateless [N]                 N numbers (10), each three times the last\n"
    "       stateful [N]                  a session of N numbers (a random 1 to 4095)\n"
    "       stateful-test                 the session of the original client: a known uuid, N 5\n"
    "       stateful-test-reconnect LAST  goes on with that session after the message LAST";

static const char ending[] =
    "Exit status: 0 every number came and was right; 1 something was wrong: what and where is\n"
    "said; 2 the server could not be reached, or not again; 3 the server refused; 4 some stream\n"
    "did not finish; 5 a --fail-on condition holds; 64 wrong usage; 74 the output could not be\n"
    "written; 130 interrupted.\n"
    "\n"
    "Metrics of --fail-on: first_, resume_, gap_, late_ with p50, p90, p99, p999 or max (times);\n"
    "resumes, breaks, late, lost, repeated, reordered, corrupt, violations (how many);\n"
    "throughput (numbers a second).\n";

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Which server"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "its TCP port (1337)",
     .min = 1,
     .max = PORT_MAX,
     .field = offsetof(struct client_options, plan.port)},
    {.kind = OPTION_TEXT,
     .name = "host",
     .argument = "HOST",
     .help = "its address or name, or a whole target such as\n"
             "unix:/run/comms.sock or dns:///host:1337 (127.0.0.1)",
     .field = offsetof(struct client_options, host)},
    {.kind = OPTION_HEADING, .help = "Which numbers"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "see above (stateless)",
     .choices = client_mode_names,
     .field = offsetof(struct client_options, mode)},
    {.kind = OPTION_NUMBER,
     .name = "numbers",
     .letter = 'n',
     .argument = "N",
     .help = "how many",
     .min = 1,
     .max = SEQUENCE_N_MAX,
     .field = offsetof(struct client_options, numbers)},
    {.kind = OPTION_TEXT,
     .name = "uuid",
     .argument = "UUID",
     .help = "of the session (a random one)",
     .field = offsetof(struct client_options, uuid)},
    {.kind = OPTION_HEADING, .help = "How many streams, for how long"},
    {.kind = OPTION_NUMBER,
     .name = "streams",
     .letter = 's',
     .argument = "N",
     .help = "that run at the same time (1)",
     .min = 1,
     .max = STREAMS_MAX,
     .field = offsetof(struct client_options, streams)},
    {.kind = OPTION_TEXT,
     .name = "connections",
     .letter = 'c',
     .argument = "N",
     .help = "that share the streams; auto: 100 streams a connection\n"
             "at most, since proxies hold back more (auto)",
     .field = offsetof(struct client_options, connections)},
    {.kind = OPTION_DURATION,
     .name = "duration",
     .letter = 'd',
     .argument = "TIME",
     .help = "follow each session that is finished with a new one until\n"
             "then; N is by default what fits (0: one session a stream)",
     .field = offsetof(struct client_options, plan.duration_ns)},
    {.kind = OPTION_DURATION,
     .name = "ramp",
     .argument = "TIME",
     .help = "spread the streams' beginnings over this time (0)",
     .field = offsetof(struct client_options, plan.ramp_ns)},
    {.kind = OPTION_HEADING, .help = "What is measured"},
    {.kind = OPTION_DURATION,
     .name = "interval",
     .argument = "TIME",
     .help = "the server's --interval: a number later than it gives is\n"
             "late; 0: full speed, none is late (1s)",
     .field = offsetof(struct client_options, plan.interval_ns)},
    {.kind = OPTION_DURATION,
     .name = "max-lateness",
     .argument = "TIME",
     .help = "a number that is later is a violation (no limit)",
     .field = offsetof(struct client_options, plan.max_lateness_ns)},
    {.kind = OPTION_DURATION,
     .name = "warmup",
     .argument = "TIME",
     .help = "leave this time out of throughput and histograms (0)",
     .field = offsetof(struct client_options, plan.warmup_ns)},
    {.kind = OPTION_HEADING, .help = "When a stream breaks, and how to have it break"},
    {.kind = OPTION_DURATION,
     .name = "retry-timeout",
     .argument = "TIME",
     .help = "give up when no number came for so long (30s)",
     .field = offsetof(struct client_options, plan.retry_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "stall-timeout",
     .argument = "TIME",
     .help = "break off and resume when no message came for so long;\n"
             "more than the server's interval (15s); 0: never",
     .field = offsetof(struct client_options, plan.stall_timeout_ns)},
    {.kind = OPTION_TEXT,
     .name = "chaos",
     .argument = "WHAT",
     .help = "cut=2s,stall=1%: break a connection at random times, 2 s\n"
             "apart on average: cut it, or (1 %) let it fall silent",
     .field = offsetof(struct client_options, chaos)},
    {.kind = OPTION_TEXT,
     .name = "seed",
     .argument = "N",
     .help = "repeats the random times of --chaos (a random one)",
     .field = offsetof(struct client_options, seed)},
    {.kind = OPTION_HEADING, .help = "What it says, and when it fails"},
    {.kind = OPTION_FLAG,
     .name = "quiet",
     .letter = 'q',
     .help = "no line a number or interval, only breaks and the verdict",
     .field = offsetof(struct client_options, plan.quiet)},
    {.kind = OPTION_DURATION,
     .name = "report-every",
     .argument = "TIME",
     .help = "with many streams, the interval of a line (1s)",
     .field = offsetof(struct client_options, plan.report_every_ns)},
    {.kind = OPTION_TEXT,
     .name = "json",
     .argument = "FILE",
     .help = "write the whole result there",
     .field = offsetof(struct client_options, plan.json_file)},
    {.kind = OPTION_FLAG,
     .name = "json-stream",
     .help = "on standard output JSON instead of text: a line an\n"
             "interval, at last the whole result",
     .field = offsetof(struct client_options, plan.json_stream)},
    {.kind = OPTION_TEXT,
     .name = "html",
     .argument = "FILE",
     .help = "write the result there as a page with plots",
     .field = offsetof(struct client_options, plan.html_file)},
    {.kind = OPTION_TEXTS,
     .name = "fail-on",
     .argument = "WHEN",
     .help = "exit 5 when it holds: 'resume_p99>2s'; may be repeated",
     .field = offsetof(struct client_options, fail_on)},
};

const struct options client_option_table = {.program = "comms-client",
                                            .usage = "[OPTION…] [-m MODE] [N | LAST]",
                                            .description = description,
                                            .ending = ending,
                                            .rows = rows,
                                            .row_count = sizeof rows / sizeof rows[0],
                                            .describe_libraries = core_version_describe};
