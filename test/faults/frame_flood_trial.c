#include "test/faults/frame_flood_trial.h"

#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    AT_ONCE = 64 * 1024, /* bytes of a write, about */
    GROWTH_MIB = 64,
    WINDOW_DEFAULT = 65535,
    TYPE_PRIORITY = 2,
    TYPE_UNKNOWN = 0x42,
    ENTRIES = 100 /* of a long SETTINGS frame */
};

/* A literal whose name is in HPACK's table (user-agent), and a value of 512 MiB. */
#define ENDLESS_FIELD "\x0f\x2b\x7f\xff\xff\xff\xff\x01"

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

/* More of one field, whose end is far: ENDLESS_FIELD. */
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
    const char
        *open_field; /* it follows HEADERS without an end, of which this comes last; or NULL */
    bool follows_call;
    uint64_t kib[2]; /* short, long */
    bool is_silent;  /* acknowledges nothing */
    int connections; /* one after the other */
} floods[FRAME_FLOODS_LONG] = {
    {"SETTINGS", add_settings, NULL, false, {16384, 3145728}, false, 1},
    {"long SETTINGS", add_long_settings, NULL, false, {16384, 3145728}, false, 1},
    {"WINDOW_UPDATE", add_window_update, NULL, false, {16384, 3145728}, false, 1},
    {"PING", add_ping, NULL, false, {16384, 1048576}, false, 10},
    {"CONTINUATION", add_continuation, "", false, {16384, 1048576}, false, 1},
    {"long CONTINUATION", add_long_continuation, ENDLESS_FIELD, false, {16384, 16384}, false, 1},
    {"PRIORITY", add_priority, NULL, false, {16384, 1048576}, false, 1},
    {"unknown frames", add_unknown, NULL, false, {16384, 1048576}, false, 1},
    {"empty DATA", add_empty_data, NULL, true, {16384, 1048576}, false, 1},
    /* Before a client has acknowledged its SETTINGS, C core does not hold it to their limits. */
    {"unacknowledged CONTINUATION", add_continuation, "", false, {16384, 16384}, true, 1},
};

static void greet(struct raw_client *client, int kind)
{
    struct frames hello = {NULL, 0, 0};
    client->is_silent = floods[kind].is_silent;
    frames_add_hello(&hello, WINDOW_DEFAULT);
    ck_assert(raw_client_send(client, &hello));
    frames_cleanup(&hello);
    while (client->frames[FRAME_SETTINGS] == 0) {
        ck_assert(raw_client_read(client, RAW_PATIENCE_MS));
    }
}

static void add_beginning(struct frames *frames, int kind)
{
    if (floods[kind].follows_call) {
        frames_add_call(frames, 1, FRAME_METHOD);
    }
    const char *open_field = floods[kind].open_field;
    if (open_field != NULL) {
        struct frames call = {NULL, 0, 0};
        frames_add_call(&call, 1, FRAME_METHOD);
        frames_add_bytes(&call, open_field, strlen(open_field));
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
    greet(client, kind);
    add_beginning(&frames, kind);
    bool goes_on = frames.length == 0 || raw_client_send(client, &frames);
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

static void flood_once(uint16_t port, int kind, uint64_t bytes)
{
    struct raw_client client;
    raw_client_connect(&client, port, 0);
    const uint64_t sent = flood(&client, kind, bytes);
    figures_print("%s: %" PRIu64 " KiB sent, then the connection was %s\n", floods[kind].name,
                  sent / 1024, client.is_closed ? "closed" : "open");
    raw_client_close(&client);
}

void frame_flood_trial(int kind, enum frame_flood_size size)
{
    const char *name = floods[kind].name;
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "error", NULL);
    const int pid = program_pid(server.program);
    struct bystander bystander;
    bystander_start(&bystander, "127.0.0.1", server.port);
    const uint64_t before_kib = footprint_begin_peak(pid);
    for (int i = 0; i < floods[kind].connections; i++) {
        flood_once(server.port, kind, floods[kind].kib[size] * 1024);
    }
    (void)bystander_stop(&bystander, name);
    bystander_start(&bystander, "127.0.0.1", server.port);
    (void)bystander_stop(&bystander, "after it");
    footprint_expect_growth(pid, name, before_kib, GROWTH_MIB);
    server_stop(&server);
}
