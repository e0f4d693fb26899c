#include "test/kit/fake_etcd_keys.h"

#include <check.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PUTS_MAX = 1024 /* of a transaction */ };

struct fake_key {
    uint8_t *key;
    size_t key_length;
    uint8_t *value;
    size_t value_length;
    int64_t created;
    int64_t changed;
    int64_t lease;
};

void *fake_allocate(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

uint8_t *fake_copy(const uint8_t *bytes, size_t length)
{
    uint8_t *copied = fake_allocate(length);
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
        *key = (struct fake_key){.key = fake_copy(request->key.data, request->key.len),
                                 .key_length = request->key.len,
                                 .created = revision};
    }
    free(key->value);
    key->value = fake_copy(request->value.data, request->value.len);
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
    Etcd__ResponseHeader *header = fake_allocate(sizeof *header);
    etcd__response_header__init(header);
    header->revision = revision;
    return header;
}

static Etcd__RangeResponse *range(const struct fake_etcd *etcd, const Etcd__RangeRequest *request)
{
    Etcd__RangeResponse *response = fake_allocate(sizeof *response);
    etcd__range_response__init(response);
    response->kvs = fake_allocate((etcd->count + 1) * sizeof *response->kvs);
    for (size_t i = 0; i < etcd->count; i++) {
        const struct fake_key *key = &etcd->keys[i];
        if (!is_in(key, &request->key, &request->range_end)) {
            continue;
        }
        Etcd__KeyValue *kv = fake_allocate(sizeof *kv);
        etcd__key_value__init(kv);
        kv->key = (ProtobufCBinaryData){.data = fake_copy(key->key, key->key_length),
                                        .len = key->key_length};
        if (!request->keys_only) {
            kv->value = (ProtobufCBinaryData){.data = fake_copy(key->value, key->value_length),
                                              .len = key->value_length};
        }
        kv->create_revision = key->created;
        kv->mod_revision = key->changed;
        response->kvs[response->n_kvs++] = kv;
    }
    return response;
}

/* A transaction may be nested in another one. NOLINTNEXTLINE(misc-no-recursion) */
static Etcd__ResponseOp *operate(struct fake_etcd *etcd, const Etcd__RequestOp *operation,
                                 int64_t revision)
{
    Etcd__ResponseOp *response = fake_allocate(sizeof *response);
    etcd__response_op__init(response);
    if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_RANGE) {
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_RANGE;
        response->response_range = range(etcd, operation->request_range);
    } else if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_PUT) {
        put(etcd, operation->request_put, revision);
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_PUT;
        response->response_put = fake_allocate(sizeof *response->response_put);
        etcd__put_response__init(response->response_put);
    } else if (operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE) {
        delete_key(etcd, operation->request_delete_range->key.data,
                   operation->request_delete_range->key.len);
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_DELETE_RANGE;
        response->response_delete_range = fake_allocate(sizeof *response->response_delete_range);
        etcd__delete_range_response__init(response->response_delete_range);
    } else {
        response->response_case = ETCD__RESPONSE_OP__RESPONSE_RESPONSE_TXN;
        response->response_txn = fake_etcd_carry_out(etcd, operation->request_txn, revision);
    }
    return response;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
Etcd__TxnResponse *fake_etcd_carry_out(struct fake_etcd *etcd, const Etcd__TxnRequest *request,
                                       int64_t revision)
{
    Etcd__TxnResponse *response = fake_allocate(sizeof *response);
    bool is_true = true;
    etcd__txn_response__init(response);
    for (size_t i = 0; i < request->n_compare; i++) {
        is_true = is_true && holds(etcd, request->compare[i]);
    }
    const size_t count = is_true ? request->n_success : request->n_failure;
    Etcd__RequestOp **operations = is_true ? request->success : request->failure;
    response->header = header_of(revision);
    response->succeeded = is_true;
    response->responses = fake_allocate((count + 1) * sizeof *response->responses);
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
            ck_assert_uint_lt(*count, PUTS_MAX);
            keys[(*count)++] = key;
        }
    }
}

void fake_etcd_check_puts(const Etcd__TxnRequest *request)
{
    static ProtobufCBinaryData keys[PUTS_MAX];
    size_t count = 0;
    note_puts(request, keys, &count);
}

/* etcd 3.4 compares its quota with the puts of the outer transaction, of either list. */
bool fake_etcd_counts(const Etcd__TxnRequest *request)
{
    bool has_put = false;
    for (size_t i = 0; i < request->n_success + request->n_failure; i++) {
        const Etcd__RequestOp *operation =
            i < request->n_success ? request->success[i] : request->failure[i - request->n_success];
        has_put = has_put || operation->request_case == ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
    }
    return has_put;
}

/* ---- For tests ------------------------------------------------------------------------------- */

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

size_t fake_etcd_keys_for_ever(const struct fake_etcd *etcd, const char *beginning)
{
    size_t count = 0;
    for (size_t i = 0; i < etcd->count; i++) {
        count += begins(&etcd->keys[i], beginning) && etcd->keys[i].lease == 0 ? 1 : 0;
    }
    return count;
}
