/*
 * What the servers of a run announce, gathered from all loops: for the result, and for the notices
 * that are told once. Thread-safe; its lock is a leaf.
 */
#ifndef COMMS_CLIENT_RUN_SERVER_NEWS_H
#define COMMS_CLIENT_RUN_SERVER_NEWS_H

#include "client/measure/result.h"
#include "client/measure/server_pace.h"

#include <pthread.h>
#include <stdbool.h>

struct server_news {
    const struct plan *plan;
    pthread_mutex_t lock;

    /* lock */
    bool has_any;
    bool has_told_first;
    bool differs; /* a later announcement was another one */
    struct announcement first;
    unsigned noted;                              /* bits of enum server_notice, ever due */
    unsigned due;                                /* not told yet */
    struct announcement reasons[SERVER_NOTICES]; /* of the notices that are due */
};

/* The plan must outlive it. False if that failed. */
bool server_news_init(struct server_news *news, const struct plan *plan);
void server_news_cleanup(struct server_news *news);

/* A stream has got these headers. Takes NULL for `news`. */
void server_news_note(struct server_news *news, const struct announcement *announcement);

/* Writes a notice that is due, which then is told. False: there is none. */
bool server_news_take(struct server_news *news, char text[static SERVER_NOTICE_SIZE]);

/* The first announcement, once, if it says anything: *ret_first. False: not, or not again. */
bool server_news_take_first(struct server_news *news, struct announcement *ret_first);

/* Adds what the servers announced to the result. */
void server_news_add_to_result(struct server_news *news, struct result *result);

#endif
