#define _GNU_SOURCE /* memmem */

#include "test/kit/fake_etcd.h"

#include "test/kit/fake_etcd_keys.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

struct fake_call {
    struct fake_call *next;
    struct fake_link *link;
    struct etcd_call *call; /* NULL: nobody waits for the answer */
    struct etcd_bytes request;
    enum etcd_method method;
};

/* ---- Calls ----------------------------------------------------------------------------------- */

static void accept_call(struct etcd_link *base, struct etcd_call *call)
{
    struct fake_link *link = (struct fake_link *)(void *)base;
    struct fake_call *fake = fake_allocate(sizeof *fake);
    fake->link = link;
    fake->call = call;
    fake->method = call->method;
    fake->request = (struct etcd_bytes){.data = fake_copy(call->request.data, call->request.length),
                                        .length = call->request.length};
    if (link->last == NULL) {
        link->first = fake;
    } else {
        link->last->next = fake;
    }
    link->last = fake;
}

static void accept_watch(struct etcd_link *base, struct etcd_bytes *requests, size_t count,
                         struct etcd_watcher *watcher)
{
    struct fake_link *link = (struct fake_link *)(void *)base;
    for (size_t i = 0; i < link->watch_count; i++) {
        free(link->watches[i].data);
    }
    for (size_t i = 0; i < count; i++) {
        link->watches[i] = requests[i];
    }
    link->watch_count = count;
    link->watcher = watcher;
    link->is_new_watch = watcher != NULL;
}

static void answer(struct fake_call *fake, enum etcd_status status, const uint8_t *bytes,
                   size_t length)
{
    struct etcd_call *call = fake->call;
    fake->call = NULL;
    if (call != NULL) {
        call->done(call, status, bytes, length);
    }
}

static void answer_message(struct fake_call *fake, const ProtobufCMessage *message)
{
    const size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = fake_allocate(length);
    (void)protobuf_c_message_pack(message, bytes);
    answer(fake, ETCD_OK, bytes, length);
    free(bytes);
}

static void carry_out_call(struct fake_call *fake)
{
    struct fake_etcd *etcd = fake->link->etcd;
    if (fake->method == ETCD_METHOD_LEASE_GRANT) {
        Etcd__LeaseGrantResponse response; /* its macro casts a constant string */
        etcd__lease_grant_response__init(&response);
        response.id = ++etcd->lease;
        if (etcd->withholds_leases) {
            answer(fake, ETCD_UNKNOWN, NULL, 0);
        } else if (etcd->is_full) {
            answer(fake, ETCD_FULL, NULL, 0);
        } else {
            answer_message(fake, &response.base);
        }
        return;
    }
    Etcd__TxnRequest *request =
        etcd__txn_request__unpack(NULL, fake->request.length, fake->request.data);
    ck_assert_ptr_nonnull(request);
    fake_etcd_check_puts(request);
    if (etcd->is_full && fake_etcd_counts(request)) {
        answer(fake, ETCD_FULL, NULL, 0);
    } else {
        Etcd__TxnResponse *response = fake_etcd_carry_out(etcd, request, ++etcd->revision);
        etcd->transactions++;
        answer_message(fake, &response->base);
        etcd__txn_response__free_unpacked(response, NULL);
    }
    etcd__txn_request__free_unpacked(request, NULL); /* NOLINT(clang-analyzer-unix.Malloc) */
}

static void free_call(struct fake_call *fake)
{
    free(fake->request.data);
    free(fake);
}

static enum fake_fault choose_fault(struct fake_link *link, const struct fake_call *fake)
{
    const char *in = link->fault_in;
    if (link->is_away) {
        return FAKE_LOSE_CALL;
    }
    if (link->choose != NULL) {
        return link->choose(link);
    }
    if (link->fault_count == 0 ||
        (in != NULL && memmem(fake->request.data, fake->request.length, in, strlen(in)) == NULL)) {
        return FAKE_NO_FAULT;
    }
    link->fault_count--;
    link->faults_done++;
    return link->fault;
}

static void run_call(struct fake_call *fake)
{
    struct fake_etcd *etcd = fake->link->etcd;
    switch (choose_fault(fake->link, fake)) {
    case FAKE_NO_FAULT:
        carry_out_call(fake);
        break;
    case FAKE_LOSE_CALL:
        answer(fake, ETCD_UNKNOWN, NULL, 0);
        break;
    case FAKE_LOSE_ANSWER: {
        struct etcd_call *call = fake->call;
        fake->call = NULL;
        carry_out_call(fake);
        fake->call = call;
        answer(fake, ETCD_UNKNOWN, NULL, 0);
        break;
    }
    case FAKE_DELAY:
        answer(fake, ETCD_UNKNOWN, NULL, 0);
        fake->next = etcd->late;
        etcd->late = fake;
        return;
    case FAKE_LOSE_LEASE:
        answer(fake, ETCD_NO_LEASE, NULL, 0);
        break;
    case FAKE_REFUSE:
        answer(fake, ETCD_REFUSED, NULL, 0);
        break;
    }
    free_call(fake);
}

bool fake_etcd_run(struct fake_etcd *etcd)
{
    bool did_something = false;
    for (size_t i = 0; i < etcd->link_count; i++) {
        struct fake_link *link = &etcd->links[i];
        struct fake_call *fake = link->first;
        link->first = NULL;
        link->last = NULL;
        if (link->is_new_watch && !link->is_away) {
            link->is_new_watch = false;
            link->watcher->began(link->watcher);
            did_something = true;
        }
        while (fake != NULL) {
            struct fake_call *next = fake->next;
            run_call(fake);
            fake = next;
            did_something = true;
        }
    }
    return did_something;
}

void fake_etcd_catch_up(struct fake_etcd *etcd)
{
    struct fake_call *fake = etcd->late;
    etcd->late = NULL;
    while (fake != NULL) {
        struct fake_call *next = fake->next;
        carry_out_call(fake);
        free_call(fake);
        fake = next;
    }
}

/* ---- For tests ------------------------------------------------------------------------------- */

void fake_etcd_init(struct fake_etcd *etcd)
{
    *etcd = (struct fake_etcd){.revision = 1000};
}

struct fake_link *fake_etcd_link(struct fake_etcd *etcd)
{
    ck_assert_uint_lt(etcd->link_count, FAKE_LINKS_MAX);
    struct fake_link *link = &etcd->links[etcd->link_count++];
    *link = (struct fake_link){.link = {.call = accept_call, .watch = accept_watch}, .etcd = etcd};
    return link;
}

void fake_link_fail(struct fake_link *link, enum fake_fault fault, const char *in, unsigned count)
{
    link->fault = fault;
    link->fault_in = in;
    link->fault_count = count;
    link->faults_done = 0;
}

void fake_etcd_cleanup(struct fake_etcd *etcd)
{
    fake_etcd_empty(etcd);
    free(etcd->keys);
    for (size_t i = 0; i < etcd->link_count; i++) {
        struct fake_link *link = &etcd->links[i];
        struct fake_call *fake = link->first;
        while (fake != NULL) {
            struct fake_call *next = fake->next;
            free_call(fake);
            fake = next;
        }
        for (size_t k = 0; k < link->watch_count; k++) {
            free(link->watches[k].data);
        }
    }
    while (etcd->late != NULL) {
        struct fake_call *next = etcd->late->next;
        free_call(etcd->late);
        etcd->late = next;
    }
}
