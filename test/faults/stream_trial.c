#include "test/faults/stream_trial.h"

#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/kit/programs.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    GROWTH_MIB = 64,
    STREAMS_AT_ONCE = 200, /* in one write */
    ENDS_WITHIN_MS = 30000,
    WINDOW_DEFAULT = 65535,
    LIMIT = 100 /* --max-connection-streams */
};

/* Opens this number of streams, each with a START of its own. */
static void open_streams(struct raw_client *client, const char *method, unsigned streams)
{
    struct frames frames = {NULL, 0, 0};
    for (unsigned i = 0; i < streams; i++) {
        char start[64];
        snprintf(start, sizeof start, "START %08x-0000-4000-8000-000000000000 60000", i);
        frames_add_call(&frames, 2 * i + 1, method);
        frames_add_command(&frames, 2 * i + 1, start);
        if (i % STREAMS_AT_ONCE == 0 || i == streams - 1) {
            const bool goes_on = raw_client_send(client, &frames);
            ck_assert_msg(goes_on || client->is_closed, "the server takes nothing");
        }
    }
    frames_cleanup(&frames);
}

static void greet(struct raw_client *client, uint16_t port, uint32_t window)
{
    struct frames hello = {NULL, 0, 0};
    raw_client_connect(client, port, 0);
    frames_add_hello(&hello, window);
    ck_assert(raw_client_send(client, &hello));
    frames_cleanup(&hello);
}

static void expect_ends(const char *what, const char *method, unsigned streams)
{
    struct server server = server_start("stateful", "--interval", "10ms", "--max-streams", "1",
                                        "--max-connection-streams", "1000", "--send-timeout",
                                        "500ms", "--log-level", "error", NULL);
    const int pid = program_pid(server.program);
    const uint64_t before_kib = footprint_begin_peak(pid);
    const int64_t began_ms = figures_now_ms();
    struct raw_client client;
    greet(&client, server.port, 0);
    open_streams(&client, method, streams);
    const bool has_ended =
        raw_client_await_ends(&client, streams, ENDS_WITHIN_MS) || client.is_closed;
    figures_print("%s: %u streams, %" PRIu64 " ended%s, %d ms\n", what, streams,
                  client.streams_ended, client.is_closed ? ", then the connection" : "",
                  (int)(figures_now_ms() - began_ms));
    ck_assert_msg(has_ended, "%s: only %" PRIu64 " of %u streams ended", what, client.streams_ended,
                  streams);
    footprint_expect_growth(pid, what, before_kib, GROWTH_MIB);
    raw_client_close(&client);
    server_stop(&server);
}

void stream_trial_without_window(unsigned streams)
{
    expect_ends("without a window", FRAME_METHOD, streams);
}

void stream_trial_unknown_method(unsigned streams)
{
    expect_ends("unknown method", "/grpc.Comms/Nothing", streams);
}

static unsigned count_started(const struct program *program)
{
    unsigned count = 0;
    static const char event[] = " session started ";
    const char *at = program_output(program, PROGRAM_STDERR);
    while ((at = strstr(at, event)) != NULL) {
        at += sizeof event - 1;
        count++;
    }
    return count;
}

void stream_trial_unacknowledged(unsigned streams)
{
    struct server server = server_start("stateful", "--interval", "1h", "--max-connection-streams",
                                        "100", "--drain-timeout", "0", NULL);
    struct raw_client client;
    greet(&client, server.port, WINDOW_DEFAULT);
    client.is_silent = true;
    open_streams(&client, FRAME_METHOD, streams);
    const bool has_ended =
        raw_client_await_ends(&client, streams - LIMIT, ENDS_WITHIN_MS) || client.is_closed;
    const bool is_closed = client.is_closed;
    raw_client_close(&client);
    program_signal(server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(server.program), 0);
    const unsigned started = count_started(server.program);
    figures_print("unacknowledged: %u streams, %u sessions started, %" PRIu64 " streams ended%s\n",
                  streams, started, client.streams_ended, is_closed ? ", then the connection" : "");
    ck_assert(has_ended);
    ck_assert_uint_le(started, LIMIT);
    program_destroy(server.program);
}
