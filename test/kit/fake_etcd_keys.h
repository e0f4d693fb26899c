/*
 * The keys of the model of etcd: transactions that are carried out, and what its watches tell. For
 * fake_etcd.c.
 */
#ifndef COMMS_TEST_KIT_FAKE_ETCD_KEYS_H
#define COMMS_TEST_KIT_FAKE_ETCD_KEYS_H

#include "etcd.pb-c.h"
#include "test/kit/fake_etcd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of zeroes, and a copy in such memory. A test fails where it is missing. */
void *fake_allocate(size_t size);
uint8_t *fake_copy(const uint8_t *bytes, size_t length);

/*
 * Carries out a transaction, and tells the watches. The caller frees the answer by
 * etcd__txn_response__free_unpacked.
 */
Etcd__TxnResponse *fake_etcd_carry_out(struct fake_etcd *etcd, const Etcd__TxnRequest *request,
                                       int64_t revision);

/* A test fails where a transaction puts a key twice: etcd refuses it. */
void fake_etcd_check_puts(const Etcd__TxnRequest *request);

/* Whether etcd looks at its quota before such a transaction. */
bool fake_etcd_counts(const Etcd__TxnRequest *request);

#endif
