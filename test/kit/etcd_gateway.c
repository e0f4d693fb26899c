#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "test/kit/etcd_gateway.h"

#include "shared/base/clock.h"
#include "test/kit/loopback.h"

#include <check.h>

#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A member is looked at again and again until it serves or leads; what must be answered has more
 * time. */
enum {
    LOOK_S = 2,
    PATIENCE_S = 20,
    PAUSE_MS = 100,
    KEY_MAX = 96,
    HEADER_SIZE = 512,
    ANSWER_MAX = 1 << 20
};

/* ---- HTTP ------------------------------------------------------------------------------------ */

static int open_socket(uint16_t port, int patience_s)
{
    const struct sockaddr_in address = loopback_address(port);
    const struct timeval patience = {.tv_sec = patience_s};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Reads all until the member closes; NULL: it did not. To be freed by the caller. */
static char *read_all(int descriptor)
{
    size_t length = 0;
    char *text = calloc(1, ANSWER_MAX);
    ck_assert_ptr_nonnull(text);
    for (ssize_t got; (got = recv(descriptor, text + length, ANSWER_MAX - 1 - length, 0)) != 0;) {
        if (got < 0) {
            free(text);
            return NULL;
        }
        length += (size_t)got;
    }
    return text;
}

/* One request of HTTP/1.0, after whose answer the member closes. A body that is NULL: GET. */
static char *exchange(const struct etcd_gateway *gateway, const char *path, const char *body,
                      int patience_s)
{
    char header[HEADER_SIZE];
    char *answer = NULL;
    const size_t body_length = body == NULL ? 0 : strlen(body);
    int descriptor = open_socket(gateway->port, patience_s);
    if (descriptor < 0) {
        return NULL;
    }
    int length =
        snprintf(header, sizeof header, "%s %s HTTP/1.0\r\nContent-Length: %zu\r\n%s%s%s\r\n",
                 body == NULL ? "GET" : "POST", path, body_length,
                 gateway->token[0] == '\0' ? "" : "Authorization: ", gateway->token,
                 gateway->token[0] == '\0' ? "" : "\r\n");
    ck_assert_int_lt(length, HEADER_SIZE);
    if (send(descriptor, header, (size_t)length, MSG_NOSIGNAL) == length &&
        (body == NULL ||
         send(descriptor, body, body_length, MSG_NOSIGNAL) == (ssize_t)body_length)) {
        answer = read_all(descriptor);
    }
    close(descriptor);
    return answer;
}

/* The JSON of an answer whose status is 200; NULL: it has another one. */
static json_t *read_answer(const char *answer)
{
    const char *status = answer == NULL ? NULL : strchr(answer, ' ');
    const char *body = answer == NULL ? NULL : strstr(answer, "\r\n\r\n");
    if (status == NULL || body == NULL || strncmp(status, " 200", 4) != 0) {
        return NULL;
    }
    return json_loads(body, 0, NULL);
}

static json_t *ask_within(const struct etcd_gateway *gateway, const char *path, json_t *body,
                          int patience_s)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    char *answer = exchange(gateway, path, text, patience_s);
    json_t *result = read_answer(answer);
    json_decref(body);
    free(text);
    free(answer);
    return result;
}

json_t *etcd_gateway_ask(const struct etcd_gateway *gateway, const char *path, json_t *body)
{
    return ask_within(gateway, path, body, PATIENCE_S);
}

json_t *etcd_gateway_look(const struct etcd_gateway *gateway, const char *path, json_t *body)
{
    return ask_within(gateway, path, body, LOOK_S);
}

/* Waits a little before the next try; the test fails when the time is over. */
static void pause_until(int64_t until, const char *what)
{
    ck_assert_msg(clock_monotonic.now(&clock_monotonic) < until,
                  "etcd refuses %s, or does not answer", what);
    (void)poll(NULL, 0, PAUSE_MS);
}

static int64_t patience_ends(void)
{
    return clock_monotonic.now(&clock_monotonic) + PATIENCE_S * NS_PER_S;
}

/* Whether the question was answered, or done by a try before, whose answer was lost. */
static bool is_done(const char *answer)
{
    json_t *good = read_answer(answer);
    const bool is_good = good != NULL;
    json_decref(good);
    return is_good || (answer != NULL && (strstr(answer, "already exists") != NULL ||
                                          strstr(answer, "has been compacted") != NULL));
}

void etcd_gateway_tell(const struct etcd_gateway *gateway, const char *path, json_t *body)
{
    const int64_t until = patience_ends();
    char *text = json_dumps(body, JSON_COMPACT);
    for (bool done = false; !done;) {
        char *answer = exchange(gateway, path, text, PATIENCE_S);
        done = is_done(answer);
        free(answer);
        if (!done) {
            pause_until(until, path);
        }
    }
    json_decref(body);
    free(text);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

void etcd_gateway_log_in(struct etcd_gateway *gateway, const char *user, const char *password)
{
    const int64_t until = patience_ends();
    json_t *answer;
    gateway->token[0] = '\0';
    while ((answer = etcd_gateway_ask(gateway, "/v3/auth/authenticate",
                                      json_pack("{ss ss}", "name", user, "password", password))) ==
           NULL) {
        pause_until(until, "a user");
    }
    snprintf(gateway->token, sizeof gateway->token, "%s", text_of(answer, "token"));
    json_decref(answer);
}

bool etcd_gateway_is_healthy(const struct etcd_gateway *gateway)
{
    json_t *answer = etcd_gateway_look(gateway, "/health", NULL);
    const bool is_healthy = strcmp(text_of(answer, "health"), "true") == 0;
    json_decref(answer);
    return is_healthy;
}

bool etcd_gateway_is_leader(const struct etcd_gateway *gateway)
{
    json_t *answer = etcd_gateway_look(gateway, "/v3/maintenance/status", json_object());
    const char *member = text_of(json_object_get(answer, "header"), "member_id");
    const bool is_leader = *member != '\0' && strcmp(member, text_of(answer, "leader")) == 0;
    json_decref(answer);
    return is_leader;
}

/* A key as JSON has bytes: in base 64. */
static void encode(const char *key, char encoded[static 2 * KEY_MAX])
{
    ck_assert_uint_lt(strlen(key), KEY_MAX);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)key, (int)strlen(key));
}

json_t *etcd_gateway_prefix(const char *prefix)
{
    char end[KEY_MAX];
    char encoded[2 * KEY_MAX];
    char encoded_end[2 * KEY_MAX];
    encode(prefix, encoded);
    /* The end of a range is the key behind it: that with the next last byte. */
    snprintf(end, sizeof end, "%s", prefix);
    end[strlen(end) - 1]++;
    encode(end, encoded_end);
    return json_pack("{ss ss}", "key", encoded, "range_end", encoded_end);
}

/* ---- Space ----------------------------------------------------------------------------------- */

void etcd_gateway_put(const struct etcd_gateway *gateway, const char *key, size_t bytes)
{
    char encoded[2 * KEY_MAX];
    char *value = malloc(bytes + 1);
    ck_assert_ptr_nonnull(value);
    memset(value, 'A', bytes); /* whatever bytes these are in base 64 */
    value[bytes] = '\0';
    encode(key, encoded);
    json_t *answer = etcd_gateway_ask(gateway, "/v3/kv/put",
                                      json_pack("{ss ss}", "key", encoded, "value", value));
    free(value);
    json_decref(answer);
}

static json_t *ask_alarms(const struct etcd_gateway *gateway)
{
    return etcd_gateway_ask(gateway, "/v3/maintenance/alarm", json_pack("{ss}", "action", "GET"));
}

bool etcd_gateway_has_alarm(const struct etcd_gateway *gateway)
{
    json_t *answer = ask_alarms(gateway);
    const bool has_alarm = json_array_size(json_object_get(answer, "alarms")) > 0;
    json_decref(answer);
    return has_alarm;
}

void etcd_gateway_compact(const struct etcd_gateway *gateway)
{
    json_t *status = etcd_gateway_ask(gateway, "/v3/maintenance/status", json_object());
    const char *revision = text_of(json_object_get(status, "header"), "revision");
    etcd_gateway_tell(gateway, "/v3/kv/compaction",
                      json_pack("{ss sb}", "revision", revision, "physical", 1));
    json_decref(status);
}

void etcd_gateway_defragment(const struct etcd_gateway *gateway)
{
    etcd_gateway_tell(gateway, "/v3/maintenance/defragment", json_object());
}

void etcd_gateway_disarm(const struct etcd_gateway *gateway)
{
    json_t *answer = ask_alarms(gateway);
    size_t i;
    json_t *alarm;
    json_array_foreach(json_object_get(answer, "alarms"), i, alarm)
    {
        etcd_gateway_tell(gateway, "/v3/maintenance/alarm",
                          json_pack("{ss ss ss}", "action", "DEACTIVATE", "memberID",
                                    text_of(alarm, "memberID"), "alarm", text_of(alarm, "alarm")));
    }
    json_decref(answer);
}
