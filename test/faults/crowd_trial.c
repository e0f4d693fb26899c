#include "test/faults/crowd_trial.h"

#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A thread of a server with a sanitizer takes far more memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZER_SHARE = 5 };
#else
enum { SANITIZER_SHARE = 1 };
#endif

enum {
    GROWTH_MIB = 200,
    GIVE_UP_MIB = 1000, /* of growth */
    BACK_MIB = 64,      /* above the beginning, when all is over */
    BACK_WITHIN_MS = 30000,
    WINDOW_DEFAULT = 65535
};

static void add_all(struct frames *frames, unsigned calls)
{
    frames_add_hello(frames, WINDOW_DEFAULT);
    for (unsigned i = 0; i < calls; i++) {
        frames_add_call(frames, 2 * i + 1, FRAME_METHOD);
        frames_add_command(frames, 2 * i + 1, "X");
    }
}

/* The attacker reads nothing, and does not mind if the server takes only a part. */
static void flood(struct raw_client *clients, const struct crowd_settings *settings, uint16_t port,
                  int pid, uint64_t limit_kib)
{
    const unsigned connections = settings->connections / SANITIZER_SHARE;
    struct frames frames = {NULL, 0, 0};
    add_all(&frames, settings->calls);
    for (unsigned i = 0; i < connections; i++) {
        raw_client_connect(&clients[i], port, 0);
        (void)raw_client_push(&clients[i], frames.bytes, frames.length);
        if (settings->is_reconnecting) {
            raw_client_close(&clients[i]);
            ck_assert_msg(footprint_kib(pid) < limit_kib, "%s: gives up at connection %u",
                          settings->name, i);
        }
    }
    frames_cleanup(&frames);
}

static int64_t call_behind(uint16_t port)
{
    char number[8];
    const int64_t began_ms = figures_now_ms();
    snprintf(number, sizeof number, "%u", port);
    struct program *client =
        program_start(programs_client_path(), "-p", number, "-m", "stateful", "1", NULL);
    instrument_expect_status(client, 0);
    program_destroy(client);
    return figures_now_ms() - began_ms;
}

int64_t crowd_trial(const struct crowd_settings *settings)
{
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "error", NULL);
    const int pid = program_pid(server.program);
    const unsigned connections = settings->connections / SANITIZER_SHARE;
    struct raw_client *clients = calloc(connections, sizeof *clients);
    struct bystander bystander;
    ck_assert_ptr_nonnull(clients);
    bystander_start(&bystander, "127.0.0.1", server.port);
    const uint64_t before_kib = footprint_begin_peak(pid);
    flood(clients, settings, server.port, pid, before_kib + (uint64_t)GIVE_UP_MIB * KIB_IN_MIB);
    const int64_t served_ms = call_behind(server.port);
    (void)bystander_stop(&bystander, settings->name);
    for (unsigned i = 0; i < connections && !settings->is_reconnecting; i++) {
        raw_client_close(&clients[i]);
    }
    free(clients);
    figures_print("%s: another client served within %" PRId64 " ms\n", settings->name, served_ms);
    footprint_expect_growth(pid, settings->name, before_kib, GROWTH_MIB);
    ck_assert_msg(
        footprint_await_kib(pid, before_kib + (uint64_t)BACK_MIB * KIB_IN_MIB, BACK_WITHIN_MS),
        "%s: memory is not back", settings->name);
    server_stop(&server);
    return served_ms;
}
