#define _GNU_SOURCE
#include "test/kit/proxies.h"

#include <check.h>

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AN_HOUR_MS = 3600000, MANY = 1000000, CONNECTIONS = 2000, BACKLOG = 512 };

static char all_folders[] = "/tmp/comms-proxies-XXXXXX";

/* Workers of a root's nginx would be of another user, who need not be there. Temporary files are
 * not for gRPC, but their folders must be. */
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
    ck_assert_ptr_nonnull(mkdtemp(all_folders));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void proxies_tear_down(void)
{
    ck_assert_int_eq(nftw(all_folders, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A listening socket for the proxy to inherit, on a port that the kernel chooses. */
static int listen_anywhere(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, BACKLOG), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
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
    int fd = listen_anywhere(&proxy.port);
    write_configuration(path, settings, proxy.port, fd);

    /* nginx finds inherited sockets in this variable, as it leaves them for its own successor. */
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
    /* Its output ends with the last of its processes. */
    program_signal(proxy->program, SIGTERM);
    (void)program_wait_exit(proxy->program);
    program_destroy(proxy->program);
    proxy->program = NULL;
}
