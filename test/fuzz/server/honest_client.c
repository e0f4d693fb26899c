#define _GNU_SOURCE /* memmem */
#undef NDEBUG
#include "test/fuzz/server/honest_client.h"

#include "shared/base/uuid.h"
#include "shared/protocol/codec.h"
#include "shared/protocol/sequence.h"
#include "test/fuzz/server/raw_socket.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { NUMBERS = 5, PATIENCE_MS = 10000, PREFIX_SIZE = 5, COMMAND_SIZE = 64 };

/* The preface, empty SETTINGS, and HEADERS of a call: HPACK's static entries, and literals. */
static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                            "\0\0\0\x04\0\0\0\0\0"
                            "\0\0\x42\x01\x04\0\0\0\x01"
                            "\x83\x86"
                            "\x04\x16/grpc.Comms/GetNumbers"
                            "\x01\x06honest"
                            "\x0f\x10\x10"
                            "application/grpc"
                            "\0\x02te\x08trailers";

static void send_start(struct raw_socket *raw, const struct uuid *uuid)
{
    struct request request = {.has_position = false};
    char text[UUID_TEXT_SIZE];
    uint8_t frame[9 + PREFIX_SIZE + REQUEST_SIZE_MAX] = {0};
    uuid_format(uuid, text);
    request.length =
        (size_t)snprintf(request.text, sizeof request.text, "START %s %d", text, NUMBERS);
    const size_t length = request_encode(&request, frame + 9 + PREFIX_SIZE);
    assert(length < COMMAND_SIZE);
    frame[2] = (uint8_t)(PREFIX_SIZE + length);
    frame[8] = 1; /* the stream; type and flags are 0 */
    frame[9 + PREFIX_SIZE - 1] = (uint8_t)length;
    raw_socket_send(raw, frame, 9 + PREFIX_SIZE + length);
}

/* Each message of the session, one behind the other. */
static void check_messages(const struct raw_socket *raw, const struct uuid *uuid)
{
    const uint8_t *at = raw->kept;
    const uint8_t *const end = raw->kept + raw->length;
    struct sequence sequence;
    sequence_init(&sequence, uuid, NUMBERS);
    for (int i = 0; i <= NUMBERS; i++) {
        const struct reply reply = {.number = sequence_next(&sequence)};
        uint8_t message[PREFIX_SIZE + REPLY_SIZE_MAX] = {0};
        const size_t length = PREFIX_SIZE + reply_encode(&reply, message + PREFIX_SIZE);
        message[PREFIX_SIZE - 1] = (uint8_t)(length - PREFIX_SIZE);
        at = memmem(at, (size_t)(end - at), message, length);
        assert(at != NULL);
        at += length;
    }
}

void honest_client_run(const char *path)
{
    static uint16_t run;
    struct raw_socket raw;
    struct uuid uuid = {{0xfe, 0xed}};
    uuid.bytes[2] = (uint8_t)(++run >> 8);
    uuid.bytes[3] = (uint8_t)run;
    raw_socket_connect(&raw, path);
    raw_socket_send(&raw, hello, sizeof hello - 1);
    send_start(&raw, &uuid);
    assert(raw_socket_await(&raw,
                            "grpc-status\x01"
                            "0",
                            PATIENCE_MS));
    check_messages(&raw, &uuid);
    raw_socket_half_close(&raw);
    assert(raw_socket_await_end(&raw, PATIENCE_MS));
    raw_socket_close(&raw);
}
