#include "test/kit/proxies.h"

#include "test/kit/loopback.h"

#include <check.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { AN_HOUR_MS = 3600000, MANY = 1000000, CONNECTIONS = 2000, INHERITED_SIZE = 256 };

static char all_folders[SCRATCH_FOLDER_SIZE];

/*
 * As root nginx would run its workers as another user, who need not be there: hence `user root`.
 * gRPC needs no temporary files, but nginx needs the folders for them.
 */
static const char nginx_format[] = "daemon off;\n"
                                   "%s\n"
                                   "worker_processes 1;\n"
                                   "worker_shutdown_timeout %ums;\n"
                                   "pid nginx.pid;\n"
                                   "events { worker_connections %u; }\n"
                                   "http {\n"
                                   "    access_log off;\n"
                                   "    client_body_temp_path .;\n"
                                   "    proxy_temp_path .;\n"
                                   "    fastcgi_temp_path .;\n"
                                   "    scgi_temp_path .;\n"
                                   "    uwsgi_temp_path .;\n"
                                   "    keepalive_requests %u;\n"
                                   "    http2_max_concurrent_streams %u;\n"
                                   "    client_max_body_size 0;\n"
                                   "    client_body_timeout 1h;\n"
                                   "    grpc_read_timeout %ums;\n"
                                   "    grpc_send_timeout 1h;\n";

static const char nginx_plain[] = "    server {\n"
                                  "        listen 127.0.0.1:%u http2;\n"
                                  "        location / { grpc_pass grpc://127.0.0.1:%u; }\n"
                                  "    }\n";

static const char nginx_tls[] = "    server {\n"
                                "        listen 127.0.0.1:%u ssl http2;\n"
                                "        ssl_certificate %s/server.pem;\n"
                                "        ssl_certificate_key %s/server.key;\n"
                                "        location / {\n"
                                "            grpc_pass grpcs://127.0.0.1:%u;\n"
                                "            grpc_ssl_trusted_certificate %s/ca.pem;\n"
                                "            grpc_ssl_name localhost;\n"
                                "            grpc_ssl_server_name on;\n"
                                "            grpc_ssl_verify on;\n"
                                "        }\n"
                                "    }\n";

static const char haproxy_format[] = "global\n"
                                     "    maxconn %u\n"
                                     "    nbthread 1\n"
                                     "    hard-stop-after %ums\n"
                                     "    tune.h2.max-concurrent-streams %u\n"
                                     "    log stderr format raw local0\n"
                                     "defaults\n"
                                     "    mode http\n"
                                     "    log global\n"
                                     "    option httplog\n"
                                     "    option dontlog-normal\n"
                                     "    timeout connect 10s\n"
                                     "    timeout client %ums\n"
                                     "    timeout server %ums\n";

static const char haproxy_plain[] = "listen comms%zu\n"
                                    "    bind fd@%d proto h2\n"
                                    "    server comms 127.0.0.1:%u proto h2\n";

static const char haproxy_tls[] = "listen comms%zu\n"
                                  "    bind fd@%d ssl crt %s/front.pem alpn h2\n"
                                  "    server comms 127.0.0.1:%u proto h2\n";

void proxies_set_up(void)
{
    scratch_folder_make(all_folders, "comms-proxies");
}

void proxies_tear_down(void)
{
    scratch_folder_remove(all_folders);
}

static unsigned or_else(unsigned value, unsigned instead)
{
    return value != 0 ? value : instead;
}

static void write_nginx_route(FILE *file, const struct proxy_settings *settings,
                              const struct proxy_route *route)
{
    if (!route->is_tls) {
        fprintf(file, nginx_plain, route->port, route->target);
    } else {
        const char *folder = settings->certificates->folder;
        fprintf(file, nginx_tls, route->port, folder, folder, route->target, folder);
    }
}

static void write_nginx(FILE *file, const struct proxy_settings *settings)
{
    fprintf(file, nginx_format, geteuid() == 0 ? "user root;" : "",
            or_else(settings->grace_ms, AN_HOUR_MS), CONNECTIONS, MANY,
            or_else(settings->max_streams, MANY), or_else(settings->idle_ms, AN_HOUR_MS));
    for (size_t i = 0; i < settings->route_count; i++) {
        write_nginx_route(file, settings, &settings->routes[i]);
    }
    fputs("}\n", file);
}

static void write_haproxy(FILE *file, const struct proxy_settings *settings, const int *listeners)
{
    unsigned idle_ms = or_else(settings->idle_ms, AN_HOUR_MS);
    fprintf(file, haproxy_format, CONNECTIONS, or_else(settings->grace_ms, AN_HOUR_MS),
            or_else(settings->max_streams, MANY), idle_ms, idle_ms);
    for (size_t i = 0; i < settings->route_count; i++) {
        const struct proxy_route *route = &settings->routes[i];
        if (!route->is_tls) {
            fprintf(file, haproxy_plain, i, listeners[i], route->target);
        } else {
            fprintf(file, haproxy_tls, i, listeners[i], settings->certificates->folder,
                    route->target);
        }
    }
}

static void write_configuration(const char *path, const struct proxy_settings *settings,
                                const int *listeners)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    if (settings->kind == PROXY_NGINX) {
        write_nginx(file, settings);
    } else {
        write_haproxy(file, settings, listeners);
    }
    ck_assert_int_eq(fclose(file), 0);
}

/* haproxy wants the certificate and its key in one file. */
static void make_front_certificate(const struct certificates *certificates)
{
    certificates_copy(certificates, "server.pem", "front.pem");
    certificates_append(certificates, "server.key", "front.pem");
}

/* Listens for each route, and writes the variable by which nginx takes the sockets over, as its own
 * successors do. */
static void listen_for_routes(const struct proxy_settings *settings, int *ret_listeners,
                              char inherited[static INHERITED_SIZE])
{
    size_t length = (size_t)snprintf(inherited, INHERITED_SIZE, "NGINX=");
    for (size_t i = 0; i < settings->route_count; i++) {
        ret_listeners[i] = loopback_listen(0, 0, &settings->routes[i].port);
        ck_assert_int_ge(ret_listeners[i], 0);
        length +=
            (size_t)snprintf(inherited + length, INHERITED_SIZE - length, "%d;", ret_listeners[i]);
        ck_assert_uint_lt(length, INHERITED_SIZE);
    }
}

struct proxy proxy_start(const struct proxy_settings *settings)
{
    struct proxy proxy = {.reload_signal = settings->kind == PROXY_NGINX ? SIGHUP : SIGUSR2};
    char path[PROXY_FOLDER_SIZE + 16];
    char inherited[INHERITED_SIZE];
    int listeners[PROXY_ROUTES_MAX];
    ck_assert_uint_le(settings->route_count, PROXY_ROUTES_MAX);
    snprintf(proxy.folder, sizeof proxy.folder, "%s/XXXXXX", all_folders);
    ck_assert_ptr_nonnull(mkdtemp(proxy.folder));
    snprintf(path, sizeof path, "%s/configuration", proxy.folder);
    listen_for_routes(settings, listeners, inherited);
    if (settings->certificates != NULL) {
        make_front_certificate(settings->certificates);
    }
    write_configuration(path, settings, listeners);

    const char *nginx[] = {"-p", proxy.folder, "-c", path, "-e", "stderr", NULL};
    const char *haproxy[] = {"-W", "-db", "-f", path, NULL};
    bool is_nginx = settings->kind == PROXY_NGINX;
    struct program_spec spec = {
        .path = is_nginx ? programs_nginx_path() : programs_haproxy_path(),
        .arguments = is_nginx ? nginx : haproxy,
        .environment = is_nginx ? (const char *[]){inherited, NULL} : NULL,
    };
    proxy.program = program_start_spec(&spec);
    for (size_t i = 0; i < settings->route_count; i++) {
        close(listeners[i]);
    }
    return proxy;
}

void proxy_reload(struct proxy *proxy)
{
    program_signal(proxy->program, proxy->reload_signal);
}

void proxy_stop(struct proxy *proxy)
{
    /* The output ends when the last of its processes has ended. */
    program_signal(proxy->program, SIGTERM);
    (void)program_wait_exit(proxy->program);
    program_destroy(proxy->program);
    proxy->program = NULL;
}
