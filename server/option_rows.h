/* The table of the server's command line, and the structure that it fills. */
#ifndef COMMS_SERVER_OPTION_ROWS_H
#define COMMS_SERVER_OPTION_ROWS_H

#include "server/stores/stores.h"
#include "shared/base/options.h"
#include "shared/tls/certificate_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a stream ends with after an error that has a reply. */
enum error_status_option {
    ERROR_STATUS_GRPC, /* the error's own status */
    ERROR_STATUS_OK    /* OK, as the original server does */
};

struct server_options {
    uint64_t port;                /* 0: the kernel chooses */
    struct certificate_paths tls; /* without certificate and key: no TLS */
    size_t mode;                  /* enum mode */
    struct store_settings store;  /* of the sessions; stateful mode only */
    struct texts listen;          /* addresses that target_parse accepts; none: loopback */
    int64_t interval_ns;          /* between numbers, nanoseconds; 0: full speed */
    size_t error_status;          /* enum error_status_option */
    int64_t command_timeout_ns;   /* nanoseconds */
    int64_t send_timeout_ns;      /* nanoseconds */
    int64_t session_timeout_ns;   /* nanoseconds */
    int64_t drain_delay_ns;       /* nanoseconds */
    int64_t drain_timeout_ns;     /* nanoseconds */
    uint64_t max_numbers;         /* of a stateful session */
    uint64_t max_size;            /* of the padding of a message, bytes; 0: no padding */
    uint64_t max_streams;
    uint64_t max_connection_streams; /* 0: not given */
    uint64_t max_sessions;
    uint64_t max_client_sessions; /* 0: no limit */
    uint64_t max_connections;
    uint64_t max_tls_connections;
    uint64_t max_connections_per_address; /* 0: no limit */
    int64_t handshake_timeout_ns;         /* nanoseconds */
    int64_t keepalive_ns;                 /* nanoseconds; 0: no pings */
    int64_t connection_idle_ns;           /* nanoseconds; 0: no limit */
    int64_t connection_age_ns;            /* nanoseconds; 0: no limit */
    const char *admin;                    /* admin_address_parse reads it; NULL: no admin port */
    struct texts admin_hosts;             /* host_check_name accepts each */
    size_t log_level;                     /* enum log_level */
    size_t log_format;                    /* enum log_format */
    const char *ignored_port;             /* of an orchestrator (options_parse); NULL: none */
    bool print_config;                    /* prints all options and ends */
};

/* The description of the command line; static. */
extern const struct options server_option_table;

#endif
