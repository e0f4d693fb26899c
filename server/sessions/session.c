#include "server/sessions/session.h"

#include <stdlib.h>

enum { EPOCH_SHIFT = 32 };

#define EPOCH_ONE (UINT64_C(1) << EPOCH_SHIFT)

struct session *session_create(const struct uuid *uuid, uint32_t n)
{
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return NULL;
    }
    session->uuid = *uuid;
    session->n = n;
    atomic_init(&session->references, 1);
    atomic_init(&session->progress, EPOCH_ONE);
    return session;
}

void session_ref(struct session *session)
{
    atomic_fetch_add_explicit(&session->references, 1, memory_order_relaxed);
}

void session_unref(struct session *session)
{
    if (atomic_fetch_sub_explicit(&session->references, 1, memory_order_acq_rel) == 1) {
        free(session);
    }
}

void session_set_sent(struct session *session, uint32_t sent)
{
    atomic_store_explicit(&session->progress, EPOCH_ONE | sent, memory_order_release);
}

uint32_t session_raise_epoch(struct session *session)
{
    uint64_t before =
        atomic_fetch_add_explicit(&session->progress, EPOCH_ONE, memory_order_acq_rel);
    return (uint32_t)(before >> EPOCH_SHIFT) + 1;
}

bool session_count(const struct session_hold *hold, uint32_t position)
{
    atomic_uint_fast64_t *progress = &hold->session->progress;
    uint64_t seen = atomic_load_explicit(progress, memory_order_acquire);
    for (;;) {
        if ((uint32_t)(seen >> EPOCH_SHIFT) != hold->epoch) {
            return false;
        }
        /* A message that is sent again was counted before: `sent` never falls. */
        if ((uint32_t)seen >= position) {
            return true;
        }
        uint64_t counted = (uint64_t)hold->epoch << EPOCH_SHIFT | position;
        if (atomic_compare_exchange_weak_explicit(progress, &seen, counted, memory_order_acq_rel,
                                                  memory_order_acquire)) {
            return true;
        }
    }
}

void session_prove(const struct session_hold *hold, uint32_t position)
{
    if (session_count(hold, position)) {
        atomic_store_explicit(&hold->session->is_inexact, false, memory_order_release);
    }
}

bool session_belongs_to(const struct session *session, const struct session_owner *owner)
{
    return client_key_equal(&session->client, owner->client);
}

uint32_t session_n(const struct session *session)
{
    return session->n;
}

uint32_t session_sent(const struct session *session)
{
    return (uint32_t)atomic_load_explicit(&session->progress, memory_order_acquire);
}

bool session_is_exact(const struct session *session)
{
    return !atomic_load_explicit(&session->is_inexact, memory_order_acquire);
}

bool session_is_finished(const struct session *session)
{
    return session_sent(session) == session->n + 1;
}

void session_describe(const struct session *session, struct session_record *ret_record)
{
    /* Exactness first: whoever proves a position counts it before. */
    const bool is_exact = session_is_exact(session);
    *ret_record = (struct session_record){.uuid = session->uuid,
                                          .client = session->client,
                                          .n = session->n,
                                          .sent = session_sent(session),
                                          .is_exact = is_exact,
                                          .generation = session->generation};
}

const struct uuid *session_uuid(const struct session *session)
{
    return &session->uuid;
}
