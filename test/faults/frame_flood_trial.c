#include "test/faults/frame_flood_trial.h"

#include "shared/base/clock.h"
#include "test/faults/bystander.h"
#include "test/faults/footprint.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>

enum {
    AT_ONCE = 64 * 1024, /* bytes of a write, about */
    GROWTH_MIB = 64,
    WINDOW_DEFAULT = 65535,
    TYPE_PRIORITY = 2,
    TYPE_UNKNOWN = 0x42,
    ENTRIES = 100 /* of a long SETTINGS frame */
};

static void add_settings(struct frames *frames)
{
    frames_add_setting(frames, SETTING_INITIAL_WINDOW, WINDOW_DEFAULT);
}

static void add_long_settings(struct frames *frames)
{
    uint8_t entries[6 * ENTRIES] = {0};
    for (size_t i = 0; i < sizeof entries; i += 6) {
        entries[i + 1] = SETTING_INITIAL_WINDOW;
        entries[i + 4] = (uint8_t)i;
    }
    frames_add(frames, FRAME_SETTINGS, 0, 0, entries, sizeof entries);
}

static void add_window_update(struct frames *frames)
{
    frames_add_window(frames, 0, 1);
}

static void add_ping(struct frames *frames)
{
    frames_add(frames, FRAME_PING, 0, 0, NULL, 8);
}

/* Names that are all different, so that no two fields are one. */
static void add_continuation(struct frames *frames)
{
    frames_add(frames, FRAME_CONTINUATION, 0, 1, "\0\1a\1b\0\1c\1d", 10);
}

/* As long as frames may be, and one field that never ends: 0x7f ff ff ff 0f announces 256 MiB. */
static void add_long_continuation(struct frames *frames)
{
    frames_add(frames, FRAME_CONTINUATION, 0, 1, NULL, FRAME_PAYLOAD_MAX);
}

static void add_priority(struct frames *frames)
{
    frames_add(frames, (enum frame_type)TYPE_PRIORITY, 0, 1, NULL, 5);
}

static void add_unknown(struct frames *frames)
{
    frames_add(frames, (enum frame_type)TYPE_UNKNOWN, 0, 0, NULL, 8);
}

static void add_empty_data(struct frames *frames)
{
    frames_add(frames, FRAME_DATA, 0, 1, NULL, 0);
}

static const struct {
    const char *name;
    void (*add)(struct frames *frames);
    bool follows_headers; /* that have no end */
    bool follows_call;
} floods[FRAME_FLOODS] = {
    {"SETTINGS", add_settings, false, false},
    {"long SETTINGS", add_long_settings, false, false},
    {"WINDOW_UPDATE", add_window_update, false, false},
    {"PING", add_ping, false, false},
    {"CONTINUATION", add_continuation, true, false},
    {"long CONTINUATION", add_long_continuation, true, false},
    {"PRIORITY", add_priority, false, false},
    {"unknown frames", add_unknown, false, false},
    {"empty DATA", add_empty_data, false, true},
};

static void add_beginning(struct frames *frames, int kind)
{
    frames_add_hello(frames, WINDOW_DEFAULT);
    if (floods[kind].follows_call) {
        frames_add_call(frames, 1, FRAME_METHOD);
    }
    if (floods[kind].follows_headers) {
        struct frames call = {NULL, 0, 0};
        frames_add_call(&call, 1, FRAME_METHOD);
        frames_add(frames, FRAME_HEADERS, 0, 1, call.bytes + FRAME_HEADER_SIZE,
                   call.length - FRAME_HEADER_SIZE);
        frames_cleanup(&call);
    }
}

/* Returns how many bytes the server took. */
static uint64_t flood(struct raw_client *client, int kind, uint64_t bytes)
{
    struct frames frames = {NULL, 0, 0};
    uint64_t sent = 0;
    add_beginning(&frames, kind);
    bool goes_on = raw_client_send(client, &frames);
    while (frames.length < AT_ONCE) {
        floods[kind].add(&frames);
    }
    for (; goes_on && sent < bytes; sent += frames.length) {
        goes_on = raw_client_send_bytes(client, frames.bytes, frames.length);
    }
    ck_assert_msg(goes_on || client->is_closed, "%s: the server takes nothing", floods[kind].name);
    frames_cleanup(&frames);
    return sent;
}

void frame_flood_trial(int kind, uint64_t mib)
{
    const char *name = floods[kind].name;
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "error", NULL);
    const int pid = program_pid(server.program);
    struct bystander bystander;
    struct raw_client client;
    bystander_start(&bystander, "127.0.0.1", server.port);
    const uint64_t before_kib = footprint_begin_peak(pid);
    raw_client_connect(&client, server.port, 0);
    const uint64_t sent = flood(&client, kind, mib * KIB_IN_MIB * 1024);
    printf("%s: %" PRIu64 " MiB sent, then the connection was %s\n", name, sent / KIB_IN_MIB / 1024,
           client.is_closed ? "closed" : "open");
    raw_client_close(&client);
    (void)bystander_stop(&bystander, name);
    bystander_start(&bystander, "127.0.0.1", server.port);
    (void)bystander_stop(&bystander, "after it");
    footprint_expect_growth(pid, name, before_kib, GROWTH_MIB);
    server_stop(&server);
}
