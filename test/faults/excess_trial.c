#include "test/faults/excess_trial.h"

#include "test/kit/certificates.h"
#include "test/kit/programs.h"
#include "test/kit/raw_http2/raw_client.h"

#include <check.h>

enum { WINDOW_DEFAULT = 65535, TYPE_UNKNOWN = 0x42, AT_ONCE = 64 * 1024 };

static void add_windows(struct frames *frames, uint32_t *id)
{
    (void)id;
    frames_add_window(frames, 0, 1);
}

static void add_unknown(struct frames *frames, uint32_t *id)
{
    (void)id;
    frames_add(frames, (enum frame_type)TYPE_UNKNOWN, 0, 0, NULL, 8);
}

static void add_reset_stream(struct frames *frames, uint32_t *id)
{
    frames_add_call(frames, *id, FRAME_METHOD);
    frames_add_reset(frames, *id);
    *id += 2;
}

/* HEADERS without an end come first. */
static void add_continuation(struct frames *frames, uint32_t *id)
{
    if (*id == 1) {
        frames_add(frames, FRAME_HEADERS, 0, 1, NULL, 0);
        *id += 2;
    }
    frames_add(frames, FRAME_CONTINUATION, 0, 1, NULL, 0);
}

static const struct {
    void (*add)(struct frames *frames, uint32_t *id);
    const char *reason;
} floods[EXCESSES] = {
    {add_windows, "it sends too many frames that are no commands"},
    {add_unknown, "it sends too many frames that are no commands"},
    {add_reset_stream, "it resets too many streams before a command"},
    {add_continuation, "the headers of one request are too long"},
};

static void flood(struct raw_client *client, int kind)
{
    struct frames frames = {NULL, 0, 0};
    uint32_t id = 1;
    frames_add_hello(&frames, WINDOW_DEFAULT);
    do {
        while (frames.length < AT_ONCE) {
            floods[kind].add(&frames, &id);
        }
    } while (raw_client_send(client, &frames));
    frames_cleanup(&frames);
}

void excess_trial(int kind, bool has_tls)
{
    struct certificates certificates;
    char paths[2][CERTIFICATES_PATH_SIZE];
    struct raw_client client;
    certificates_make(&certificates);
    certificates_path(&certificates, "server.pem", paths[0]);
    certificates_path(&certificates, "server.key", paths[1]);
    struct server server =
        has_tls ? server_start("stateful", "--tls-cert", paths[0], "--tls-key", paths[1], NULL)
                : server_start("stateful", NULL);
    raw_client_connect(&client, server.port, 0);
    if (has_tls) {
        raw_client_start_tls(&client);
    }
    flood(&client, kind);
    ck_assert_msg(client.is_closed, "the server takes nothing");
    raw_client_close(&client);
    program_wait_line(server.program, PROGRAM_STDERR, floods[kind].reason);
    server_stop(&server);
    certificates_remove(&certificates);
}
