#include "test/faults/stall_trial.h"

#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/kit/raw_http2/raw_client.h"
#include "test/kit/tls_handshake.h"

#include <check.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A handshake costs a server with a sanitizer far more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZER_FACTOR = 5 };
#else
enum { SANITIZER_FACTOR = 1 };
#endif

/* The bystander shakes hands within it, too. */
#define HANDSHAKE_TIMEOUT "1500ms"

/* The bystander has a third of it to answer a ping, also on a machine that has much else to do. */
#define KEEPALIVE "3s"

enum {
    TIMEOUT_MS = 1500,
    CLOSED_WITHIN_MS = 5500,
    KINDS = 6,
    WINDOW_DEFAULT = 65535,
    TRIES = 3 /* in one of which all are closed in time, whatever else the machine does */
};

enum { TLS_CLOSED_WITHIN_MS = TIMEOUT_MS + 1000 * SANITIZER_FACTOR, TLS_KINDS = 4 };

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

/* Whether all of these many are closed in time. */
static bool are_closed(uint16_t port, struct raw_client *clients, unsigned connections)
{
    for (unsigned i = 0; i < connections; i++) {
        struct frames frames = {NULL, 0, 0};
        raw_client_connect(&clients[i], port, 0);
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
        if (!clients[i].is_closed) {
            figures_print("stalled: one of kind %u is open\n", i % KINDS);
        }
        raw_client_close(&clients[i]);
    }
    return closed == connections;
}

void stall_trial(unsigned connections)
{
    struct server server =
        server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level", "notice",
                     "--handshake-timeout", HANDSHAKE_TIMEOUT, "--keepalive", KEEPALIVE, NULL);
    struct raw_client *clients = calloc(connections, sizeof *clients);
    struct bystander bystander;
    int tries = 1;
    ck_assert_ptr_nonnull(clients);
    bystander_start(&bystander, "127.0.0.1", server.port);
    while (!are_closed(server.port, clients, connections)) {
        ck_assert_msg(++tries <= TRIES, "not all were closed in time, %d times", TRIES);
    }
    (void)bystander_stop(&bystander, "stalled");
    free(clients);
    server_stop(&server);
}

static int begin_tls(const struct tls_handshake *handshake, uint16_t port, unsigned kind)
{
    static const size_t said[TLS_KINDS] = {0, 0, 10, 24}; /* bytes of the preface inside TLS */
    struct frames hello = {NULL, 0, 0};
    frames_add_hello(&hello, WINDOW_DEFAULT);
    const int descriptor = kind == 0 ? tls_handshake_begin(handshake, port)
                                     : tls_handshake_say(handshake, port, hello.bytes, said[kind]);
    frames_cleanup(&hello);
    return descriptor;
}

/* Reads until the server closes the connection. False: it is open at that time. */
static bool await_closed(int descriptor, int64_t until_ms)
{
    char bytes[4096];
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    for (;;) {
        const int64_t left_ms = until_ms - figures_now_ms();
        if (poll(&polled, 1, left_ms > 0 ? (int)left_ms : 0) <= 0) {
            return false;
        }
        if (recv(descriptor, bytes, sizeof bytes, MSG_DONTWAIT) <= 0) {
            return true;
        }
    }
}

static bool are_closed_tls(const struct tls_handshake *handshake, uint16_t port, int *descriptors,
                           unsigned connections)
{
    unsigned open[TLS_KINDS] = {0};
    for (unsigned i = 0; i < connections; i++) {
        descriptors[i] = begin_tls(handshake, port, i % TLS_KINDS);
    }
    const int64_t began_ms = figures_now_ms();
    for (unsigned i = 0; i < connections; i++) {
        open[i % TLS_KINDS] += !await_closed(descriptors[i], began_ms + TLS_CLOSED_WITHIN_MS);
        close(descriptors[i]);
    }
    figures_print("stalled with TLS: %u of %u, %u, %u and %u of a kind open after %d ms, the "
                  "time-out is %d ms\n",
                  open[0], connections / TLS_KINDS, open[1], open[2], open[3],
                  (int)(figures_now_ms() - began_ms), TIMEOUT_MS);
    return open[0] + open[1] + open[2] + open[3] == 0;
}

void stall_trial_tls(unsigned connections)
{
    struct certificates certificates;
    char certificate[CERTIFICATES_PATH_SIZE];
    char key[CERTIFICATES_PATH_SIZE];
    char authority[CERTIFICATES_PATH_SIZE];
    int *descriptors = calloc(connections, sizeof *descriptors);
    int tries = 1;
    struct bystander bystander;
    ck_assert_ptr_nonnull(descriptors);
    certificates_make(&certificates);
    certificates_path(&certificates, "server.pem", certificate);
    certificates_path(&certificates, "server.key", key);
    certificates_path(&certificates, "ca.pem", authority);
    const struct tls_handshake handshake = {.certificates = &certificates, .authority = "ca"};
    struct server server = server_start("stateful", "--interval", BYSTANDER_INTERVAL, "--log-level",
                                        "notice", "--handshake-timeout", HANDSHAKE_TIMEOUT,
                                        "--tls-cert", certificate, "--tls-key", key, NULL);
    bystander_start_tls(&bystander, "127.0.0.1", server.port, authority);
    while (!are_closed_tls(&handshake, server.port, descriptors, connections)) {
        ck_assert_msg(++tries <= TRIES, "not all were closed in time, %d times", TRIES);
    }
    (void)bystander_stop(&bystander, "stalled with TLS");
    free(descriptors);
    server_stop(&server);
    certificates_remove(&certificates);
}
