#include "server/admin/refusal_rows.h"

/* The first rows of the three kinds. */
enum { CONNECTIONS, STREAMS = CONNECTION_REFUSALS - 1, ENDINGS = STREAMS + REFUSAL_REASONS };

static const char *const connection_reasons[] = {
    [CONNECTION_TOO_MANY] = "--max-connections, or no descriptors for more",
    [CONNECTION_TOO_MANY_TLS] = "--max-tls-connections",
    [CONNECTION_TOO_MANY_OF_ADDRESS] = "--max-connections-per-address",
    [CONNECTION_NO_DESCRIPTOR] = "out of descriptors",
    [CONNECTION_NO_MEMORY] = "out of memory",
};

static const char *const stream_reasons[] = {
    [REFUSAL_UNKNOWN_METHOD] = "unknown method",
    [REFUSAL_NOT_IDENTIFIED] = "client is not identified",
    [REFUSAL_CONNECTION_FULL] = "--max-connection-streams",
    [REFUSAL_SERVER_FULL] =
        "--max-streams, or no threads or memory for more, or too many health watches",
    [REFUSAL_SHUTTING_DOWN] = "server is shutting down",
};

void refusal_rows_read(const struct admin_sources *sources, const struct counts *counts,
                       struct refusal_rows *ret_rows)
{
    for (size_t i = CONNECTIONS; i < STREAMS; i++) {
        ret_rows->counts[i] = connection_refusals_count(sources->connection_refusals,
                                                        (enum connection_refusal)(i + 1));
    }
    for (size_t i = STREAMS; i < ENDINGS; i++) {
        ret_rows->counts[i] =
            refusals_count_of(sources->refusals, (enum refusal_reason)(i - STREAMS));
    }
    for (size_t i = ENDINGS; i < REFUSAL_ROWS; i++) {
        ret_rows->counts[i] = counts->failures[i - ENDINGS + 1];
    }
}

const char *refusal_rows_what(size_t row)
{
    return row < STREAMS ? "connection" : row < ENDINGS ? "stream" : "command";
}

const char *refusal_rows_reason(size_t row)
{
    return row < STREAMS   ? connection_reasons[row + 1]
           : row < ENDINGS ? stream_reasons[row - STREAMS]
                           : error_text((enum error)(row - ENDINGS + 1));
}
