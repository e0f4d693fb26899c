#include "server/option_rows.h"

#include "server/admin/admin_address.h"
#include "server/admin/host_check.h"
#include "shared/base/log.h"
#include "shared/base/target.h"
#include "shared/grpc/core_version.h"
#include "shared/protocol/command.h"
#include "shared/protocol/padding.h"
#include "shared/protocol/sequence.h"

#include <stddef.h>

enum { STREAMS_MAX = 1000000, SESSIONS_MAX = 1000000000, CONNECTIONS_MAX = 1000000 };

static const char *const modes[] = {
    [MODE_STATELESS] = "stateless", [MODE_STATEFUL] = "stateful", NULL};

static const char *const error_statuses[] = {
    [ERROR_STATUS_GRPC] = "grpc", [ERROR_STATUS_OK] = "ok", NULL};

static const char *const log_levels[] = {
    [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",   [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug", NULL};

static const char *const log_formats[] = {[LOG_FORMAT_TEXT] = "text",
                                          [LOG_FORMAT_LOGFMT] = "logfmt",
                                          [LOG_FORMAT_JSON] = "json",
                                          [LOG_FORMAT_AUTO] = "auto",
                                          NULL};

static const char description[] =
    "Streams numbers over gRPC. The client can compute the same numbers, so a lost,\n"
    "repeated or swapped number shows. The client can resume a stream that breaks.";

static const char ending[] =
    "Each option can also be given with one dash (-max-streams), or in the\n"
    "environment (COMMS_MAX_STREAMS; an empty variable counts as unset). The command\n"
    "line wins.\n"
    "\n"
    "SIGTERM, SIGINT and, from a terminal, SIGHUP stop the server: streams that can\n"
    "finish within --drain-timeout go on, the others end with UNAVAILABLE at once. A\n"
    "second signal, a second later or more, ends all streams.\n"
    "\n"
    "Exit status: 0 stopped by a signal, 1 could not start, 64 wrong usage, 74\n"
    "standard output could not be written.\n";

static const char *check_address(const char *text)
{
    struct target target;
    const char *wrong = target_parse(text, TARGET_TO_LISTEN, &target);
    return wrong == NULL ? target_check_scope(&target) : wrong;
}

static const char *check_admin(const char *text)
{
    struct admin_address address;
    return admin_address_parse(text, &address);
}

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Where it listens"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "TCP port (1337); 0: the kernel chooses one, and the\n"
             "output has it",
     .max = TARGET_PORT_MAX,
     .field = offsetof(struct server_options, port)},
    {.kind = OPTION_TEXTS,
     .name = "listen",
     .letter = 'l',
     .argument = "ADDRESS",
     .help = "IPv4 or IPv6 address, host name or unix:PATH;\n"
             "repeatable (loopback of both families)",
     .check = check_address,
     .field = offsetof(struct server_options, listen)},
    {.kind = OPTION_HEADING, .help = "TLS, on all its TCP addresses"},
    {.kind = OPTION_TEXT,
     .name = "tls-cert",
     .argument = "FILE",
     .help = "the server's certificate and its chain (PEM); with\n"
             "--tls-key",
     .field = offsetof(struct server_options, tls.certificate)},
    {.kind = OPTION_TEXT,
     .name = "tls-key",
     .argument = "FILE",
     .help = "the private key of the certificate (PEM); with\n"
             "--tls-cert",
     .field = offsetof(struct server_options, tls.key)},
    {.kind = OPTION_TEXT,
     .name = "tls-client-ca",
     .argument = "FILE",
     .help = "authorities of the clients (PEM): mutual TLS, every\n"
             "client needs a certificate of theirs, and owns the\n"
             "sessions that it starts",
     .field = offsetof(struct server_options, tls.authorities)},
    {.kind = OPTION_HEADING, .help = "What it sends"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "stateless or stateful (stateless)",
     .choices = modes,
     .field = offsetof(struct server_options, mode)},
    {.kind = OPTION_DURATION,
     .name = "interval",
     .argument = "TIME",
     .help = "time from one number to the next (1s); 0: full speed",
     .field = offsetof(struct server_options, interval_ns)},
    {.kind = OPTION_CHOICE,
     .name = "error-status",
     .argument = "KIND",
     .help = "grpc or ok (grpc); ok: after an error reply the\n"
             "stream ends with OK, as clients of the original\n"
             "server expect",
     .choices = error_statuses,
     .field = offsetof(struct server_options, error_status)},
    {.kind = OPTION_HEADING, .help = "Limits"},
    {.kind = OPTION_NUMBER,
     .name = "max-numbers",
     .argument = "N",
     .help = "most numbers of a stateful session (65535)",
     .min = 1,
     .max = SEQUENCE_N_MAX,
     .field = offsetof(struct server_options, max_numbers)},
    {.kind = OPTION_BYTES,
     .name = "max-size",
     .argument = "BYTES",
     .help = "most bytes of padding that a client may ask for in\n"
             "each message (1MiB); 0: no padding",
     .max = PADDING_MAX,
     .field = offsetof(struct server_options, max_size)},
    {.kind = OPTION_NUMBER,
     .name = "max-streams",
     .argument = "N",
     .help = "most streams at a time; each has a thread (10000)",
     .min = 1,
     .max = STREAMS_MAX,
     .field = offsetof(struct server_options, max_streams)},
    {.kind = OPTION_NUMBER,
     .name = "max-connection-streams",
     .argument = "N",
     .help = "most streams of a connection at a time (half of the\n"
             "streams that the server admits, at most 1000)",
     .min = 1,
     .max = STREAMS_MAX,
     .field = offsetof(struct server_options, max_connection_streams)},
    {.kind = OPTION_NUMBER,
     .name = "max-sessions",
     .argument = "N",
     .help = "most stateful sessions, idle ones included (1000000)",
     .min = 1,
     .max = SESSIONS_MAX,
     .field = offsetof(struct server_options, max_sessions)},
    {.kind = OPTION_NUMBER,
     .name = "max-client-sessions",
     .argument = "N",
     .help = "most sessions of one client that are not finished\n"
             "and left (0); 0: no limit",
     .max = SESSIONS_MAX,
     .field = offsetof(struct server_options, max_client_sessions)},
    {.kind = OPTION_DURATION,
     .name = "command-timeout",
     .argument = "TIME",
     .help = "time until a stream that gives no command ends (30s)",
     .min = 1,
     .field = offsetof(struct server_options, command_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "send-timeout",
     .argument = "TIME",
     .help = "time until a stream ends whose client takes nothing\n"
             "(30s)",
     .min = 1,
     .field = offsetof(struct server_options, send_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "session-timeout",
     .argument = "TIME",
     .help = "time until an idle session is evicted (30s)",
     .field = offsetof(struct server_options, session_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "drain-delay",
     .argument = "TIME",
     .help = "time for balancers to notice a stop (0): health says\n"
             "NOT_SERVING, and new streams are still served",
     .field = offsetof(struct server_options, drain_delay_ns)},
    {.kind = OPTION_DURATION,
     .name = "drain-timeout",
     .argument = "TIME",
     .help = "time for streams to finish when the server stops\n"
             "(5s)",
     .field = offsetof(struct server_options, drain_timeout_ns)},
    {.kind = OPTION_HEADING, .help = "Where it keeps the sessions"},
    {.kind = OPTION_TEXT,
     .name = "store",
     .argument = "PLACE",
     .help = "memory (memory): they end with the server;\n"
             "file:PATH: a file keeps them if it stops or crashes;\n"
             "etcd://HOST:PORT,HOST:PORT/PREFIX: servers share\n"
             "them (port 2379, prefix comms); etcds://: with TLS",
     .check = store_check,
     .field = offsetof(struct server_options, store.place)},
    {.kind = OPTION_TEXT,
     .name = "store-ca",
     .argument = "FILE",
     .help = "authorities of etcd's members (PEM), for etcds://",
     .field = offsetof(struct server_options, store.tls.authorities)},
    {.kind = OPTION_TEXT,
     .name = "store-cert",
     .argument = "FILE",
     .help = "its certificate for etcd (PEM), with --store-key",
     .field = offsetof(struct server_options, store.tls.certificate)},
    {.kind = OPTION_TEXT,
     .name = "store-key",
     .argument = "FILE",
     .help = "the private key of it (PEM); with --store-cert",
     .field = offsetof(struct server_options, store.tls.key)},
    {.kind = OPTION_TEXT,
     .name = "store-user",
     .argument = "NAME",
     .help = "user of etcd; with --store-password-file",
     .field = offsetof(struct server_options, store.user)},
    {.kind = OPTION_TEXT,
     .name = "store-password-file",
     .argument = "FILE",
     .help = "its first line is the user's password",
     .field = offsetof(struct server_options, store.password_file)},
    {.kind = OPTION_TEXT,
     .name = "store-state",
     .argument = "FILE",
     .help = "who this server is in etcd: after a crash the next\n"
             "server with this file has its sessions at once",
     .field = offsetof(struct server_options, store.state_file)},
    {.kind = OPTION_HEADING, .help = "Connections"},
    {.kind = OPTION_NUMBER,
     .name = "max-connections",
     .argument = "N",
     .help = "most connections at a time (10000), as far as\n"
             "ulimit -n allows",
     .min = 1,
     .max = CONNECTIONS_MAX,
     .field = offsetof(struct server_options, max_connections)},
    {.kind = OPTION_NUMBER,
     .name = "max-tls-connections",
     .argument = "N",
     .help = "most connections with TLS among them (2000)",
     .min = 1,
     .max = CONNECTIONS_MAX,
     .field = offsetof(struct server_options, max_tls_connections)},
    {.kind = OPTION_NUMBER,
     .name = "max-connections-per-address",
     .argument = "N",
     .help = "most connections of one client address (0: no\n"
             "limit); all clients behind a proxy have one address",
     .max = CONNECTIONS_MAX,
     .field = offsetof(struct server_options, max_connections_per_address)},
    {.kind = OPTION_DURATION,
     .name = "handshake-timeout",
     .argument = "TIME",
     .help = "time until a connection without an HTTP/2 preface is\n"
             "closed (10s)",
     .min = 1,
     .field = offsetof(struct server_options, handshake_timeout_ns)},
    {.kind = OPTION_DURATION,
     .name = "keepalive",
     .argument = "TIME",
     .help = "silence of a client until a ping (60s); it has a\n"
             "third of it to answer, else its connection is\n"
             "closed; 0: no pings",
     .field = offsetof(struct server_options, keepalive_ns)},
    {.kind = OPTION_DURATION,
     .name = "connection-idle",
     .argument = "TIME",
     .help = "time until a connection without a stream is closed\n"
             "(5m); 0: never",
     .field = offsetof(struct server_options, connection_idle_ns)},
    {.kind = OPTION_DURATION,
     .name = "connection-age",
     .argument = "TIME",
     .help = "time until a connection takes no new streams (0: no\n"
             "limit); 30s later its streams are cut, and the\n"
             "clients resume them",
     .field = offsetof(struct server_options, connection_age_ns)},
    {.kind = OPTION_HEADING, .help = "What it tells those who run it"},
    {.kind = OPTION_TEXT,
     .name = "admin",
     .argument = "ADDRESS",
     .help = "address or host name, with a port (9464), for HTTP:\n"
             "a status page at /, /metrics, /healthz, /readyz,\n"
             "/debug/channelz (no HTTP)",
     .check = check_admin,
     .field = offsetof(struct server_options, admin)},
    {.kind = OPTION_TEXTS,
     .name = "admin-host",
     .argument = "NAME",
     .help = "another name that requests may use; repeatable",
     .check = host_check_name,
     .field = offsetof(struct server_options, admin_hosts)},
    {.kind = OPTION_HEADING, .help = "What it says"},
    {.kind = OPTION_CHOICE,
     .name = "log-level",
     .argument = "LEVEL",
     .help = "error, warn, notice, info or debug (info); notice\n"
             "has no line for each session; the log goes to stderr",
     .choices = log_levels,
     .field = offsetof(struct server_options, log_level)},
    {.kind = OPTION_CHOICE,
     .name = "log-format",
     .argument = "FORMAT",
     .help = "text, logfmt, json or auto: text on a terminal,\n"
             "logfmt elsewhere (auto)",
     .choices = log_formats,
     .field = offsetof(struct server_options, log_format)},
    {.kind = OPTION_FLAG,
     .name = "print-config",
     .help = "print the options that hold, as a command line, and\n"
             "exit",
     .field = offsetof(struct server_options, print_config)},
};

const struct options server_option_table = {.program = "comms-server",
                                            .usage = "[OPTION…]",
                                            .description = description,
                                            .environment = "COMMS",
                                            .ignored_port =
                                                offsetof(struct server_options, ignored_port),
                                            .ending = ending,
                                            .rows = rows,
                                            .row_count = sizeof rows / sizeof rows[0],
                                            .describe_libraries = core_version_describe};
