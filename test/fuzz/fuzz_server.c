/*
 * The whole server: listener, C core, acceptor, pollers, workers, sessions. An input is what one
 * client sends on a connection of its own; then it half-closes, and the server has to end the
 * connection. The server lives on from one input to the next.
 *
 * Every now and then an honest client gets a session and compares each number. It finds a server
 * that an input has left unable to serve.
 *
 * The first byte of an input chooses whether the client half-closes at once, or waits until the
 * server has answered a PING behind the input. So streams live for a while, and nothing sleeps.
 */
#undef NDEBUG

#include "server/net/sockets.h"
#include "server/parts.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/grpc/setup.h"
#include "test/fuzz/server/honest_client.h"
#include "test/fuzz/server/raw_socket.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    HONEST_EVERY = 64,  /* inputs */
    END_MS = 10000,     /* for the server to end a connection */
    ANSWER_MS = 5,      /* for the answer to the PING, which an input may have made impossible */
    MAX_NUMBERS = 20,   /* of a session */
    MAX_SESSIONS = 1000 /* inputs begin sessions that nobody ends */
};

static const char ping[] = "\0\0\x08\x06\0\0\0\0\0fuzzping";

static char folder[] = "/tmp/comms-fuzz-XXXXXX";
static char path[sizeof folder + 16];
static struct sockets sockets;
static struct parts parts;

static void wake(void)
{
}

static void stop(void)
{
    parts_stop_listening(&parts);
    sockets_close(&sockets);
    parts_stop_accepting(&parts);
    workers_drain(parts.workers, clock_monotonic.now(&clock_monotonic));
    parts_await_end(&parts);
    parts_stop_evictions(&parts);
    grpc_teardown();
    parts_stop(&parts);
    (void)rmdir(folder);
}

static void start(void)
{
    char address[sizeof path + 8];
    char error[SOCKETS_ERROR_SIZE];
    assert(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    (void)snprintf(address, sizeof address, "unix:%s", path);
    const char *const addresses[] = {address};
    assert(sockets_open(&sockets, addresses, 1, 0, error) == 0);
    const struct parts_settings settings = {.sockets = &sockets,
                                            .store = {.place = "memory"},
                                            .mode = MODE_STATEFUL,
                                            .max_numbers = MAX_NUMBERS,
                                            .command_timeout_ns = NS_PER_S,
                                            .send_timeout_ns = 10 * NS_PER_S,
                                            .max_streams = 1000,
                                            .max_connection_streams = 100,
                                            .max_connections = 1000,
                                            .max_sessions = MAX_SESSIONS,
                                            .session_timeout_ns = 100 * NS_PER_MS,
                                            .times = {.handshake_timeout_ns = NS_PER_S},
                                            .session_clock = &clock_monotonic,
                                            .wake = wake};
    assert(parts_start(&parts, &settings) == NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_LEVEL_ERROR);
    grpc_setup();
    start();
    assert(atexit(stop) == 0);
    honest_client_run(path); /* else no input would show anything */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned inputs;
    if (size == 0) {
        return 0;
    }
    struct raw_socket client;
    raw_socket_connect(&client, path);
    raw_socket_send(&client, data + 1, size - 1);
    if (data[0] & 1) {
        raw_socket_send(&client, ping, sizeof ping - 1);
        (void)raw_socket_await(&client, "fuzzping", ANSWER_MS);
    }
    raw_socket_half_close(&client);
    assert(raw_socket_await_end(&client, END_MS));
    raw_socket_close(&client);
    if (++inputs % HONEST_EVERY == 0) {
        honest_client_run(path);
    }
    return 0;
}
