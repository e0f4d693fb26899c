/*
 * The keys of a shared store, and what stands at them as bytes: see proto/shared_session.proto.
 * Every function may be called from any thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_KEYS_H
#define COMMS_SERVER_STORES_ETCD_ETCD_KEYS_H

#include "server/sessions/sessions_durable.h"
#include "server/stores/etcd/etcd_target.h"
#include "shared/base/uuid.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_KEY_SIZE = ETCD_PREFIX_SIZE + 80, /* w/, an id, a uuid, an id */
    ETCD_VALUE_SIZE = 96                   /* the longest value, in bytes */
};

#define ETCD_NOBODY UINT64_C(0)

/* A key, which has no NUL byte but the last one. */
struct etcd_key {
    char text[ETCD_KEY_SIZE];
};

struct etcd_key etcd_key_server(const char *prefix, uint64_t id);
struct etcd_key etcd_key_dead(const char *prefix, uint64_t id);
struct etcd_key etcd_key_session(const char *prefix, const struct uuid *uuid);
struct etcd_key etcd_key_wish(const char *prefix, uint64_t owner, const struct uuid *uuid,
                              uint64_t claimer);
struct etcd_key etcd_key_answer(const char *prefix, uint64_t claimer, const struct uuid *uuid);

/* A key that is never put, for etcd_txn_write_group. */
struct etcd_key etcd_key_quota(const char *prefix);

/* What the keys of all servers, of the wishes to one server, or of the answers to one begin with.
 */
struct etcd_key etcd_key_servers(const char *prefix);
struct etcd_key etcd_key_wishes(const char *prefix, uint64_t owner);
struct etcd_key etcd_key_answers(const char *prefix, uint64_t claimer);

/* The end of the range of all keys that begin with this one, which ends with a slash. */
struct etcd_key etcd_key_end(const struct etcd_key *beginning);

/* The id at the end of a key of etcd_key_server; ETCD_NOBODY: it is no such key. */
uint64_t etcd_key_read_id(const char *prefix, const uint8_t *key, size_t length);

/* A session's record, as servers share it. */
struct etcd_session {
    struct session_record record; /* generation: the revision of the key, not in the bytes */
    uint64_t owner;               /* ETCD_NOBODY: any server may take it */
    uint64_t nonce;               /* of the transaction that gave it to the owner */
};

struct etcd_wish {
    struct uuid uuid;
    uint64_t claimer;
    uint64_t nonce;
    int64_t revision; /* of the session's record, as the claimer has read it */
    uint32_t attempt;
    uint32_t position;
};

enum etcd_answer_outcome { ETCD_GIVEN, ETCD_NOT_HERE, ETCD_OLDER_ATTEMPT, ETCD_WRONG_POSITION };

struct etcd_answer {
    struct uuid uuid;
    uint64_t nonce; /* of the wish */
    enum etcd_answer_outcome outcome;
    uint32_t sent;
    bool is_exact;
    uint32_t attempt;
    bool was_owned; /* by a stream, which has lost it */
};

/* Bytes to be packed. protobuf-c does not change what it packs, but has no const. */
ProtobufCBinaryData etcd_bytes_of(const void *bytes, size_t length);

/* Write the value's bytes, and return how many there are. */
size_t etcd_session_write(const struct etcd_session *session,
                          uint8_t bytes[static ETCD_VALUE_SIZE]);
size_t etcd_wish_write(const struct etcd_wish *wish, uint8_t bytes[static ETCD_VALUE_SIZE]);
size_t etcd_answer_write(const struct etcd_answer *answer, uint8_t bytes[static ETCD_VALUE_SIZE]);

/* Read the value of a key; false: it is no such value. The uuid of a session, and its generation,
 * are the caller's to set. */
bool etcd_session_read(const uint8_t *bytes, size_t length, struct etcd_session *ret_session);
bool etcd_wish_read(const uint8_t *bytes, size_t length, struct etcd_wish *ret_wish);
bool etcd_answer_read(const uint8_t *bytes, size_t length, struct etcd_answer *ret_answer);

#endif
