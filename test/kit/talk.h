/*
 * Conversations as a worker holds them, and words to test them in: what is said, and what must
 * come next. A test fails where something else comes. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_TALK_H
#define COMMS_TEST_KIT_TALK_H

#include "server/services/comms/conversation.h"
#include "server/sessions/store_memory.h"
#include "test/kit/fake_clock.h"

#include <stdbool.h>
#include <stdint.h>

/* What the conversations of a server share. */
struct talk_server {
    struct fake_clock clock;
    struct sessions *sessions; /* NULL in stateless mode */
    struct store_memory store;
    struct conversation_settings settings;
    struct service service;
};

enum { TALK_ANNOUNCED_SIZE = 128 };

struct talk {
    struct service_host host;
    int lost;                            /* how often it was told that it lost its session */
    int answers;                         /* how often it was told that the store has answered */
    char announced[TALK_ANNOUNCED_SIZE]; /* the stream's own headers, a line each */
    const struct service_operations *operations;
    struct conversation conversation;
    bool more;              /* the last reply said that another follows at once */
    const uint8_t *padding; /* of the last reply */
    size_t padding_length;  /* bytes */
};

enum { TALK_SESSIONS_MAX = 3, TALK_SIZE_MAX = 5000 };

#define TALK_START_TIME      (1000 * NS_PER_S)
#define TALK_SESSION_TIMEOUT (30 * NS_PER_S)
#define TALK_COMMAND_TIMEOUT (20 * NS_PER_S)

/* The clock stands at TALK_START_TIME; n may be 65535, a size TALK_SIZE_MAX, sessions
 * TALK_SESSIONS_MAX. From now on the log has errors only. */
void talk_server_init(struct talk_server *server, enum mode mode, int64_t interval_ns);
void talk_server_cleanup(struct talk_server *server);

void talk_begin(struct talk *talk, struct talk_server *server);

/* The client sends a command; with an interval that it wishes for; with a position; or with that
 * and an attempt. */
void talk_say(struct talk *talk, const char *format, ...) __attribute__((format(printf, 2, 3)));
void talk_wish(struct talk *talk, int64_t interval_ns, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void talk_say_at(struct talk *talk, uint32_t position, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void talk_try(struct talk *talk, uint32_t attempt, uint32_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A command, with a position, that asks for padding. */
void talk_say_sized(struct talk *talk, uint32_t size, uint32_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What else may happen to a conversation. */
void talk_half_close(struct talk *talk);
void talk_shut_down(struct talk *talk);
void talk_hear(struct talk *talk, enum service_word word);
void talk_leave(struct talk *talk);

/* The next step, with a number where it is DIALOGUE_SEND. */
enum dialogue_step talk_next(struct talk *talk, uint64_t *ret_number, int64_t *ret_due);

/* The next number goes out now. */
void talk_expect_number(struct talk *talk, uint64_t number);
uint64_t talk_take_number(struct talk *talk);

/* Nothing is to be sent before this time. */
void talk_expect_wait(struct talk *talk, int64_t due);

/* The stream ends with this status; with an error text that begins so, and says more. */
void talk_expect_end(struct talk *talk, enum status status, const char *text);
void talk_expect_ok(struct talk *talk);
/* The stream ends because another one took its session. */
void talk_expect_lost(struct talk *talk);

#endif
