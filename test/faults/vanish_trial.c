#define _GNU_SOURCE /* strptime, timegm */
#include "test/faults/vanish_trial.h"

#include "shared/base/clock.h"
#include "test/kit/programs.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Until they vanish, the clients have a third of the keepalive to answer a ping. */
enum { STREAMS = 10, KEEPALIVE_MS = 2000, AFTER_MS = 5000 };

#define IP "/usr/sbin/ip"

static char server_side[32]; /* the names of two namespaces, joined by a veth pair */
static char client_side[32];
static bool has_namespaces;

/* Runs a command of the shell; the names of the namespaces are $0 and $1. */
static bool sh(const char *command)
{
    struct program *program =
        program_start("/bin/sh", "-ec", command, server_side, client_side, NULL);
    bool is_done = program_wait_exit(program) == 0;
    if (!is_done) {
        printf("  %s", program_output(program, PROGRAM_STDERR));
    }
    program_destroy(program);
    return is_done;
}

void vanish_set_up(void)
{
    snprintf(server_side, sizeof server_side, "comms-s-%d", (int)getpid());
    snprintf(client_side, sizeof client_side, "comms-c-%d", (int)getpid());
    if (geteuid() != 0 || access(IP, X_OK) != 0) {
        printf("  vanished clients: skipped, for want of %s\n", geteuid() != 0 ? "root" : IP);
        return;
    }
    has_namespaces = sh("ip netns add $0; ip netns add $1\n"
                        "ip link add veth netns $0 type veth peer name veth netns $1\n"
                        "ip -n $0 addr add 10.77.0.1/24 dev veth; ip -n $0 link set veth up\n"
                        "ip -n $1 addr add 10.77.0.2/24 dev veth; ip -n $1 link set veth up\n"
                        "ip -n $0 link set lo up");
    if (!has_namespaces) {
        printf("  vanished clients: skipped, there are no network namespaces here\n");
    }
}

void vanish_tear_down(void)
{
    if (geteuid() == 0 && access(IP, X_OK) == 0) {
        (void)sh("for name in $0 $1; do ip netns del $name 2>/dev/null || true; done");
    }
}

struct side {
    const char *interval;
    const char *port;
    struct program *server;
    struct program *client;
};

static void start(struct side *side)
{
    char streams[16];
    char keepalive[16];
    snprintf(streams, sizeof streams, "%d", STREAMS);
    snprintf(keepalive, sizeof keepalive, "%dms", KEEPALIVE_MS);
    side->server = program_start(IP, "netns", "exec", server_side, programs_server_path(), "-m",
                                 "stateful", "-p", side->port, "--listen", "10.77.0.1", "--listen",
                                 "127.0.0.1", "--interval", side->interval, "--max-streams",
                                 streams, "--keepalive", keepalive, NULL);
    program_wait_line(side->server, PROGRAM_STDOUT, "listening on 127.0.0.1");
    side->client =
        program_start(IP, "netns", "exec", client_side, programs_client_path(), "-m", "stateful",
                      "-p", side->port, "--host", "10.77.0.1", "-s", streams, "-c", streams, "-n",
                      "60000", "--interval", side->interval, "--quiet", NULL);
    for (int i = 0; i < STREAMS; i++) {
        program_wait_line(side->server, PROGRAM_STDERR, "session started");
    }
}

/* Milliseconds of CLOCK_REALTIME: the time of the server's log, which no wait of the test delays.
 */
static int64_t now_ms(void)
{
    struct timespec now;
    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (now.tv_sec * NS_PER_S + now.tv_nsec) / NS_PER_MS;
}

static int64_t logged_ms(const char *line)
{
    struct tm time = {0};
    const char *rest = strptime(line, "%Y-%m-%dT%H:%M:%S.", &time);
    ck_assert_msg(rest != NULL, "no time: %s", line);
    return timegm(&time) * 1000 + strtol(rest, NULL, 10);
}

/* The time of the last stream's end, of all that end after this one. */
static int64_t await_ends(const struct side *side, int64_t began_at)
{
    int64_t ended_at = began_at;
    for (int ended = 0; ended < STREAMS;) {
        ended_at = logged_ms(program_wait_line(side->server, PROGRAM_STDERR, "session left"));
        ended += ended_at >= began_at;
    }
    return ended_at;
}

/* All places are taken until the streams of the vanished have ended; then others get them. */
static void expect_free(struct side *side, int64_t began_at, int64_t vanished_at)
{
    char streams[16];
    snprintf(streams, sizeof streams, "%d", STREAMS);
    const int64_t took_ms = await_ends(side, began_at) - vanished_at;
    printf("  vanished clients: %d streams, interval %s, gone after %" PRId64
           " ms with --keepalive %d ms\n",
           STREAMS, side->interval, took_ms, KEEPALIVE_MS);
    ck_assert_int_le(took_ms, KEEPALIVE_MS + AFTER_MS);
    struct program *client =
        program_start(IP, "netns", "exec", server_side, programs_client_path(), "-m", "stateful",
                      "-p", side->port, "--host", "127.0.0.1", "-s", streams, "-c", streams, "-n",
                      "1", "--interval", side->interval, "--retry-timeout", "0", "--quiet", NULL);
    ck_assert_msg(program_wait_exit(client) == 0, "%s", program_output(client, PROGRAM_STDOUT));
    program_destroy(client);
}

static void stop(struct side *side)
{
    program_destroy(side->client);
    program_signal(side->server, SIGTERM);
    ck_assert_int_eq(program_wait_exit(side->server), 0);
    program_destroy(side->server);
}

void vanish_trial(void)
{
    if (!has_namespaces) {
        return;
    }
    struct side sides[] = {{.interval = "1h", .port = "1337"},
                           {.interval = "20ms", .port = "1338"}};
    start(&sides[0]);
    start(&sides[1]);
    const int64_t began_at = now_ms();
    ck_assert(sh("ip -n $1 link set veth down"));
    const int64_t vanished_at = now_ms();
    expect_free(&sides[0], began_at, vanished_at);
    expect_free(&sides[1], began_at, vanished_at);
    stop(&sides[0]);
    stop(&sides[1]);
}
