#include "server/stores/etcd/etcd_txn.h"

#include <stdlib.h>
#include <string.h>

/* TxnRequest.success, as protobuf writes the beginning of each one. */
enum { TAG_SUCCESS = 2 << 3 | 2, VARINT_MAX = 10 };

static ProtobufCBinaryData bytes_of_key(const struct etcd_key *key)
{
    return etcd_bytes_of(key->text, strlen(key->text));
}

/* ---- Making a transaction -------------------------------------------------------------------- */

void etcd_txn_init(struct etcd_txn *txn)
{
    etcd__txn_request__init(&txn->request);
    txn->request.compare = txn->compare_list;
    txn->request.success = txn->success;
    txn->request.failure = txn->failure;
    txn->operation_count = 0;
}

static Etcd__Compare *add_compare(struct etcd_txn *txn, const struct etcd_key *key)
{
    Etcd__Compare *compare = &txn->compares[txn->request.n_compare];
    etcd__compare__init(compare);
    compare->key = bytes_of_key(key);
    txn->compare_list[txn->request.n_compare++] = compare;
    return compare;
}

void etcd_txn_if_created(struct etcd_txn *txn, const struct etcd_key *key, int64_t revision)
{
    Etcd__Compare *compare = add_compare(txn, key);
    compare->target = ETCD__COMPARE__COMPARE_TARGET__CREATE;
    compare->target_union_case = ETCD__COMPARE__TARGET_UNION_CREATE_REVISION;
    compare->create_revision = revision;
}

void etcd_txn_if_exists(struct etcd_txn *txn, const struct etcd_key *key)
{
    etcd_txn_if_created(txn, key, 0);
    txn->compares[txn->request.n_compare - 1].result = ETCD__COMPARE__COMPARE_RESULT__GREATER;
}

void etcd_txn_if_changed(struct etcd_txn *txn, const struct etcd_key *key, int64_t revision)
{
    Etcd__Compare *compare = add_compare(txn, key);
    compare->target = ETCD__COMPARE__COMPARE_TARGET__MOD;
    compare->target_union_case = ETCD__COMPARE__TARGET_UNION_MOD_REVISION;
    compare->mod_revision = revision;
}

static size_t add_operation(struct etcd_txn *txn, enum etcd_branch branch)
{
    const size_t i = txn->operation_count++;
    Etcd__RequestOp *operation = &txn->operations[i];
    etcd__request_op__init(operation);
    if (branch == ETCD_IF_TRUE) {
        txn->success[txn->request.n_success++] = operation;
    } else {
        txn->failure[txn->request.n_failure++] = operation;
    }
    return i;
}

void etcd_txn_put(struct etcd_txn *txn, const struct etcd_key *key, const uint8_t *value,
                  size_t length, int64_t lease)
{
    const size_t i = add_operation(txn, ETCD_IF_TRUE);
    Etcd__PutRequest *put = &txn->bodies[i].put;
    etcd__put_request__init(put);
    put->key = bytes_of_key(key);
    put->value = etcd_bytes_of(value, length);
    put->lease = lease;
    txn->operations[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
    txn->operations[i].request_put = put;
}

void etcd_txn_delete(struct etcd_txn *txn, const struct etcd_key *key)
{
    const size_t i = add_operation(txn, ETCD_IF_TRUE);
    Etcd__DeleteRangeRequest *delete = &txn->bodies[i].delete;
    etcd__delete_range_request__init(delete);
    delete->key = bytes_of_key(key);
    txn->operations[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE;
    txn->operations[i].request_delete_range = delete;
}

static Etcd__RangeRequest *add_range(struct etcd_txn *txn, enum etcd_branch branch,
                                     const struct etcd_key *key)
{
    const size_t i = add_operation(txn, branch);
    Etcd__RangeRequest *range = &txn->bodies[i].range;
    etcd__range_request__init(range);
    range->key = bytes_of_key(key);
    txn->operations[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_RANGE;
    txn->operations[i].request_range = range;
    return range;
}

void etcd_txn_get(struct etcd_txn *txn, enum etcd_branch branch, const struct etcd_key *key)
{
    (void)add_range(txn, branch, key);
}

void etcd_txn_list(struct etcd_txn *txn, const struct etcd_key *beginning,
                   const struct etcd_key *end, bool keys_only)
{
    Etcd__RangeRequest *range = add_range(txn, ETCD_IF_TRUE, beginning);
    range->range_end = bytes_of_key(end);
    range->keys_only = keys_only;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static struct etcd_bytes pack(const ProtobufCMessage *message)
{
    struct etcd_bytes bytes = {.length = protobuf_c_message_get_packed_size(message)};
    bytes.data = malloc(bytes.length + 1);
    if (bytes.data != NULL) {
        (void)protobuf_c_message_pack(message, bytes.data);
    }
    return bytes;
}

struct etcd_bytes etcd_txn_write_operation(const struct etcd_txn *txn)
{
    union {
        const Etcd__TxnRequest *ours;
        Etcd__TxnRequest *theirs;
    } pointer = {.ours = &txn->request};
    Etcd__RequestOp operation = ETCD__REQUEST_OP__INIT;
    operation.request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_TXN;
    operation.request_txn = pointer.theirs;
    return pack(&operation.base);
}

static size_t write_length(uint8_t bytes[static VARINT_MAX], size_t length)
{
    size_t used = 0;
    while (length >= 128) {
        bytes[used++] = (uint8_t)(length & 127) | 128;
        length >>= 7;
    }
    bytes[used++] = (uint8_t)length;
    return used;
}

/* The operations behind what `outer` has of its own. */
static struct etcd_bytes write_outer(const struct etcd_txn *outer,
                                     const struct etcd_bytes *const *operations, size_t count)
{
    size_t size = etcd__txn_request__get_packed_size(&outer->request) + 1;
    for (size_t i = 0; i < count; i++) {
        size += 1 + VARINT_MAX + operations[i]->length;
    }
    struct etcd_bytes bytes = {.data = malloc(size)};
    if (bytes.data == NULL) {
        return bytes;
    }
    bytes.length = etcd__txn_request__pack(&outer->request, bytes.data);
    for (size_t i = 0; i < count; i++) {
        bytes.data[bytes.length++] = TAG_SUCCESS;
        bytes.length += write_length(bytes.data + bytes.length, operations[i]->length);
        memcpy(bytes.data + bytes.length, operations[i]->data, operations[i]->length);
        bytes.length += operations[i]->length;
    }
    return bytes;
}

/* The only operation so far is the one that is never done. */
static void never_do_it(struct etcd_txn *outer)
{
    outer->request.n_success = 0;
    outer->failure[outer->request.n_failure++] = &outer->operations[0];
}

struct etcd_bytes etcd_txn_write_nested(const struct etcd_bytes *operation,
                                        const struct etcd_key *key)
{
    struct etcd_txn outer;
    etcd_txn_init(&outer);
    if (key != NULL) {
        etcd_txn_delete(&outer, key);
        never_do_it(&outer);
    }
    return write_outer(&outer, &operation, 1);
}

struct etcd_bytes etcd_txn_write_group(const struct etcd_key *server, int64_t created,
                                       const struct etcd_key *quota,
                                       const struct etcd_bytes *const *operations, size_t count)
{
    struct etcd_txn outer;
    etcd_txn_init(&outer);
    etcd_txn_if_created(&outer, server, created);
    if (quota != NULL) {
        etcd_txn_put(&outer, quota, (const uint8_t *)"", 0, 0);
        never_do_it(&outer);
    }
    return write_outer(&outer, operations, count);
}

struct etcd_bytes etcd_write_lease(int64_t seconds)
{
    Etcd__LeaseGrantRequest request = ETCD__LEASE_GRANT_REQUEST__INIT;
    request.ttl = seconds;
    return pack(&request.base);
}

struct etcd_bytes etcd_write_authenticate(const char *name, const char *password)
{
    union {
        const char *ours;
        char *theirs;
    } name_pointer = {.ours = name}, password_pointer = {.ours = password};
    Etcd__AuthenticateRequest request; /* its macro casts a constant string */
    etcd__authenticate_request__init(&request);
    request.name = name_pointer.theirs;
    request.password = password_pointer.theirs;
    return pack(&request.base);
}

struct etcd_bytes etcd_write_watch(const struct etcd_key *beginning, const struct etcd_key *end,
                                   int64_t from_revision)
{
    Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
    create.key = bytes_of_key(beginning);
    create.range_end = bytes_of_key(end);
    create.start_revision = from_revision;
    Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;
    request.request_union_case = ETCD__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST;
    request.create_request = &create;
    return pack(&request.base);
}

/* ---- Answers --------------------------------------------------------------------------------- */

Etcd__TxnResponse *etcd_txn_read(const uint8_t *bytes, size_t length)
{
    return etcd__txn_response__unpack(NULL, length, bytes);
}

const Etcd__TxnResponse *etcd_txn_of_group(const Etcd__TxnResponse *group, size_t i)
{
    if (i >= group->n_responses ||
        group->responses[i]->response_case != ETCD__RESPONSE_OP__RESPONSE_RESPONSE_TXN) {
        return NULL;
    }
    return group->responses[i]->response_txn;
}

const Etcd__RangeResponse *etcd_txn_range(const Etcd__TxnResponse *answer, size_t i)
{
    if (i >= answer->n_responses ||
        answer->responses[i]->response_case != ETCD__RESPONSE_OP__RESPONSE_RESPONSE_RANGE) {
        return NULL;
    }
    return answer->responses[i]->response_range;
}

const Etcd__KeyValue *etcd_txn_found(const Etcd__TxnResponse *answer, size_t i)
{
    const Etcd__RangeResponse *range = etcd_txn_range(answer, i);
    return range == NULL || range->n_kvs == 0 ? NULL : range->kvs[0];
}

int64_t etcd_txn_revision(const Etcd__TxnResponse *answer)
{
    return answer->header == NULL ? 0 : answer->header->revision;
}
