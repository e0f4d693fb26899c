#include "client/report/address_text.h"

#include "shared/page/format.h"

#include <stdio.h>

void address_text_print(const struct address_table *table)
{
    char connections[FORMAT_SIZE];
    char streams[FORMAT_SIZE];
    if (table->count < 2) {
        return;
    }
    (void)printf("\n%-22s%9s%9s\n", "server", "connected", "streams");
    for (size_t i = 0; i < table->count; i++) {
        const struct address_row *row = &table->rows[i];
        (void)printf("%-22s%9s%9s\n", row->address,
                     row->connections == 0 ? "?" : format_count(row->connections, connections),
                     format_count(row->streams, streams));
    }
}
