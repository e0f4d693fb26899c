#include "server/services/comms/announce.h"

#include <inttypes.h>
#include <stdio.h>

/* Adds a header, and returns the room for its value. */
static char *add(struct announce_texts *texts, enum announced field)
{
    char *value = texts->values[texts->count];
    texts->headers[texts->count++] =
        (struct service_header){.name = announced_name(field), .value = value};
    return value;
}

struct service_headers announce_init(struct announce_texts *texts,
                                     const struct announced_server *server)
{
    *texts = (struct announce_texts){.count = 0};
    (void)snprintf(add(texts, ANNOUNCED_VERSION), DURATION_TEXT_SIZE, "%s", COMMS_VERSION);
    (void)snprintf(add(texts, ANNOUNCED_MODE), DURATION_TEXT_SIZE, "%s", mode_name(server->mode));
    (void)duration_write(server->interval_ns, add(texts, ANNOUNCED_INTERVAL));
    (void)snprintf(add(texts, ANNOUNCED_MAX_SIZE), DURATION_TEXT_SIZE, "%" PRIu32,
                   server->max_size);
    if (server->mode == MODE_STATEFUL) {
        (void)snprintf(add(texts, ANNOUNCED_MAX_NUMBERS), DURATION_TEXT_SIZE, "%" PRIu32,
                       server->max_numbers);
        (void)duration_write(server->session_timeout_ns, add(texts, ANNOUNCED_SESSION_TIMEOUT));
    }
    return (struct service_headers){.items = texts->headers, .count = texts->count};
}

static void tell(struct service_host *host, enum announced field, int64_t ns)
{
    char value[DURATION_TEXT_SIZE];
    const struct service_header header = {.name = announced_name(field),
                                          .value = duration_write(ns, value)};
    host->announce(host, &header);
}

void announce_interval(struct service_host *host, int64_t interval_ns, int64_t server_ns)
{
    tell(host, ANNOUNCED_INTERVAL, interval_ns);
    tell(host, ANNOUNCED_MIN_INTERVAL, server_ns);
}
