#include "server/stores/etcd/etcd_lease.h"

#include <stdlib.h>

#define RETRY (200 * NS_PER_MS)

void etcd_lease_init(struct etcd_lease *lease, struct etcd_link *link, const struct clock *clock,
                     int64_t session_timeout_ns)
{
    *lease =
        (struct etcd_lease){.link = link, .clock = clock, .session_timeout_ns = session_timeout_ns};
}

int64_t etcd_lease_take(struct etcd_lease *lease)
{
    lease->keys++;
    lease->was_missed = lease->was_missed || lease->id == 0;
    return lease->id;
}

void etcd_lease_lose(struct etcd_lease *lease)
{
    lease->id = 0;
}

static void done(struct etcd_call *call, enum etcd_status status, const uint8_t *bytes,
                 size_t length)
{
    struct etcd_lease *lease = (struct etcd_lease *)(void *)call;
    free(call->request.data);
    lease->is_asking = false;
    lease->is_full = status == ETCD_FULL;
    lease->retry_at = lease->clock->now(lease->clock) + RETRY;
    if (status != ETCD_OK) {
        return;
    }
    Etcd__LeaseGrantResponse *answer = etcd__lease_grant_response__unpack(NULL, length, bytes);
    if (answer != NULL && answer->id != 0) {
        lease->id = answer->id;
        lease->granted_at = lease->asked_at;
        lease->keys = 0;
    }
    if (answer != NULL) {
        etcd__lease_grant_response__free_unpacked(answer, NULL);
    }
}

static bool is_good(const struct etcd_lease *lease, int64_t now)
{
    return lease->id != 0 && lease->keys < ETCD_LEASE_KEYS_MAX &&
           now < lease->granted_at + ETCD_LEASE_RENEWAL;
}

int64_t etcd_lease_run(struct etcd_lease *lease)
{
    const int64_t now = lease->clock->now(lease->clock);
    if (lease->is_asking) {
        return CLOCK_NEVER;
    }
    if (is_good(lease, now)) {
        return lease->granted_at + ETCD_LEASE_RENEWAL;
    }
    if (now < lease->retry_at) {
        return lease->retry_at;
    }
    const int64_t time = clock_add(ETCD_LEASE_TIME, lease->session_timeout_ns);
    lease->call = (struct etcd_call){.method = ETCD_METHOD_LEASE_GRANT,
                                     .request = etcd_write_lease(time / NS_PER_S + 1),
                                     .done = done};
    lease->asked_at = now;
    lease->retry_at = now + RETRY;
    if (lease->call.request.data == NULL) {
        return lease->retry_at;
    }
    lease->is_asking = true;
    lease->link->call(lease->link, &lease->call);
    return CLOCK_NEVER;
}
