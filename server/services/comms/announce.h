/*
 * What the server announces of itself in the headers of each stream; proto/PROTOCOL.md has the
 * names. Most of it is the same for all streams, and written once.
 */
#ifndef COMMS_SERVER_SERVICES_COMMS_ANNOUNCE_H
#define COMMS_SERVER_SERVICES_COMMS_ANNOUNCE_H

#include "server/services/service.h"
#include "shared/base/number.h"
#include "shared/protocol/announcement.h"
#include "shared/protocol/command.h"

#include <stdint.h>

/* A server, as it announces itself. */
struct announced_server {
    enum mode mode;
    int64_t interval_ns;        /* between numbers, nanoseconds; 0: full speed */
    uint32_t max_size;          /* of the padding of a message, bytes */
    uint32_t max_numbers;       /* of a session; in stateless mode not used */
    int64_t session_timeout_ns; /* the same */
};

/* The headers as texts. They point into the structure, which must not move. */
struct announce_texts {
    struct service_header headers[ANNOUNCED_FIELDS];
    char values[ANNOUNCED_FIELDS][DURATION_TEXT_SIZE];
    size_t count;
};

/* Writes the headers of all streams. Before the streams, which `texts` must outlive. */
struct service_headers announce_init(struct announce_texts *texts,
                                     const struct announced_server *server);

/* This stream gets a longer interval than the server has. Before its first message. */
void announce_interval(struct service_host *host, int64_t interval_ns, int64_t server_ns);

#endif
