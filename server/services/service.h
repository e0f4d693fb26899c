/*
 * What a service is to the server: a method's path, and operations on bytes. A worker carries bytes
 * between a stream and a dialogue, the service's end of one stream, and knows no service by name.
 * A service knows no gRPC type, no thread and no socket. Another RPC service is another `struct
 * service` in the table of server/main.c, and a folder beside comms/.
 *
 * A dialogue belongs to one worker's thread; its operations are called from there, one at a time:
 *
 *     begin, then message, malformed, half_close, taken_over, answered, shut_down in any order, and
 *     next whenever something may be sent; leave at the end, perhaps more than once
 */
#ifndef COMMS_SERVER_SERVICES_SERVICE_H
#define COMMS_SERVER_SERVICES_SERVICE_H

#include "shared/protocol/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVICE_MESSAGE_MAX = 1024, /* bytes of a message that a worker reads */
    SERVICE_ERROR_MAX = 256,    /* bytes of a message that tells an error */
    SERVICE_DIALOGUE_MAX = 384  /* bytes of a service's structure for a dialogue */
};

/* What other threads have to tell a dialogue. */
enum service_word {
    SERVICE_ANSWERED,  /* the store has answered what the dialogue asked */
    SERVICE_TAKEN_OVER /* another stream owns the session now */
};

/* The worker, as a dialogue sees it: `tell` may be called from any thread until the end. */
struct service_host {
    void (*tell)(struct service_host *host, enum service_word word);
    const char *peer; /* the client's address, for the log */
};

enum dialogue_state {
    DIALOGUE_BEGINNING, /* has nothing to send yet */
    DIALOGUE_RUNNING,   /* sends; at full speed in its turn */
    DIALOGUE_OVER       /* the outcome is known */
};

/* What a worker sees of a dialogue. A service's own structure begins with it. */
struct dialogue {
    enum dialogue_state state;
    bool is_asking; /* SERVICE_ANSWERED is still to come: the dialogue must live until then */
    struct failure outcome; /* ERROR_NONE: the stream ends with OK */
};

enum dialogue_step {
    DIALOGUE_WAIT, /* there is nothing to send before the time that is due, or before a message */
    DIALOGUE_SEND, /* the message is to be sent now */
    DIALOGUE_END   /* the stream ends with the outcome */
};

/* A message to send. The bytes are the dialogue's, and good until its next operation. */
struct service_message {
    const uint8_t *bytes;
    size_t length;
    bool more; /* another one follows at once */
};

struct service;

struct service_operations {
    /*
     * Prepares a dialogue in SERVICE_DIALOGUE_MAX bytes of memory, aligned for any type. `service`
     * and `host` outlive it.
     */
    void (*begin)(struct dialogue *dialogue, const struct service *service,
                  struct service_host *host);

    /* A message came; or one that is too large to be read; or the client sends no more of them. */
    void (*message)(struct dialogue *dialogue, const uint8_t *bytes, size_t length);
    void (*malformed)(struct dialogue *dialogue);
    void (*half_close)(struct dialogue *dialogue);

    /* The host was told this word. */
    void (*hear)(struct dialogue *dialogue, enum service_word word);

    /* The server stops: the dialogue ends with ERROR_SHUTTING_DOWN. */
    void (*shut_down)(struct dialogue *dialogue);

    /* Whether all that is left will have been sent at that time, as far as the pace goes. */
    bool (*finishes_by)(const struct dialogue *dialogue, int64_t deadline);

    /*
     * What to do next. With DIALOGUE_SEND *ret_message has been counted as sent. With DIALOGUE_WAIT
     * *ret_due is a time on the clock, or CLOCK_NEVER.
     */
    enum dialogue_step (*next)(struct dialogue *dialogue, struct service_message *ret_message,
                               int64_t *ret_due);

    /* The stream is gone: nothing more is said, what the dialogue holds is given up. */
    void (*leave)(struct dialogue *dialogue);

    /*
     * Writes the message that tells a client of the failure, before the status; 0: the status alone
     * does. From any thread: it is used for streams that never had a dialogue, too.
     */
    size_t (*encode_failure)(const struct failure *failure,
                             uint8_t bytes[static SERVICE_ERROR_MAX]);
};

struct service {
    const char *method; /* "/package.Service/Method" */
    const struct service_operations *operations;
    const void *settings; /* the operations' own */
    bool is_paced;        /* otherwise it sends at full speed, and its streams take turns */
};

#endif
