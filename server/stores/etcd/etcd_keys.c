#include "server/stores/etcd/etcd_keys.h"

#include "shared/protocol/sequence.h"
#include "shared_session.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ID_DIGITS = 16 };

static const struct client_key no_client;

/* ---- Keys ------------------------------------------------------------------------------------ */

static struct etcd_key key_of_id(const char *prefix, char kind, uint64_t id)
{
    struct etcd_key key;
    (void)snprintf(key.text, sizeof key.text, "%s/%c/%016" PRIx64, prefix, kind, id);
    return key;
}

struct etcd_key etcd_key_server(const char *prefix, uint64_t id)
{
    return key_of_id(prefix, 'v', id);
}

struct etcd_key etcd_key_dead(const char *prefix, uint64_t id)
{
    return key_of_id(prefix, 'd', id);
}

struct etcd_key etcd_key_session(const char *prefix, const struct uuid *uuid)
{
    struct etcd_key key;
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    (void)snprintf(key.text, sizeof key.text, "%s/s/%s", prefix, text);
    return key;
}

struct etcd_key etcd_key_wish(const char *prefix, uint64_t owner, const struct uuid *uuid,
                              uint64_t claimer)
{
    struct etcd_key key;
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    (void)snprintf(key.text, sizeof key.text, "%s/w/%016" PRIx64 "/%s/%016" PRIx64, prefix, owner,
                   text, claimer);
    return key;
}

struct etcd_key etcd_key_answer(const char *prefix, uint64_t claimer, const struct uuid *uuid)
{
    struct etcd_key key;
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    (void)snprintf(key.text, sizeof key.text, "%s/h/%016" PRIx64 "/%s", prefix, claimer, text);
    return key;
}

struct etcd_key etcd_key_quota(const char *prefix)
{
    struct etcd_key key;
    (void)snprintf(key.text, sizeof key.text, "%s/q", prefix);
    return key;
}

struct etcd_key etcd_key_servers(const char *prefix)
{
    struct etcd_key key;
    (void)snprintf(key.text, sizeof key.text, "%s/v/", prefix);
    return key;
}

static struct etcd_key keys_below_id(const char *prefix, char kind, uint64_t id)
{
    struct etcd_key key;
    (void)snprintf(key.text, sizeof key.text, "%s/%c/%016" PRIx64 "/", prefix, kind, id);
    return key;
}

struct etcd_key etcd_key_wishes(const char *prefix, uint64_t owner)
{
    return keys_below_id(prefix, 'w', owner);
}

struct etcd_key etcd_key_answers(const char *prefix, uint64_t claimer)
{
    return keys_below_id(prefix, 'h', claimer);
}

/* The next character after the slash. */
struct etcd_key etcd_key_end(const struct etcd_key *beginning)
{
    struct etcd_key end = *beginning;
    end.text[strlen(end.text) - 1] = '/' + 1;
    return end;
}

uint64_t etcd_key_read_id(const char *prefix, const uint8_t *key, size_t length)
{
    const struct etcd_key beginning = etcd_key_servers(prefix);
    const size_t before = strlen(beginning.text);
    if (length != before + ID_DIGITS || memcmp(key, beginning.text, before) != 0) {
        return ETCD_NOBODY;
    }
    uint64_t id = 0;
    for (size_t i = before; i < length; i++) {
        const char c = (char)key[i];
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && !(c >= 'a' && c <= 'f')) {
            return ETCD_NOBODY;
        }
        id = id << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    return id;
}

/* ---- Values ---------------------------------------------------------------------------------- */

ProtobufCBinaryData etcd_bytes_of(const void *bytes, size_t length)
{
    union {
        const void *ours;
        uint8_t *theirs;
    } pointer = {.ours = bytes};
    return (ProtobufCBinaryData){.data = pointer.theirs, .len = length};
}

static bool read_uuid(const ProtobufCBinaryData *bytes, struct uuid *ret_uuid)
{
    if (bytes->len != sizeof ret_uuid->bytes) {
        return false;
    }
    memcpy(ret_uuid->bytes, bytes->data, sizeof ret_uuid->bytes);
    return true;
}

size_t etcd_session_write(const struct etcd_session *session, uint8_t bytes[static ETCD_VALUE_SIZE])
{
    const struct session_record *record = &session->record;
    Shared__Session message = SHARED__SESSION__INIT;
    message.n = record->n;
    message.owner = session->owner;
    message.sent = record->sent;
    message.exact = record->is_exact;
    message.attempt = record->attempt;
    message.nonce = session->nonce;
    if (!client_key_equal(&record->client, &no_client)) {
        message.client = etcd_bytes_of(record->client.bytes, sizeof record->client.bytes);
    }
    return shared__session__pack(&message, bytes);
}

bool etcd_session_read(const uint8_t *bytes, size_t length, struct etcd_session *ret_session)
{
    Shared__Session *message = shared__session__unpack(NULL, length, bytes);
    if (message == NULL) {
        return false;
    }
    struct session_record *record = &ret_session->record;
    const size_t client_size = sizeof record->client.bytes;
    /* The server trusts these, whoever has written the record. */
    const bool is_good = message->n > 0 && message->n <= SEQUENCE_N_MAX &&
                         message->sent <= message->n + 1 &&
                         (message->client.len == 0 || message->client.len == client_size);
    if (is_good) {
        *ret_session = (struct etcd_session){.record = {.n = message->n,
                                                        .sent = message->sent,
                                                        .is_exact = message->exact != 0,
                                                        .attempt = message->attempt},
                                             .owner = message->owner,
                                             .nonce = message->nonce};
        if (message->client.len > 0) {
            memcpy(record->client.bytes, message->client.data, client_size);
        }
    }
    shared__session__free_unpacked(message, NULL);
    return is_good;
}

size_t etcd_wish_write(const struct etcd_wish *wish, uint8_t bytes[static ETCD_VALUE_SIZE])
{
    Shared__Wish message = SHARED__WISH__INIT;
    message.uuid = etcd_bytes_of(wish->uuid.bytes, sizeof wish->uuid.bytes);
    message.claimer = wish->claimer;
    message.nonce = wish->nonce;
    message.revision = wish->revision;
    message.attempt = wish->attempt;
    message.position = wish->position;
    return shared__wish__pack(&message, bytes);
}

bool etcd_wish_read(const uint8_t *bytes, size_t length, struct etcd_wish *ret_wish)
{
    Shared__Wish *message = shared__wish__unpack(NULL, length, bytes);
    struct etcd_wish wish;
    if (message == NULL) {
        return false;
    }
    const bool is_good = read_uuid(&message->uuid, &wish.uuid) && message->claimer != ETCD_NOBODY;
    if (is_good) {
        wish.claimer = message->claimer;
        wish.nonce = message->nonce;
        wish.revision = message->revision;
        wish.attempt = message->attempt;
        wish.position = message->position;
        *ret_wish = wish;
    }
    shared__wish__free_unpacked(message, NULL);
    return is_good;
}

size_t etcd_answer_write(const struct etcd_answer *answer, uint8_t bytes[static ETCD_VALUE_SIZE])
{
    Shared__Answer message = SHARED__ANSWER__INIT;
    message.uuid = etcd_bytes_of(answer->uuid.bytes, sizeof answer->uuid.bytes);
    message.nonce = answer->nonce;
    message.outcome = (Shared__Answer__Outcome)answer->outcome;
    message.sent = answer->sent;
    message.exact = answer->is_exact;
    message.attempt = answer->attempt;
    message.was_owned = answer->was_owned;
    return shared__answer__pack(&message, bytes);
}

bool etcd_answer_read(const uint8_t *bytes, size_t length, struct etcd_answer *ret_answer)
{
    Shared__Answer *message = shared__answer__unpack(NULL, length, bytes);
    struct etcd_answer answer;
    if (message == NULL) {
        return false;
    }
    const bool is_good = read_uuid(&message->uuid, &answer.uuid) &&
                         (unsigned)message->outcome <= (unsigned)ETCD_WRONG_POSITION;
    if (is_good) {
        answer.nonce = message->nonce;
        answer.outcome = (enum etcd_answer_outcome)message->outcome;
        answer.sent = message->sent;
        answer.is_exact = message->exact != 0;
        answer.attempt = message->attempt;
        answer.was_owned = message->was_owned != 0;
        *ret_answer = answer;
    }
    shared__answer__free_unpacked(message, NULL);
    return is_good;
}
