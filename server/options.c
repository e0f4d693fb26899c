#include "server/options.h"

#include "server/admin/admin_address.h"
#include "server/admin/host_check.h"
#include "server/work/capacity.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/protocol/command.h"
#include "shared/protocol/padding.h"
#include "shared/protocol/sequence.h"

#include <stddef.h>

enum {
    PORT_DEFAULT = 1337,
    STREAMS_DEFAULT = 10000,       /* 26 KiB of memory each, 32 KiB with a stateful session */
    SESSIONS_DEFAULT = 1000000,    /* 128 bytes of memory each */
    CONNECTIONS_DEFAULT = 10000,   /* 16 KiB of memory each */
    TLS_CONNECTIONS_DEFAULT = 2000 /* 80 KiB of memory each, and a handshake of 1 ms */
};

/* What is missing of the options that belong together; NULL: nothing. */
static const char *missing_tls_option(const struct certificate_paths *tls)
{
    if (tls->certificate == NULL && tls->key != NULL) {
        return "--tls-key requires --tls-cert";
    }
    if (tls->certificate != NULL && tls->key == NULL) {
        return "--tls-cert requires --tls-key";
    }
    return tls->certificate == NULL && tls->authorities != NULL
               ? "--tls-client-ca requires --tls-cert and --tls-key"
               : NULL;
}

/* As missing_tls_option, of all options. */
static const char *find_missing(const struct server_options *options)
{
    const char *missing = missing_tls_option(&options->tls);
    if (missing != NULL) {
        return missing;
    }
    if (options->admin == NULL && options->admin_hosts.count > 0) {
        return "--admin-host requires --admin";
    }
    return options->mode == MODE_STATELESS && store_is_durable(options->store.place)
               ? "--store requires --mode stateful"
               : store_check_settings(&options->store);
}

enum options_result server_options_parse(struct server_options *options, int argc, char **argv)
{
    *options = (struct server_options){.port = PORT_DEFAULT,
                                       .mode = MODE_STATELESS,
                                       .store = {.place = "memory"},
                                       .interval_ns = NS_PER_S,
                                       .command_timeout_ns = 30 * NS_PER_S,
                                       .send_timeout_ns = 30 * NS_PER_S,
                                       .session_timeout_ns = 30 * NS_PER_S,
                                       .drain_timeout_ns = 5 * NS_PER_S,
                                       .max_numbers = SEQUENCE_N_DEFAULT_MAX,
                                       .max_size = PADDING_MAX,
                                       .max_streams = STREAMS_DEFAULT,
                                       .max_sessions = SESSIONS_DEFAULT,
                                       .max_connections = CONNECTIONS_DEFAULT,
                                       .max_tls_connections = TLS_CONNECTIONS_DEFAULT,
                                       .handshake_timeout_ns = 10 * NS_PER_S,
                                       .keepalive_ns = 60 * NS_PER_S,
                                       .connection_idle_ns = 300 * NS_PER_S,
                                       .log_level = LOG_LEVEL_INFO,
                                       .log_format = LOG_FORMAT_AUTO};
    const struct options *table = &server_option_table;
    int operands = argc;
    enum options_result result = options_parse(table, argc, argv, options, &operands);
    if (result == OPTIONS_GO_ON && operands < argc) {
        result =
            options_complain(table, "unexpected word '%s' (options begin with --)", argv[operands]);
    }
    const char *missing = result == OPTIONS_GO_ON ? find_missing(options) : NULL;
    if (missing != NULL) {
        result = options_complain(table, "%s", missing);
    }
    options->store.session_timeout_ns = options->session_timeout_ns;
    if (result == OPTIONS_GO_ON && options->print_config) {
        options->print_config = false; /* what is printed starts a server */
        options->max_connection_streams =
            capacity_connection_streams(options->max_streams, options->max_connection_streams);
        result = options_print(table, options);
    }
    if (result != OPTIONS_GO_ON) {
        server_options_cleanup(options);
    }
    return result;
}

void server_options_set_log(const struct server_options *options)
{
    log_set_level((enum log_level)options->log_level);
    log_set_format((enum log_format)options->log_format);
    if (options->ignored_port != NULL) {
        log_event(LOG_LEVEL_WARN, "variable ignored", log_word("variable", "COMMS_PORT"),
                  log_text("value", options->ignored_port),
                  log_text("reason", "an orchestrator sets it for a service of this name"),
                  log_text("hint", "--port sets the port"));
    }
}

void server_options_cleanup(struct server_options *options)
{
    texts_cleanup(&options->listen);
    texts_cleanup(&options->admin_hosts);
}
