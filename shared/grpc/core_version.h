/*
 * What the programs know of one version of C core beyond its documented interface: the layout of a
 * struct that its headers only name, the texts that it writes, and the name of a symbol of Abseil.
 * Another version may differ in each, so the programs use them with this version only, and do
 * without them with another one. (server/net/peer_index and
 * server/rpc/identity read the names of connections with every version: "fd:N", "ipv4:…",
 * "ipv6:…".)
 *
 * core_version_check is for the main thread before others exist; the other functions are for any
 * thread. This header needs no type of C core, so that rooms without C core can use the texts.
 */
#ifndef COMMS_SHARED_GRPC_CORE_VERSION_H
#define COMMS_SHARED_GRPC_CORE_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of C core in gRPC 1.51, as grpc_version_string() returns it. */
#define CORE_VERSION_KNOWN "29.0.0"

/* The version as grpc_version_string() returns it; static. */
const char *core_version_number(void);

/* Writes `gRPC C core 29.0.0`, cut to what fits. */
void core_version_describe(char *text, size_t size);

/*
 * Sets the version that counts as that of C core, and logs a warning if it is not the known one.
 * grpc_setup passes grpc_version_string(), a test other versions.
 */
void core_version_check(const char *version);

/* Whether C core has the known version. May be called before core_version_check. */
bool core_version_is_known(void);

/* ---- Texts ----------------------------------------------------------------------------------- */

/*
 * The details of a status that C core makes itself because the peer sent none. A text whose name
 * ends in `begins` is only the beginning of the details.
 */
struct core_texts {
    const char *connect_failed_begins;  /* no address of the server could be connected to */
    const char *resolve_failed_begins;  /* the name of the server could not be resolved; the name,
                                           the port, a status and one of the next texts follow */
    const char *no_such_name;           /* what the C library says of a name without addresses, */
    const char *no_data_for_name;       /* likewise, */
    const char *no_family_for_name;     /* likewise, where it has some of another family */
    const char *no_name_server;         /* and if the name server does not answer */
    const char *backends_failed_begins; /* the same, with round_robin */
    /* Parts of the details after these two. */
    const char *connection_refused;
    const char *last_error;          /* a status and the address follow, each with ": " behind it */
    const char *handshake_failed;    /* of TLS; what OpenSSL says follows */
    const char *verification_failed; /* the certificate of the server; the reason follows */
    const char *handshake_read_failed; /* the time was over during the handshake of TLS */
    const char *connect_timed_out;     /* the time was over before TCP was connected */
    const char *no_settings;           /* the time was over before HTTP/2 came */
    const char *no_such_file;          /* of a unix socket */
    const char *endpoint_failed;       /* the connection broke within TLS */
    const char *not_http2;             /* the peer speaks another protocol */
    const char *http1;                 /* the same, HTTP/1 */
    const char *no_http2;              /* the peer speaks TLS, but has not chosen HTTP/2 in it */

    const char *read_failed_begins; /* the connection broke during a read */
    const char *reset;              /* the connection broke during a write: ECONNRESET */
    const char *broken_pipe;        /* the connection broke during a write: EPIPE */
    const char *closed;             /* the peer closed the connection */
    const char *goaway_begins;      /* the peer sent a GOAWAY */
    const char *rst_stream_begins;  /* the error code of HTTP/2 follows */
    const char *http_status_begins; /* the status of HTTP follows */
    const char *too_large_begins;   /* a message is larger than C core receives */
    const char *bad_frame_begins;   /* what came is no message of gRPC */
    const char *no_status;          /* the stream ended without a status */
    const char *stream_removed;     /* the same, in another place of C core */
};

/* The texts; static. NULL: C core has an unknown version. */
const struct core_texts *core_version_texts(void);

/* Whether the details say that no address of the server could be connected to. */
bool core_texts_tell_no_connection(const struct core_texts *texts, const char *details);

/* ---- Sockets --------------------------------------------------------------------------------- */

struct core_socket_mutator;

/*
 * The type that the channel argument GRPC_ARG_SOCKET_MUTATOR points to, laid out as in
 * src/core/lib/iomgr/socket_mutator.h. C core calls it with each socket that it opens for the
 * channel. Only for the known version of C core.
 */
struct core_socket_mutator_functions {
    bool (*mutate)(int descriptor, struct core_socket_mutator *mutator);
    int (*compare)(struct core_socket_mutator *a, struct core_socket_mutator *b);
    void (*destroy)(struct core_socket_mutator *mutator);
    bool (*mutate_as)(const void *descriptor_and_usage, struct core_socket_mutator *mutator);
};

struct core_socket_mutator {
    const struct core_socket_mutator_functions *functions;
    intptr_t references; /* a gpr_refcount */
};

/*
 * Begins with one reference; C core adds and removes more. core_socket_mutator_unref returns true
 * for the last one, in whichever thread: the caller then destroys the mutator.
 */
void core_socket_mutator_init(struct core_socket_mutator *mutator,
                              const struct core_socket_mutator_functions *functions);
void core_socket_mutator_ref(struct core_socket_mutator *mutator);
bool core_socket_mutator_unref(struct core_socket_mutator *mutator);

/* ---- Locks ----------------------------------------------------------------------------------- */

/*
 * Turns off the search for deadlocks that Debian 12's Abseil does in every lock of C core: it costs
 * 13 % of a number's time at full speed. Does nothing if Abseil has no such symbol.
 */
void core_version_ignore_deadlocks(void);

/* ---- Reads ----------------------------------------------------------------------------------- */

/*
 * Turns off C core's experiment tcp_read_chunks, with which some GiB of small frames abort the
 * process: its estimate of the next read overflows. What the user has set in GRPC_EXPERIMENTS
 * stays. Before grpc_init.
 */
void core_version_bound_reads(void);

#endif
