/*
 * gRPC's health checking as two services: grpc.health.v1.Health/Check and /Watch. Who balances or
 * deploys asks by these whether the server should get new streams.
 *
 * A *subject* is what has a state: the server as a whole (the empty name), a service, or the store.
 * All are SERVING at first. Watchers of the store look each second whether it works.
 *
 * health.lock guards the states and the list of watchers. Inside it inboxes are posted to.
 */
#ifndef COMMS_SERVER_SERVICES_HEALTH_HEALTH_H
#define COMMS_SERVER_SERVICES_HEALTH_HEALTH_H

#include "server/services/service.h"
#include "shared/base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum health_subject {
    HEALTH_SERVER, /* "" */
    HEALTH_COMMS,  /* "grpc.Comms" */
    HEALTH_STORE,  /* "store": whether it takes new sessions */
    HEALTH_SUBJECTS
};

struct health_watcher;

/* The settings of one of the two services. */
struct health_method {
    struct health *health;
    bool is_watch;
};

struct health {
    const struct clock *clock;
    int64_t request_timeout_ns; /* for the request of a stream, nanoseconds */
    bool (*store_works)(
        void *context); /* from any thread; NULL: there is no store, or it always works */
    void *context;
    struct health_method check;
    struct health_method watch;

    pthread_mutex_t lock;

    /* lock */
    bool is_serving[HEALTH_SUBJECTS];
    struct health_watcher *first; /* list */
};

/* 0, or an error number. Then store_works and context may be set, before there is a stream. */
int health_init(struct health *health, const struct clock *clock, int64_t request_timeout_ns);

/* No stream of the services may be left. */
void health_cleanup(struct health *health);

/* Sets the state of a subject, and tells all watchers. From any thread. */
void health_set(struct health *health, enum health_subject subject, bool is_serving);

/* What clients call the subject; the empty name is the server's. Static. */
const char *health_subject_name(enum health_subject subject);

/* From any thread. */
bool health_is_serving(struct health *health, enum health_subject subject);

/* The services. `health` must outlive their streams. */
struct service health_check_service(const struct health *health);
struct service health_watch_service(const struct health *health);

#endif
