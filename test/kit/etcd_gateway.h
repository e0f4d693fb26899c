/*
 * What a test asks a member of etcd itself: its gateway takes etcd's v3 API as JSON over HTTP. It
 * shares no code with the server's client of etcd. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_ETCD_GATEWAY_H
#define COMMS_TEST_KIT_ETCD_GATEWAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ETCD_GATEWAY_TOKEN_SIZE = 128 };

/* A member, and the token of the user who asks. */
struct etcd_gateway {
    uint16_t port;                       /* of 127.0.0.1 */
    char token[ETCD_GATEWAY_TOKEN_SIZE]; /* empty: nobody */
};

/*
 * Posts a body, which it takes over, to a path such as /v3/kv/range. Returns the answer, to be
 * freed by json_decref; NULL: the member cannot be reached, does not answer within 20 s, or
 * refuses.
 */
json_t *etcd_gateway_ask(const struct etcd_gateway *gateway, const char *path, json_t *body);

/* The same where no answer is an answer: it waits for 2 s only. */
json_t *etcd_gateway_look(const struct etcd_gateway *gateway, const char *path, json_t *body);

/* The same for a question that must be answered, after some tries: else the test fails. It may be
 * asked twice. */
void etcd_gateway_tell(const struct etcd_gateway *gateway, const char *path, json_t *body);

/* Logs a user in, after some tries. */
void etcd_gateway_log_in(struct etcd_gateway *gateway, const char *user, const char *password);

/* Whether the member serves, which takes a leader. */
bool etcd_gateway_is_healthy(const struct etcd_gateway *gateway);

/* Whether the member is the leader. */
bool etcd_gateway_is_leader(const struct etcd_gateway *gateway);

/* A body that names all keys which begin so, as `key` and `range_end`. The prefix is not empty. */
json_t *etcd_gateway_prefix(const char *prefix);

/* Puts this many bytes at a key, which etcd may refuse. */
void etcd_gateway_put(const struct etcd_gateway *gateway, const char *key, size_t bytes);

/* Whether etcd refuses whatever needs more space. */
bool etcd_gateway_has_alarm(const struct etcd_gateway *gateway);

/* Gives the space of old values and of deleted keys back, and ends all alarms. */
void etcd_gateway_compact(const struct etcd_gateway *gateway);
void etcd_gateway_defragment(const struct etcd_gateway *gateway);
void etcd_gateway_disarm(const struct etcd_gateway *gateway);

#endif
