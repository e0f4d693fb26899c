#include "test/faults/reset_trial.h"

#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>

enum {
    CONNECTIONS = 8,
    STREAMS_AT_ONCE = 500, /* in one write */
    BYSTANDERS = 20,
    GROWTH_MIB = 200,
    GROWTH_KEPT_MIB = 450,
    GIVE_UP_MIB = 1000, /* of growth */
    BACK_MIB = 64,      /* above the beginning, when all is over */
    BACK_WITHIN_MS = 30000,
    WINDOW_DEFAULT = 65535
};

struct flood {
    struct raw_client client;
    uint32_t next_id;
};

static void open_flood(struct flood *flood, const struct reset_settings *settings, uint16_t port)
{
    struct frames hello = {NULL, 0, 0};
    raw_client_connect(&flood->client, port, 0);
    flood->client.is_silent = settings->keeps_all;
    frames_add_hello(&hello, WINDOW_DEFAULT);
    (void)raw_client_send(&flood->client, &hello);
    frames_cleanup(&hello);
    flood->next_id = 1;
}

/* False: the server closes the connection. */
static bool send_some(struct flood *flood, const struct reset_settings *settings)
{
    struct frames frames = {NULL, 0, 0};
    for (int i = 0; i < STREAMS_AT_ONCE; i++, flood->next_id += 2) {
        frames_add_call(&frames, flood->next_id, FRAME_METHOD);
        if (settings->has_command) {
            frames_add_command(&frames, flood->next_id,
                               "START a17417a0-aa39-4a00-8000-000000000000 60000");
        }
        if (!settings->keeps_all) {
            frames_add_reset(&frames, flood->next_id);
        }
    }
    const bool is_sent = raw_client_send(&flood->client, &frames);
    frames_cleanup(&frames);
    return is_sent;
}

/* Returns how many streams were opened: fewer where the trial has failed. */
static uint64_t send_all(const struct reset_settings *settings, uint16_t port, int pid,
                         uint64_t limit_kib, uint64_t *ret_closed)
{
    struct flood floods[CONNECTIONS];
    uint64_t closed = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        open_flood(&floods[i], settings, port);
    }
    uint64_t sent = 0;
    for (; sent < settings->streams && footprint_kib(pid) < limit_kib; sent += STREAMS_AT_ONCE) {
        struct flood *flood = &floods[sent / STREAMS_AT_ONCE % CONNECTIONS];
        if (!send_some(flood, settings)) {
            ck_assert_msg(flood->client.is_closed, "%s: the server takes nothing", settings->name);
            raw_client_close(&flood->client);
            closed++;
            open_flood(flood, settings, port);
        }
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        raw_client_close(&floods[i].client);
    }
    *ret_closed = closed;
    return sent;
}

struct reset_outcome reset_trial(const struct reset_settings *settings)
{
    char max_streams[16];
    snprintf(max_streams, sizeof max_streams, "%d", settings->at_limit ? BYSTANDERS : 10000);
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--max-streams", max_streams,
                     "--max-connection-streams", "1000", "--log-level", "error", NULL);
    const int pid = program_pid(server.program);
    struct bystander bystander;
    bystander_start(&bystander, "127.0.0.1", server.port);
    const uint64_t before_kib = footprint_begin_peak(pid);
    const int64_t began_ms = figures_now_ms();
    struct reset_outcome outcome;
    const uint64_t sent =
        send_all(settings, server.port, pid, before_kib + (uint64_t)GIVE_UP_MIB * KIB_IN_MIB,
                 &outcome.closed);
    const int64_t sent_ms = figures_now_ms();
    outcome.gap_p99 = bystander_stop(&bystander, settings->name).gap_p99;
    const bool is_back =
        footprint_await_kib(pid, before_kib + (uint64_t)BACK_MIB * KIB_IN_MIB, BACK_WITHIN_MS);
    figures_print("%s: %" PRIu64 " streams in %d ms, %" PRIu64
                  " connections closed, memory %s %d ms "
                  "later\n",
                  settings->name, sent, (int)(sent_ms - began_ms), outcome.closed,
                  is_back ? "back" : "not back", (int)(figures_now_ms() - sent_ms));
    footprint_expect_growth(pid, settings->name, before_kib,
                            settings->keeps_all ? GROWTH_KEPT_MIB : GROWTH_MIB);
    ck_assert_msg(is_back, "%s: memory is not back", settings->name);
    server_stop(&server);
    return outcome;
}
