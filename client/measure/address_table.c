#include "client/measure/address_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char others[] = "other addresses";

/* The row of the address, which is added if there is none. */
static struct address_row *find_row(struct address_table *table, const char *address)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].address, address) == 0) {
            return &table->rows[i];
        }
    }
    if (table->count == ADDRESS_ROWS) {
        return &table->rows[ADDRESS_ROWS - 1];
    }
    struct address_row *row = &table->rows[table->count++];
    *row = (struct address_row){.connections = 0};
    (void)snprintf(row->address, sizeof row->address, "%s",
                   table->count == ADDRESS_ROWS ? others : address);
    return row;
}

void address_table_expect(struct address_table *table, const char *address)
{
    char shown[ADDRESS_ROW_SIZE];
    (void)snprintf(shown, sizeof shown, "%s", address); /* as rows have it */
    (void)find_row(table, shown);
}

void address_table_note(struct address_table *table, const char *address, bool is_new_connection,
                        uint64_t *seen)
{
    char shown[ADDRESS_ROW_SIZE];
    (void)snprintf(shown, sizeof shown, "%s", address); /* as rows have it */
    struct address_row *row = find_row(table, shown);
    const uint64_t bit = UINT64_C(1) << (row - table->rows);
    row->connections += is_new_connection ? 1 : 0;
    row->streams += (*seen & bit) == 0 ? 1 : 0;
    *seen |= bit;
}

void address_table_add(struct address_table *table, const struct address_table *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct address_row *row = find_row(table, from->rows[i].address);
        row->connections += from->rows[i].connections;
        row->streams += from->rows[i].streams;
    }
}

bool address_row_knows_connections(const struct address_row *row)
{
    return row->connections > 0 || row->streams == 0;
}

static int compare(const void *a, const void *b)
{
    const struct address_row *one = a;
    const struct address_row *other = b;
    return strcmp(one->address, other->address);
}

void address_table_sort(struct address_table *table)
{
    qsort(table->rows, table->count, sizeof *table->rows, compare);
}
