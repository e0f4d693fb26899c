/*
 * etcd's transactions as bytes. A transaction compares, and then does one of two lists of
 * operations. Some independent ones go to etcd as one, in one step of Raft: each is an operation of
 * the outer one, which compares only that this server was not declared dead.
 *
 * An operation of protobuf that is repeated may be written piece by piece, so each transaction is
 * written once, when it is made, and only copied into its group. Every function may be called from
 * any thread.
 */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_TXN_H
#define COMMS_SERVER_STORES_ETCD_ETCD_TXN_H

#include "etcd.pb-c.h"
#include "server/stores/etcd/etcd_keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETCD_COMPARES_MAX = 4,
    ETCD_OPERATIONS_MAX = 8 /* of both lists */
};

/* Bytes on the heap, which free releases; NULL: memory was missing. */
struct etcd_bytes {
    uint8_t *data;
    size_t length;
};

/* A transaction that is being made. The keys and values must live until it is written. */
struct etcd_txn {
    Etcd__TxnRequest request;
    Etcd__Compare compares[ETCD_COMPARES_MAX];
    Etcd__Compare *compare_list[ETCD_COMPARES_MAX];
    Etcd__RequestOp operations[ETCD_OPERATIONS_MAX];
    union {
        Etcd__RangeRequest range;
        Etcd__PutRequest put;
        Etcd__DeleteRangeRequest delete;
    } bodies[ETCD_OPERATIONS_MAX];
    size_t operation_count;
    Etcd__RequestOp *success[ETCD_OPERATIONS_MAX];
    Etcd__RequestOp *failure[ETCD_OPERATIONS_MAX];
};

/* Which of the two lists an operation is added to. */
enum etcd_branch { ETCD_IF_TRUE, ETCD_IF_FALSE };

void etcd_txn_init(struct etcd_txn *txn);

/* Compare the key's revision of creation, or of its last change; 0: the key does not exist. */
void etcd_txn_if_created(struct etcd_txn *txn, const struct etcd_key *key, int64_t revision);
void etcd_txn_if_changed(struct etcd_txn *txn, const struct etcd_key *key, int64_t revision);
void etcd_txn_if_exists(struct etcd_txn *txn, const struct etcd_key *key);

/* `lease` 0: the key stays until it is deleted. */
void etcd_txn_put(struct etcd_txn *txn, const struct etcd_key *key, const uint8_t *value,
                  size_t length, int64_t lease);
void etcd_txn_delete(struct etcd_txn *txn, const struct etcd_key *key);
void etcd_txn_get(struct etcd_txn *txn, enum etcd_branch branch, const struct etcd_key *key);

/* All keys that begin with this one; without their values. */
void etcd_txn_list(struct etcd_txn *txn, const struct etcd_key *beginning,
                   const struct etcd_key *end, bool keys_only);

/* The transaction as an operation of another one. */
struct etcd_bytes etcd_txn_write_operation(const struct etcd_txn *txn);

/*
 * A request that does the operation, as etcd_txn_write_operation wrote it. etcd 3.4.23 asks only of
 * what a request does itself whether the user may do it, and not of what is nested in it. So this
 * one would delete `key`, if it did not always do the other: etcd refuses it all where the user may
 * not write the key. NULL: it asks nothing.
 */
struct etcd_bytes etcd_txn_write_nested(const struct etcd_bytes *operation,
                                        const struct etcd_key *key);

/*
 * The request of a group: it compares that `server` was created at this revision, and then does the
 * operations. If it does not hold, the key `quota` is put; NULL: no key. etcd counts that put, even
 * if it is not done, so that it refuses the group when it is full.
 */
struct etcd_bytes etcd_txn_write_group(const struct etcd_key *server, int64_t created,
                                       const struct etcd_key *quota,
                                       const struct etcd_bytes *const *operations, size_t count);

/* Other requests. */
struct etcd_bytes etcd_write_lease(int64_t seconds);
struct etcd_bytes etcd_write_authenticate(const char *name, const char *password);
struct etcd_bytes etcd_write_watch(const struct etcd_key *beginning, const struct etcd_key *end,
                                   int64_t from_revision);

/* ---- Answers --------------------------------------------------------------------------------- */

/* NULL: it is no such answer, or memory is missing. The caller frees it with protobuf-c's function.
 */
Etcd__TxnResponse *etcd_txn_read(const uint8_t *bytes, size_t length);

/* The answer of transaction i of a group; NULL: there is none. */
const Etcd__TxnResponse *etcd_txn_of_group(const Etcd__TxnResponse *group, size_t i);

/* What operation i of the answer found: all keys, or the only one; NULL: none. */
const Etcd__RangeResponse *etcd_txn_range(const Etcd__TxnResponse *answer, size_t i);
const Etcd__KeyValue *etcd_txn_found(const Etcd__TxnResponse *answer, size_t i);

/* The revision of the store with the answer: what was put has this one. 0: the answer has none. */
int64_t etcd_txn_revision(const Etcd__TxnResponse *answer);

#endif
