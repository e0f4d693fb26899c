/*
 * HTTP/2 frames of a client, as bytes: right ones, and ones that break the rules. Nothing is
 * checked, because an attacker checks nothing. A test fails where memory is missing.
 */
#ifndef COMMS_TEST_KIT_RAW_HTTP2_FRAMES_H
#define COMMS_TEST_KIT_RAW_HTTP2_FRAMES_H

#include <stddef.h>
#include <stdint.h>

/* RFC 9113, section 6 */
enum frame_type {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_PING = 6,
    FRAME_GOAWAY = 7,
    FRAME_WINDOW_UPDATE = 8,
    FRAME_CONTINUATION = 9,
    FRAME_TYPES
};

enum {
    FRAME_HEADER_SIZE = 9,
    FRAME_PAYLOAD_MAX = 16384, /* what a server takes unless it says otherwise */
    FRAME_END_STREAM = 1,
    FRAME_ACK = 1,
    FRAME_END_HEADERS = 4,
    FRAME_MESSAGE_PREFIX = 5, /* bytes before a gRPC message: a compression flag and the length */
    SETTING_INITIAL_WINDOW = 4,
    ERROR_CODE_CANCEL = 8
};

/* The path of the one method that comms-server has. */
#define FRAME_METHOD "/grpc.Comms/GetNumbers"

/* All zero: empty. */
struct frames {
    uint8_t *bytes;
    size_t length;
    size_t room;
};

struct frame_field {
    const char *name;
    const char *value;
    size_t length; /* bytes of the value, which may hold any */
};

/* A field whose value is a string. */
#define FRAME_FIELD(name, value) ((struct frame_field){name, value, sizeof(value) - 1})

void frames_cleanup(struct frames *frames);

/* Adds bytes as they are; NULL: zeros. */
void frames_add_bytes(struct frames *frames, const void *bytes, size_t length);

/* Adds a frame. `payload` NULL: zeros. */
void frames_add(struct frames *frames, enum frame_type type, unsigned flags, uint32_t id,
                const void *payload, size_t length);

/* Adds what a client says first: the preface, and a SETTINGS frame with this initial window. */
void frames_add_hello(struct frames *frames, uint32_t initial_window);

void frames_add_setting(struct frames *frames, uint16_t setting, uint32_t value);
void frames_add_window(struct frames *frames, uint32_t id, uint32_t increment);
void frames_add_reset(struct frames *frames, uint32_t id);

/*
 * Adds a HEADERS frame of a gRPC call of this method, with CONTINUATION frames if it is long. Each
 * field is a literal that no table remembers. The fields of `more` follow the usual ones.
 */
void frames_add_call(struct frames *frames, uint32_t id, const char *method);
void frames_add_call_with(struct frames *frames, uint32_t id, const char *method,
                          const struct frame_field *more, size_t count);

/* Adds DATA: the prefix of a gRPC message that announces `announced` bytes, and `length` bytes. */
void frames_add_message(struct frames *frames, uint32_t id, unsigned flags, uint32_t announced,
                        const void *bytes, size_t length);

/* Adds a Request with this command. */
void frames_add_command(struct frames *frames, uint32_t id, const char *command);

#endif
