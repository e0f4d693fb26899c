#include "server/rpc/tls_port.h"

#include "server/net/traffic_watch.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"
#include "shared/grpc/setup.h"

#include <grpc/grpc_security.h>

#include <stddef.h>
#include <string.h>

enum { LOG_LINES_MAX = 10 }; /* a second, about refused handshakes */

bool tls_port_init(struct tls_port *port, const struct certificate_paths *paths,
                   const struct clock *clock, char reason[static CERTIFICATE_REASON_SIZE])
{
    *port = (struct tls_port){.lock = PTHREAD_MUTEX_INITIALIZER};
    return certificate_rotation_init(&port->rotation, paths, clock, reason);
}

void tls_port_cleanup(struct tls_port *port)
{
    certificate_rotation_cleanup(&port->rotation);
}

bool tls_port_identifies_clients(const struct tls_port *port)
{
    return port->rotation.paths.authorities != NULL;
}

/* What C core's OpenSSL says to bytes that are no TLS at all. */
static bool is_plain(const char *reason)
{
    return strcmp(reason, "wrong version number") == 0 || strcmp(reason, "http request") == 0;
}

static void log_refused(const char *reason)
{
    static struct log_limit limit = LOG_LIMIT(LOG_LINES_MAX);
    uint64_t skipped;
    if (log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(LOG_LEVEL_NOTICE, "handshake refused", log_text("reason", reason),
                  log_text("hint", is_plain(reason) ? "the client does not speak TLS" : NULL),
                  log_skipped(skipped));
    }
}

/* C core calls it for every new connection, within tls_port_give. */
static grpc_ssl_certificate_config_reload_status fetch(void *context,
                                                       grpc_ssl_server_certificate_config **config)
{
    struct tls_port *port = context;
    const struct certificate_set *set = certificate_rotation_take(&port->rotation);
    if (set == NULL) {
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    const grpc_ssl_pem_key_cert_pair pair = {.private_key = set->key,
                                             .cert_chain = set->certificate};
    /* C core wants some authorities even if it asks no client for a certificate. */
    *config = grpc_ssl_server_certificate_config_create(
        set->authorities == NULL ? set->certificate : set->authorities, &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

static grpc_server_credentials *create_credentials(struct tls_port *port)
{
    return grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            tls_port_identifies_clients(port)
                ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            fetch, port));
}

bool tls_port_open(struct tls_port *port, grpc_server *server)
{
    grpc_server_credentials *credentials = create_credentials(port);
    const char *unknown = external_listener_open(&port->listener, server, credentials);
    grpc_server_credentials_release(credentials);
    if (unknown == NULL) {
        grpc_report_handshakes(log_refused);
        return true;
    }
    log_event(LOG_LEVEL_ERROR, "no TLS with this gRPC C core", log_text("reason", unknown));
    port->problem = "cannot serve TLS: this gRPC C core is built in an unknown way; use Debian "
                    "12's libgrpc29, or a proxy that ends TLS in front of a server without "
                    "--tls-cert";
    return false;
}

void tls_port_give(struct tls_port *port, int descriptor)
{
    (void)pthread_mutex_lock(&port->lock);
    traffic_watch_expect_tls(descriptor);
    external_listener_give(&port->listener, descriptor);
    traffic_watch_expect_tls(-1);
    (void)pthread_mutex_unlock(&port->lock);
}
