#include "client/report/address_text.h"

#include "shared/page/format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_ROOM = 22, COUNT_ROOM = 9 }; /* columns; longer addresses widen theirs */

static size_t longest_address(const struct address_table *table)
{
    size_t longest = ADDRESS_ROOM;
    for (size_t i = 0; i < table->count; i++) {
        size_t length = strlen(table->rows[i].address);
        longest = length > longest ? length : longest;
    }
    return longest;
}

void address_text_print(const struct terminal *terminal, const struct result *result)
{
    const struct address_table *table = &result->addresses;
    char connections[FORMAT_SIZE];
    char streams[FORMAT_SIZE];
    if (table->count == 0 || (table->count == 1 && result->plan->target_kind != TARGET_NAME)) {
        return;
    }
    /* Where there is little room, the connections are left out, then the streams; an address that
     * is still too long is cut. */
    const size_t columns = terminal_columns(terminal);
    size_t room = longest_address(table);
    bool has_connections = room + 2 * (size_t)COUNT_ROOM <= columns;
    bool has_streams = room + COUNT_ROOM <= columns;
    room = room < columns ? room : columns;
    (void)printf("\n%-*s%*s%*s\n", (int)room, "server", has_connections ? COUNT_ROOM : 0,
                 has_connections ? "connected" : "", has_streams ? COUNT_ROOM : 0,
                 has_streams ? "streams" : "");
    for (size_t i = 0; i < table->count; i++) {
        const struct address_row *row = &table->rows[i];
        bool is_known = address_row_knows_connections(row);
        (void)printf(
            "%-*.*s%*s%*s\n", (int)room, (int)room, row->address, has_connections ? COUNT_ROOM : 0,
            !has_connections ? ""
            : is_known       ? format_count(row->connections, connections)
                             : "?",
            has_streams ? COUNT_ROOM : 0, has_streams ? format_count(row->streams, streams) : "");
    }
}
