#include "test/kit/conversation_fixture.h"

#include <check.h>

#include <string.h>

struct talk_server stateless_server;
struct talk_server stateful_server;

void conversation_set_up(void)
{
    talk_server_init(&stateless_server, MODE_STATELESS, 0);
    talk_server_init(&stateful_server, MODE_STATEFUL, 0);
}

void conversation_tear_down(void)
{
    talk_server_cleanup(&stateless_server);
    talk_server_cleanup(&stateful_server);
}

struct talk_server *server_of(enum mode mode)
{
    return mode == MODE_STATEFUL ? &stateful_server : &stateless_server;
}

uint32_t sent_of(const char *text)
{
    struct uuid uuid;
    ck_assert(uuid_parse(text, strlen(text), &uuid));
    struct session *session = sessions_find(stateful_server.sessions, &uuid);
    ck_assert_ptr_nonnull(session);
    uint32_t sent = session_sent(session);
    session_unref(session);
    return sent;
}

void expect_messages(struct talk *talk, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k <= to; k++) {
        talk_expect_number(talk, known_messages[k - 1]);
        ck_assert(talk->more == (k < N + 1));
    }
}

void expect_answers(struct talk *talk, uint64_t position, uint64_t checksum)
{
    talk_expect_number(talk, position);
    ck_assert(talk->more); /* the second answer follows at once */
    talk_expect_number(talk, checksum);
}

void send_and_leave(uint32_t sent)
{
    struct talk talk;
    talk_begin(&talk, &stateful_server);
    talk_say(&talk, "START " UUID " %d", N);
    expect_messages(&talk, 1, sent);
    talk_leave(&talk);
}
