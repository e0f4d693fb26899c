/*
 * What a service is to the server: the path of a method, and operations on bytes. A *dialogue* is
 * the service's end of one stream. A worker carries bytes between the stream and the dialogue, and
 * knows no service by name. A service knows no gRPC type, no thread and no socket. A new RPC
 * service is a folder beside comms/ and an entry in the table `services` of server/parts.h.
 *
 * A dialogue belongs to one worker's thread, which calls its operations one at a time:
 *
 *     begin first; then message, too_large, half_close, hear, shut_down in any order, and next
 *     whenever a message may be sent; leave at the end, perhaps more than once
 */
#ifndef COMMS_SERVER_SERVICES_SERVICE_H
#define COMMS_SERVER_SERVICES_SERVICE_H

#include "server/services/dialogue_counts.h"
#include "server/sessions/client_identity.h"
#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVICE_MESSAGE_MAX = 1024, /* bytes of the longest message that a worker reads */
    SERVICE_ERROR_MAX = 256,    /* bytes of the longest message about a failure */
    SERVICE_DIALOGUE_MAX = 192, /* bytes of the largest structure of a dialogue */
    SERVICES_MAX = 8,           /* of a server */
    SERVICE_HEADERS_MAX = 12    /* that a stream begins with */
};

/* A header that a stream begins with: a name in lower case, and a value in printable ASCII. */
struct service_header {
    const char *name;
    const char *value;
};

/* The headers that each stream of a service begins with. */
struct service_headers {
    const struct service_header *items; /* not owned */
    size_t count;                       /* up to SERVICE_HEADERS_MAX */
};

/* What other threads tell a dialogue. */
enum service_word {
    SERVICE_ANSWERED,   /* the store has answered the dialogue's question */
    SERVICE_TAKEN_OVER, /* another stream has taken the session over */
    SERVICE_NEWS        /* what the dialogue watches has changed */
};

/* Why the stream of a dialogue is gone. */
enum service_end {
    SERVICE_CLOSED, /* the client has got the status */
    SERVICE_BROKEN, /* the client has cancelled the call, or the connection is lost */
    SERVICE_UNREAD  /* the client takes nothing: the worker breaks the call off */
};

/* The worker, as a dialogue sees it. */
struct service_host {
    /* Passes the word on to the dialogue's `hear`. From any thread, until the dialogue ends. */
    void (*tell)(struct service_host *host, enum service_word word);
    /*
     * The stream begins with this header too, in place of that of its service with this name.
     * Copies the value; the name is static. For the dialogue, before its first message; without
     * memory the stream begins without it.
     */
    void (*announce)(struct service_host *host, const struct service_header *header);
    const char *peer;                     /* the client's address, for the log */
    const struct client_identity *client; /* NULL: it has none; lives as long as the stream */
    struct dialogue_counters *counters;   /* NULL: nothing is counted */

    /* What the stream ends with, set by the dialogue. ERROR_NONE, as at first: OK. */
    struct failure outcome;
};

enum dialogue_state {
    DIALOGUE_BEGINNING, /* no command has begun it: nothing to send yet */
    DIALOGUE_RUNNING,   /* sends messages; at full speed only in its turn */
    DIALOGUE_OVER       /* the host's outcome is set */
};

/* What a worker sees of a dialogue. A service's own structure begins with it. */
struct dialogue {
    enum dialogue_state state;
    bool is_asking; /* SERVICE_ANSWERED will come: the dialogue must live until then */
};

enum dialogue_step {
    DIALOGUE_WAIT, /* nothing to send before *ret_due, or before a message or a word comes */
    DIALOGUE_SEND, /* *ret_message is to be sent now */
    DIALOGUE_END   /* the stream ends with the outcome */
};

/*
 * A message to send. The dialogue owns the bytes; they are valid until its next operation. The
 * padding, which follows them in the message, is valid for ever, and is not copied.
 */
struct service_message {
    const uint8_t *bytes;
    size_t length; /* bytes */
    bool more;     /* the next message follows at once */
    const uint8_t *padding;
    size_t padding_length; /* bytes; 0: none */
};

struct service;

struct service_operations {
    /*
     * Prepares a dialogue in SERVICE_DIALOGUE_MAX bytes of memory, aligned for any type. `service`
     * and `host` must outlive it.
     */
    void (*begin)(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host);

    void (*message)(struct dialogue *dialogue, const uint8_t *bytes, size_t length);

    /* A message came that is larger than SERVICE_MESSAGE_MAX. */
    void (*too_large)(struct dialogue *dialogue);

    /* The client has half-closed the stream: no more messages come. */
    void (*half_close)(struct dialogue *dialogue);

    /* Another thread has told the host this word. */
    void (*hear)(struct dialogue *dialogue, enum service_word word);

    /* The server stops: the dialogue ends with ERROR_SHUTTING_DOWN. */
    void (*shut_down)(struct dialogue *dialogue);

    /* Whether the pace lets the dialogue send its last message by `deadline`, a time on the clock.
     */
    bool (*finishes_by)(const struct dialogue *dialogue, int64_t deadline);

    /*
     * What to do next. DIALOGUE_SEND: the dialogue has counted *ret_message as sent. DIALOGUE_WAIT:
     * *ret_due is a time on the clock, or CLOCK_NEVER.
     */
    enum dialogue_step (*next)(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due);

    /* The stream is gone. The dialogue sends nothing more, and gives up what it holds. */
    void (*leave)(struct dialogue *dialogue, enum service_end why);

    /*
     * Writes the message that tells the client about the failure; it goes out before the status.
     * Returns its bytes; 0: the status is enough, as it is for each failure where this is NULL.
     * From any thread: refused streams have no dialogue.
     */
    size_t (*encode_failure)(const struct failure *failure,
                             uint8_t bytes[static SERVICE_ERROR_MAX]);
};

/* Who may send several messages. */
enum service_kind {
    SERVICE_BIDI_STREAM, /* both */
    SERVICE_UNARY,       /* nobody */
    SERVICE_SERVER_STREAM
};

/* Whose places a live stream takes (server/work/places.h). */
enum service_places {
    SERVICE_PLACES_STREAMS, /* those of --max-streams */
    SERVICE_PLACES_WATCHES, /* of health: streams that last, and do nothing most of the time */
    SERVICE_PLACES_CHECKS,  /* of health */
    SERVICE_PLACES_REFLECTION,
    SERVICE_PLACES_KINDS
};

struct service {
    const char *method; /* "/package.Service/Method" */
    enum service_kind kind;
    const struct service_operations *operations;
    const void *settings; /* for the operations; must outlive the streams */
    struct service_headers headers;
    unsigned number;    /* its place in the table of services, below SERVICES_MAX */
    bool is_paced;      /* false: it sends at full speed, and its streams take turns */
    bool fails_with_ok; /* a failure that has a message ends the stream with OK after it */
    enum service_places places;
};

/* As the operation encode_failure; 0 where the service has none, or there is no failure. */
static inline size_t service_encode_failure(const struct service *service,
                                            const struct failure *failure,
                                            uint8_t bytes[static SERVICE_ERROR_MAX])
{
    return failure->error == ERROR_NONE || service->operations->encode_failure == NULL
               ? 0
               : service->operations->encode_failure(failure, bytes);
}

#endif
