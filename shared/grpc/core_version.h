/*
 * What the programs know of one C core beyond its documented interface. It stands here: how
 * a struct is laid out that its headers only name, how the texts read that it makes up, and what a
 * symbol of Abseil below it is called. None of it is promised, so it is used with that C core only;
 * with another one the programs do without. (One text more is read elsewhere, by every C core: the
 * name "fd:N" of a connection, in server/net/connection.)
 *
 * core_version_check is for the main thread before others exist, all else for any thread. No type
 * of C core is needed here, so that rooms without C core may know the texts.
 */
#ifndef COMMS_SHARED_GRPC_CORE_VERSION_H
#define COMMS_SHARED_GRPC_CORE_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* That of gRPC 1.51, as grpc_version_string() tells it. */
#define CORE_VERSION_KNOWN "29.0.0"

/* As grpc_version_string() tells it; static. */
const char *core_version_number(void);

/* Writes `gRPC C core 29.0.0`, cut to what fits. */
void core_version_describe(char *text, size_t size);

/*
 * Takes the C core for one of this version, and logs a warning if it is not the known one:
 * grpc_setup calls it with grpc_version_string(), a test with others.
 */
void core_version_check(const char *version);

/* Whether the C core is the known one; before core_version_check, too. */
bool core_version_is_known(void);

/* ---- Texts ----------------------------------------------------------------------------------- */

/*
 * The details of a status that C core makes itself, because no status came. Those that end in
 * `begins` are followed by more.
 */
struct core_texts {
    const char *connect_failed_begins; /* this and the next: on the way to a connection */
    const char *resolve_failed_begins;
    const char *connection_refused; /* somewhere behind connect_failed_begins */
    const char *read_failed_begins; /* the connection broke, while it was read */
    const char *reset;              /* the same while it was written to, or the next */
    const char *broken_pipe;
    const char *closed;
    const char *goaway_begins;
    const char *rst_stream_begins;  /* the code of HTTP/2 follows */
    const char *http_status_begins; /* the status of HTTP follows */
    const char *no_status;          /* the stream ended without one, or the next */
    const char *stream_removed;
};

/* NULL: this C core's texts are not known. Static. */
const struct core_texts *core_version_texts(void);

/* ---- Sockets --------------------------------------------------------------------------------- */

struct core_socket_mutator;

/*
 * src/core/lib/iomgr/socket_mutator.h: what the channel argument GRPC_ARG_SOCKET_MUTATOR points to.
 * C core shows it each socket that it opens for the channel. Only for a C core that is known.
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
 * Begins with one reference; C core takes and gives back others. The last one, in whichever thread,
 * returns true: the caller then destroys the mutator.
 */
void core_socket_mutator_init(struct core_socket_mutator *mutator,
                              const struct core_socket_mutator_functions *functions);
void core_socket_mutator_ref(struct core_socket_mutator *mutator);
bool core_socket_mutator_unref(struct core_socket_mutator *mutator);

/* ---- Locks ----------------------------------------------------------------------------------- */

/*
 * Has Abseil no longer look for deadlocks in every lock that C core takes, as Debian 12's does: 13
 * % of a number at full speed. Nothing happens with an Abseil that has no such symbol.
 */
void core_version_ignore_deadlocks(void);

#endif
