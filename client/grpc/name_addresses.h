/*
 * The addresses that the server's name stands for, as C core has looked them up. C core does not
 * say which of them it could not connect to: those that no stream has received from. Thread-safe;
 * its lock is a leaf.
 */
#ifndef COMMS_CLIENT_GRPC_NAME_ADDRESSES_H
#define COMMS_CLIENT_GRPC_NAME_ADDRESSES_H

#include "client/measure/address_table.h"

#include <netdb.h>

/* Notes what a look-up has found. */
void name_addresses_note(const struct addrinfo *found);

/* Adds a row without connections for each address that has none. */
void name_addresses_add(struct address_table *table);

#endif
