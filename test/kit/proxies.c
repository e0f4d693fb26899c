#include "test/kit/proxies.h"

#include "test/kit/loopback.h"

#include <check.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { AN_HOUR_MS = 3600000, MANY = 1000000, CONNECTIONS = 2000 };

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
                                   "    server {\n"
                                   "        listen 127.0.0.1:%u http2;\n"
                                   "        location / {\n"
                                   "            grpc_pass grpc://127.0.0.1:%u;\n"
                                   "            grpc_read_timeout %ums;\n"
                                   "            grpc_send_timeout 1h;\n"
                                   "        }\n"
                                   "    }\n"
                                   "}\n";

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
                                     "    timeout server %ums\n"
                                     "listen comms\n"
                                     "    bind fd@%d proto h2\n"
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

static void write_configuration(const char *path, const struct proxy_settings *settings,
                                uint16_t port, int fd)
{
    unsigned idle_ms = or_else(settings->idle_ms, AN_HOUR_MS);
    unsigned max_streams = or_else(settings->max_streams, MANY);
    unsigned grace_ms = or_else(settings->grace_ms, AN_HOUR_MS);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    if (settings->kind == PROXY_NGINX) {
        fprintf(file, nginx_format, geteuid() == 0 ? "user root;" : "", grace_ms, CONNECTIONS, MANY,
                max_streams, port, settings->target, idle_ms);
    } else {
        fprintf(file, haproxy_format, CONNECTIONS, grace_ms, max_streams, idle_ms, idle_ms, fd,
                settings->target);
    }
    ck_assert_int_eq(fclose(file), 0);
}

struct proxy proxy_start(const struct proxy_settings *settings)
{
    struct proxy proxy = {.reload_signal = settings->kind == PROXY_NGINX ? SIGHUP : SIGUSR2};
    char path[PROXY_FOLDER_SIZE + 16];
    char inherited[32];
    snprintf(proxy.folder, sizeof proxy.folder, "%s/XXXXXX", all_folders);
    ck_assert_ptr_nonnull(mkdtemp(proxy.folder));
    snprintf(path, sizeof path, "%s/configuration", proxy.folder);
    int fd = loopback_listen(0, 0, &proxy.port);
    ck_assert_int_ge(fd, 0);
    write_configuration(path, settings, proxy.port, fd);

    /* nginx takes the sockets in this variable over, as its own successors do. */
    snprintf(inherited, sizeof inherited, "NGINX=%d;", fd);
    const char *nginx[] = {"-p", proxy.folder, "-c", path, "-e", "stderr", NULL};
    const char *haproxy[] = {"-W", "-db", "-f", path, NULL};
    bool is_nginx = settings->kind == PROXY_NGINX;
    struct program_spec spec = {
        .path = is_nginx ? programs_nginx_path() : programs_haproxy_path(),
        .arguments = is_nginx ? nginx : haproxy,
        .environment = is_nginx ? (const char *[]){inherited, NULL} : NULL,
    };
    proxy.program = program_start_spec(&spec);
    close(fd);
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
