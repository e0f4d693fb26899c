#define _GNU_SOURCE /* memmem */

#include "test/kit/fake_etcd.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

struct fake_key {
    uint8_t *key;
    size_t key_length;
    uint8_t *value;
    size_t value_length;
    int64_t created;
    int64_t changed;
    int64_t lease;
};

struct fake_call {
    struct fake_call *next;
    struct fake_link *link;
    struct etcd_call *call; /* NULL: nobody waits for the answer */
    struct etcd_bytes request;
    enum etcd_method method;
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static uint8_t *copy(const uint8_t *bytes, size_t length)
{
    uint8_t *copied = allocate(length);
    if (length > 0) {
        memcpy(copied, bytes, length);
    }
    return copied;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static struct fake_key *find(const struct fake_etcd *etcd, const uint8_t *key, size_t length)
{
    for (size_t i = 0; i < etcd->count; i++) {
        struct fake_key *found = &etcd->keys[i];
        if (found->key_length == length && memcmp(found->key, key, length) == 0) {
            return found;
        }
    }
    return NULL;
}

static void free_key(struct fake_key *key)
{
    free(key->key);
    free(key->value);
}

static void tell(struct fake_etcd *etcd, const struct fake_key *key, bool is_put);

static void put(struct fake_etcd *etcd, const Etcd__PutRequest *request, int64_t revision)
{
    struct fake_key *key = find(etcd, request->key.data, request->key.len);
    if (key == NULL) {
        if (etcd->count == etcd->size) {
            etcd->size = etcd->size * 2 + 16;
            etcd->keys = realloc(etcd->keys, etcd->size * sizeof *etcd->keys);
            ck_assert_ptr_nonnull(etcd->keys);
        }
        key = &etcd->keys[etcd->count++];
        *key = (struct fake_key){.key = copy(request->key.data, request->key.len),
                                 .key_length = request->key.len,
                                 .created = revision};
    }
    free(key->value);
    key->value = copy(request->value.data, request->value.len);
    key->value_length = request->value.len;
    key->changed = revision;
    key->lease = request->lease;
    tell(etcd, key, true);
}

static void delete_key(struct fake_etcd *etcd, const uint8_t *bytes, size_t length)
{
    struct fake_key *key = find(etcd, bytes, length);
    if (key != NULL) {
        tell(etcd, key, false);
        free_key(key);
        *key = etcd->keys[--etcd->count];
    }
}

/* ---- Watches --------------------------------------------------------------------------------- */

static bool is_in(const struct fake_key *key, const ProtobufCBinaryData *beginning,
                  const ProtobufCBinaryData *end)
{
    if (end->len == 0) {
        return key->key_length == beginning->len &&
               memcmp(key->key, beginning->data, beginning->len) == 0;
    }
    return key->key_length >= beginning->len &&
           memcmp(key->key, beginning->data, beginning->len) == 0;
}

static bool watches(const struct fake_link *link, const struct fake_key *key)
{
    bool found = false;
    for (size_t i = 0; i < link->watch_count; i++) {
        Etcd__WatchRequest *request =
            etcd__watch_request__unpack(NULL, link->watches[i].length, link->watches[i].data);
        ck_assert_ptr_nonnull(request);
        found =
            found || is_in(key, &request->create_request->key, &request->create_request->range_end);
        etcd__watch_request__free_unpacked(request, NULL);
    }
    return found;
}

static void tell(struct fake_etcd *etcd, const struct fake_key *key, bool is_put)
{
    for (size_t i = 0; i < etcd->link_count; i++) {
        struct fake_link *link = &etcd->links[i];
        if (link->watcher == NULL || link->loses_events || link->is_away || !watches(link, key)) {
            continue;
        }
        Etcd__KeyValue kv = ETCD__KEY_VALUE__INIT;
        kv.key = (ProtobufCBinaryData){.data = key->key, .len = key->key_length};
        kv.value = (ProtobufCBinaryData){.data = key->value, .len = key->value_length};
        kv.create_revision = key->created;
        kv.mod_revision = key->changed;
        Etcd__Event event = ETCD__EVENT__INIT;
        event.type = is_put ? ETCD__EVENT__EVENT_TYPE__PUT : ETCD__EVENT__EVENT_TYPE__DELETE;
        event.kv = &kv;
        link->watcher->happened(link->watcher, &event);
    }
}

/* ---- Transactions ---------------------------------------------------------------------------- */

static bool holds(const struct fake_etcd *etcd, const Etcd__Compare *compare)
{
    const struct fake_key *key = find(etcd, compare->key.data, compare->key.len);
    const bool is_created = compare->target == ETCD__COMPARE__COMPARE_TARGET__CREATE;
    ck_assert(is_created || compare->target == ETCD__COMPARE__COMPARE_TARGET__MOD);
    const int64_t wanted = is_created ? compare->create_revision : compare->mod_revision;
    const int64_t found = key == NULL ? 0 : is_created ? key->created : key->changed;
    const bool is_equal = compare->result == ETCD__COMPARE__COMPARE_RESULT__EQUAL;
    ck_assert(is_equal || compare->result == ETCD__COMPARE__COMPARE_RESULT__GREATER);
    return is_equal ? found == wanted : found > wanted;
}

static Etcd__ResponseHeader *header_of(int64_t revision)
{
    Etcd__ResponseHeader *header = allocate(sizeof *header);
    etcd__response_header__init(header);
    header->revision = revision;
    return header;
}

static Etcd__RangeResponse *range(const struct fake_etcd *etcd, const Etcd__RangeRequest *request)
{
    Etcd__RangeResponse *response = allocate(sizeof *response);
    etcd__range_response__init(response);
    response->kvs = allocate((etcd->count + 1) * sizeof *response->kvs);
    for (size_t i = 0; i < etcd->count; i++) {
        const struct fake_key *key = &etcd->keys[i];
        if (!is_in(key, &request->key, &request->range_end)) {
            continue;
        }
        Etcd__KeyValue *kv = allocate(sizeof *kv);
        etcd__key_value__init(kv);
        kv->key =
            (ProtobufCBinaryData){.data = copy(key->key, key->key_length), .len = key->key_length};
        if (!request->keys_only) {
            kv->value = (ProtobufCBinaryData){.data = copy(key->value, key->value_length),
                                              .len = key->value_length};
        }
        kv->create_revision = key->created;
        kv->mod_revision = key->changed;
        response->kvs[response->n_kvs++] = kv;
    }
    return response;
}

static Etcd__TxnResponse *carry_out(struct fake_etcd *etcd, const Etcd__TxnRequest *request,
                                    int64_t revision);

/* A transaction may be nested in another one. NOLINTNEXTLINE(misc-no-recursion) */
static Etcd__ResponseOp *operate(struct fake_etcd *etcd, const Etcd__RequestOp *operation,
                                 int64_t revision)
{
    Etcd__ResponseOp *response = allocate(sizeof *response);
    etcd__response_op__init(response);
    if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_RANGE) {
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_RANGE;
        response->response_range = range(etcd, operation->request_range);
    } else if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_PUT) {
        put(etcd, operation->request_put, revision);
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_PUT;
        response->response_put = allocate(sizeof *response->response_put);
        etcd__put_response__init(response->response_put);
    } else if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE) {
        delete_key(etcd, operation->request_delete_range->key.data,
                   operation->request_delete_range->key.len);
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE;
        response->response_delete_range = allocate(sizeof *response->response_delete_range);
        etcd__delete_range_response__init(response->response_delete_range);
    } else {
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_TXN;
        response->response_txn = carry_out(etcd, operation->request_txn, revision);
    }
    return response;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static Etcd__TxnResponse *carry_out(struct fake_etcd *etcd, const Etcd__TxnRequest *request,
                                    int64_t revision)
{
    Etcd__TxnResponse *response = allocate(sizeof *response);
    bool is_true = true;
    etcd__txn_response__init(response);
    for (size_t i = 0; i < request->n_compare; i++) {
        is_true = is_true && holds(etcd, request->compare[i]);
    }
    const size_t count = is_true ? request->n_success : request->n_failure;
    Etcd__RequestOp **operations = is_true ? request->success : request->failure;
    response->header = header_of(revision);
    response->succeeded = is_true;
    response->responses = allocate((count + 1) * sizeof *response->responses);
    for (size_t i = 0; i < count; i++) {
        response->responses[response->n_responses++] = operate(etcd, operations[i], revision);
    }
    return response;
}

/* Every key that is put, or deleted, once at most: etcd refuses the whole transaction otherwise. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void note_puts(const Etcd__TxnRequest *request, ProtobufCBinaryData *keys, size_t *count)
{
    for (size_t i = 0; i < request->n_success; i++) {
        const Etcd__RequestOp *operation = request->success[i];
        if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_TXN) {
            note_puts(operation->request_txn, keys, count);
        } else if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_PUT) {
            const ProtobufCBinaryData key = operation->request_put->key;
            for (size_t k = 0; k < *count; k++) {
                ck_assert_msg(keys[k].len != key.len ||
                                  memcmp(keys[k].data, key.data, key.len) != 0,
                              "%.*s is put twice in a transaction", (int)key.len, key.data);
            }
            ck_assert_uint_lt(*count, 1024);
            keys[(*count)++] = key;
        }
    }
}

/* etcd 3.4 compares its quota with the puts of the outer transaction, of either list. */
static bool is_counted(const Etcd__TxnRequest *request)
{
    bool has_put = false;
    for (size_t i = 0; i < request->n_success + request->n_failure; i++) {
        const Etcd__RequestOp *operation =
            i < request->n_success ? request->success[i] : request->failure[i - request->n_success];
        has_put = has_put || operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
    }
    return has_put;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void accept_call(struct etcd_link *base, struct etcd_call *call)
{
    struct fake_link *link = (struct fake_link *)(void *)base;
    struct fake_call *fake = allocate(sizeof *fake);
    fake->link = link;
    fake->call = call;
    fake->method = call->method;
    fake->request = (struct etcd_bytes){.data = copy(call->request.data, call->request.length),
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
    uint8_t *bytes = allocate(length);
    (void)protobuf_c_message_pack(message, bytes);
    answer(fake, ETCD_OK, bytes, length);
    free(bytes);
}

static void carry_out_call(struct fake_call *fake)
{
    static ProtobufCBinaryData keys[1024];
    struct fake_etcd *etcd = fake->link->etcd;
    if (fake->method == ETCD_METHOD_LEASE_GRANT) {
        Etcd__LeaseGrantResponse response = ETCD__LEASE_GRANT_RESPONSE__INIT;
        response.id = ++etcd->lease;
        if (etcd->is_full) {
            answer(fake, ETCD_FULL, NULL, 0);
        } else {
            answer_message(fake, &response.base);
        }
        return;
    }
    Etcd__TxnRequest *request =
        etcd__txn_request__unpack(NULL, fake->request.length, fake->request.data);
    ck_assert_ptr_nonnull(request);
    size_t count = 0;
    note_puts(request, keys, &count);
    if (etcd->is_full && is_counted(request)) {
        answer(fake, ETCD_FULL, NULL, 0);
    } else {
        Etcd__TxnResponse *response = carry_out(etcd, request, ++etcd->revision);
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

void fake_etcd_empty(struct fake_etcd *etcd)
{
    while (etcd->count > 0) {
        free_key(&etcd->keys[--etcd->count]);
    }
}

static bool begins(const struct fake_key *key, const char *beginning)
{
    const size_t length = strlen(beginning);
    return key->key_length >= length && memcmp(key->key, beginning, length) == 0;
}

void fake_etcd_revoke(struct fake_etcd *etcd, const char *beginning)
{
    for (size_t i = etcd->count; i > 0; i--) {
        if (begins(&etcd->keys[i - 1], beginning)) {
            free_key(&etcd->keys[i - 1]);
            etcd->keys[i - 1] = etcd->keys[--etcd->count];
            etcd->revoked++;
        }
    }
}

const uint8_t *fake_etcd_value(const struct fake_etcd *etcd, const char *key, size_t *ret_length)
{
    const struct fake_key *found = find(etcd, (const uint8_t *)key, strlen(key));
    if (found == NULL) {
        return NULL;
    }
    *ret_length = found->value_length;
    return found->value;
}

size_t fake_etcd_keys(const struct fake_etcd *etcd, const char *beginning)
{
    size_t count = 0;
    for (size_t i = 0; i < etcd->count; i++) {
        count += begins(&etcd->keys[i], beginning) ? 1 : 0;
    }
    return count;
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
