#include "test/faults/unread_trial.h"

#include "shared/base/clock.h"
#include "test/faults/bystander.h"
#include "test/faults/figures.h"
#include "test/faults/footprint.h"
#include "test/kit/held_connections.h"
#include "test/kit/raw_http2/raw_client.h"
#include "test/kit/scratch_folder.h"
#include "test/kit/small_buffers.h"

#include <check.h>

#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

enum {
    RECEIVE_BUFFER = 16384,
    /* The server answers each SETTINGS frame with 9 bytes: in all more than a send buffer holds. */
    SETTINGS_FRAMES = 400000,
    STUCK_MS = 200, /* without a byte of any client that the server took */
    TRIES = 3,
    LOOK_EVERY_MS = 5,
    ENDS_WITHIN_MS = 1000,  /* after the send deadline */
    STOPS_WITHIN_MS = 2000, /* after the drain time-out */
    WINDOW_DEFAULT = 65535
};

/* For what else the machine does. */
#define SLACK_NS (20 * NS_PER_MS)

enum kind { TCP_WINDOW, UNIX_BUFFER, HTTP2_WINDOW, KINDS };

/* A server with a sanitizer takes its time to fill the buffers, on a machine that does more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZER_ROOM_MS = 10000 };
#else
enum { SANITIZER_ROOM_MS = 0 };
#endif

struct unread_trial {
    struct server server;
    unsigned send_timeout_ms;
    unsigned drain_timeout_ms;
    char folder[SCRATCH_FOLDER_SIZE];
    char path[SCRATCH_FOLDER_SIZE + 16]; /* of the unix socket */
    uint64_t descriptors;                /* the server's, without these clients */
    struct frames flood;
    size_t *sent;     /* bytes of `flood`, by client */
    int64_t stuck_ms; /* time at which the server took the last byte of a client */
    unsigned count;
    struct raw_client clients[];
};

static struct unread_trial *create(unsigned clients, unsigned send_timeout_ms,
                                   unsigned drain_timeout_ms)
{
    struct unread_trial *trial = calloc(1, sizeof *trial + clients * sizeof trial->clients[0]);
    char listen[sizeof trial->path + 16];
    char send_timeout[16];
    char drain_timeout[16];
    ck_assert_ptr_nonnull(trial);
    trial->sent = calloc(clients, sizeof *trial->sent);
    ck_assert_ptr_nonnull(trial->sent);
    trial->count = clients;
    trial->send_timeout_ms = send_timeout_ms;
    trial->drain_timeout_ms = drain_timeout_ms;
    small_buffers_begin();
    scratch_folder_make(trial->folder, "comms-unread");
    snprintf(trial->path, sizeof trial->path, "%s/socket", trial->folder);
    snprintf(listen, sizeof listen, "unix:%s", trial->path);
    snprintf(send_timeout, sizeof send_timeout, "%ums", send_timeout_ms);
    snprintf(drain_timeout, sizeof drain_timeout, "%ums", drain_timeout_ms);
    trial->server = server_start("stateful", "--listen", listen, "--interval", BYSTANDER_INTERVAL,
                                 "--log-level", "notice", "--send-timeout", send_timeout,
                                 "--drain-timeout", drain_timeout, NULL);
    for (int i = 0; i < SETTINGS_FRAMES; i++) {
        frames_add(&trial->flood, FRAME_SETTINGS, 0, 0, NULL, 0);
    }
    return trial;
}

static void begin(struct unread_trial *trial, unsigned i)
{
    struct raw_client *client = &trial->clients[i];
    const enum kind kind = (enum kind)(i % KINDS);
    struct frames frames = {NULL, 0, 0};
    char start[64];
    if (kind == UNIX_BUFFER) {
        raw_client_connect_unix(client, trial->path);
    } else {
        raw_client_connect(client, trial->server.port, kind == TCP_WINDOW ? RECEIVE_BUFFER : 0);
    }
    snprintf(start, sizeof start, "START %08x-0000-4000-8000-000000000000 60000", i);
    frames_add_hello(&frames, kind == HTTP2_WINDOW ? 0 : WINDOW_DEFAULT);
    frames_add_call(&frames, 1, FRAME_METHOD);
    frames_add_command(&frames, 1, start);
    ck_assert(raw_client_send(client, &frames));
    frames_cleanup(&frames);
}

/* Its session has started when the server's HEADERS come. From then on it reads nothing. */
static void stop_reading(struct raw_client *client)
{
    while (client->frames[FRAME_HEADERS] == 0) {
        ck_assert(raw_client_read(client, RAW_PATIENCE_MS));
    }
    client->is_reading = false;
}

/* The client's bytes that the server's kernel has not taken yet. */
static size_t pushed_and_not_taken(const struct raw_client *client)
{
    int bytes = 0;
    ck_assert_int_eq(ioctl(client->descriptor, SIOCOUTQ, &bytes), 0);
    return (size_t)bytes;
}

/* Pushes the rest of the client's flood; returns how much of it the server has taken. */
static size_t flood(struct unread_trial *trial, unsigned i)
{
    struct raw_client *client = &trial->clients[i];
    const size_t left = trial->flood.length - trial->sent[i];
    trial->sent[i] += raw_client_push(client, trial->flood.bytes + trial->sent[i], left);
    return trial->sent[i] - pushed_and_not_taken(client);
}

/* Pushes to all; whether the server has taken anything since the last time. */
static bool flood_all(struct unread_trial *trial, size_t *taken)
{
    const size_t taken_before = *taken;
    *taken = 0;
    for (unsigned i = 0; i < trial->count; i++) {
        *taken += i % KINDS == HTTP2_WINDOW ? 0 : flood(trial, i);
    }
    if (*taken != taken_before) {
        trial->stuck_ms = figures_now_ms();
        return true;
    }
    return false;
}

/* Sends SETTINGS until the server takes no more: the answers fill its send buffers. A server that
 * has only had no processor for a while takes them before it answers a new connection. */
static void fill_buffers(struct unread_trial *trial)
{
    size_t taken = 0;
    do {
        trial->stuck_ms = figures_now_ms();
        while (figures_now_ms() < trial->stuck_ms + STUCK_MS) {
            (void)flood_all(trial, &taken);
            poll(NULL, 0, LOOK_EVERY_MS);
        }
        (void)held_await_service(trial->server.port);
    } while (flood_all(trial, &taken));
}

static void begin_all(struct unread_trial *trial)
{
    trial->descriptors = footprint_descriptors(program_pid(trial->server.program));
    for (unsigned i = 0; i < trial->count; i++) {
        begin(trial, i);
    }
    for (unsigned i = 0; i < trial->count; i++) {
        stop_reading(&trial->clients[i]);
    }
    fill_buffers(trial);
}

/* What is left until this time after the last byte, in milliseconds. */
static int left_of(const struct unread_trial *trial, unsigned limit_ms)
{
    const int64_t left_ms = trial->stuck_ms + limit_ms - figures_now_ms();
    return left_ms > 0 ? (int)left_ms : 0;
}

/*
 * Whether all have ended in time. A stream that HTTP/2's window holds up ends by a frame, which the
 * client reads at last. From the others the server takes its descriptor: they would see the end
 * only behind the bytes that they do not read.
 */
static bool have_ended(struct unread_trial *trial)
{
    const unsigned limit_ms = trial->send_timeout_ms + SANITIZER_ROOM_MS + ENDS_WITHIN_MS;
    unsigned windows = 0;
    unsigned ended = 0;
    for (unsigned i = HTTP2_WINDOW; i < trial->count; i += KINDS) {
        struct raw_client *client = &trial->clients[i];
        windows++;
        ended += raw_client_await_ends(client, 1, left_of(trial, limit_ms)) || client->is_closed;
    }
    const bool are_gone = footprint_await_descriptors(
        program_pid(trial->server.program), trial->descriptors + windows, left_of(trial, limit_ms));
    figures_print("unread: %u clients, %u of %u streams without a window ended, descriptors %s, "
                  "%d ms after the last byte; the send deadline is %u ms\n",
                  trial->count, ended, windows, are_gone ? "closed" : "open",
                  (int)(figures_now_ms() - trial->stuck_ms), trial->send_timeout_ms);
    return ended == windows && are_gone;
}

static bool are_served(const struct unread_trial *trial, struct bystander_delays alone,
                       struct bystander_delays beside)
{
    if (beside.gap_p99 >
        2 * alone.gap_p99 + SLACK_NS) { /* the machine may have got more to do meanwhile */
        alone = bystander_baseline("127.0.0.1", trial->server.port);
    }
    return beside.gap_p99 <= 2 * alone.gap_p99 + SLACK_NS;
}

static bool has_stopped(struct unread_trial *trial)
{
    const int64_t began_ms = figures_now_ms();
    const unsigned limit_ms = trial->drain_timeout_ms + SANITIZER_ROOM_MS + STOPS_WITHIN_MS;
    program_signal(trial->server.program, SIGTERM);
    ck_assert_int_eq(program_wait_exit(trial->server.program), 0);
    const int64_t took_ms = figures_now_ms() - began_ms;
    figures_print("unread: stopped %d ms after SIGTERM, the drain time-out is %u ms\n",
                  (int)took_ms, trial->drain_timeout_ms);
    return took_ms <= limit_ms;
}

static void destroy(struct unread_trial *trial)
{
    for (unsigned i = 0; i < trial->count; i++) {
        raw_client_close(&trial->clients[i]);
    }
    program_destroy(trial->server.program);
    scratch_folder_remove(trial->folder);
    frames_cleanup(&trial->flood);
    free(trial->sent);
    free(trial);
}

void unread_trial_of_ends(unsigned clients, unsigned send_timeout_ms, unsigned drain_timeout_ms)
{
    bool is_good = false;
    for (int tries = 0; tries < TRIES && !is_good; tries++) {
        struct unread_trial *trial = create(clients, send_timeout_ms, drain_timeout_ms);
        const struct bystander_delays alone = bystander_baseline("127.0.0.1", trial->server.port);
        struct bystander bystander;
        bystander_start(&bystander, "127.0.0.1", trial->server.port);
        begin_all(trial);
        const bool have_all_ended = have_ended(trial);
        const struct bystander_delays beside = bystander_stop(&bystander, "unread");
        is_good = have_all_ended && are_served(trial, alone, beside);
        destroy(trial);
    }
    ck_assert_msg(is_good, "not in time, %d times, as printed above", TRIES);
}

void unread_trial_of_stop(unsigned clients, unsigned send_timeout_ms, unsigned drain_timeout_ms)
{
    bool is_good = false;
    for (int tries = 0; tries < TRIES && !is_good; tries++) {
        struct unread_trial *trial = create(clients, send_timeout_ms, drain_timeout_ms);
        begin_all(trial);
        is_good = has_stopped(trial);
        destroy(trial);
    }
    ck_assert_msg(is_good, "not in time, %d times, as printed above", TRIES);
}
