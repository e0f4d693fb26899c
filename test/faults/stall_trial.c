#include "test/faults/stall_trial.h"

#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 500, CLOSED_WITHIN_MS = 3000, KINDS = 6, WINDOW_DEFAULT = 65535 };

/* What a connection of this kind says before it falls silent. */
static void add_beginning(struct frames *frames, unsigned kind)
{
    struct frames call = {NULL, 0, 0};
    frames_add_hello(&call, WINDOW_DEFAULT);
    const size_t hello = call.length;
    frames_add_call(&call, 1, FRAME_METHOD);
    const size_t said[KINDS] = {
        0,                             /* nothing */
        10,                            /* half of the preface */
        24,                            /* the preface without SETTINGS */
        hello - 3,                     /* a part of SETTINGS */
        hello + FRAME_HEADER_SIZE - 4, /* a part of a frame's header */
        call.length - 20,              /* a part of the HEADERS */
    };
    frames_add_bytes(frames, call.bytes, said[kind]);
    frames_cleanup(&call);
}

void stall_trial(unsigned connections)
{
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "notice",
                     "--handshake-timeout", "500ms", "--keepalive", "1s", NULL);
    struct raw_client *clients = calloc(connections, sizeof *clients);
    struct bystander bystander;
    ck_assert_ptr_nonnull(clients);
    bystander_start(&bystander, "127.0.0.1", server.port);
    for (unsigned i = 0; i < connections; i++) {
        struct frames frames = {NULL, 0, 0};
        raw_client_connect(&clients[i], server.port, 0);
        clients[i].is_silent = true;
        add_beginning(&frames, i % KINDS);
        ck_assert(raw_client_send(&clients[i], &frames));
        frames_cleanup(&frames);
    }
    const int64_t began_ms = figures_now_ms();
    const size_t closed = raw_clients_await_closed(clients, connections, CLOSED_WITHIN_MS);
    figures_print("stalled: %zu of %u closed within %d ms, the time-out is %d ms\n", closed,
                  connections, (int)(figures_now_ms() - began_ms), TIMEOUT_MS);
    for (unsigned i = 0; i < connections; i++) {
        ck_assert_msg(clients[i].is_closed, "one of kind %u is open", i % KINDS);
        raw_client_close(&clients[i]);
    }
    (void)bystander_stop(&bystander, "stalled");
    free(clients);
    server_stop(&server);
}
