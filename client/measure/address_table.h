/*
 * Where the streams of a run went: how many connections and streams each address of the server got.
 * Pure computations; a table belongs to one thread.
 */
#ifndef COMMS_CLIENT_MEASURE_ADDRESS_TABLE_H
#define COMMS_CLIENT_MEASURE_ADDRESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESS_ROWS = 64, /* the last one counts all further addresses */
    ADDRESS_ROW_SIZE = 64
};

struct address_row {
    char address[ADDRESS_ROW_SIZE]; /* 10.0.0.1:443 */
    uint64_t connections;           /* over which a stream received; 0 beside streams: not known */
    uint64_t streams;               /* that received there, each of them once */
};

struct address_table {
    size_t count;
    struct address_row rows[ADDRESS_ROWS];
};

/*
 * Notes that a stream receives from this address, over a connection that is new or not. `seen` has
 * the rows that the stream has received from before, a bit each; the caller keeps it for the stream
 * from 0 on, and uses it with this table only.
 */
void address_table_note(struct address_table *table, const char *address, bool is_new_connection,
                        uint64_t *seen);

/* Adds a row without connections and streams, unless the address has one. */
void address_table_expect(struct address_table *table, const char *address);

/* Adds the rows of a table whose streams are others. */
void address_table_add(struct address_table *table, const struct address_table *from);

/* Whether `connections` is known: with an unknown C core it is not. */
bool address_row_knows_connections(const struct address_row *row);

/* Sorts the rows by their addresses. */
void address_table_sort(struct address_table *table);

#endif
