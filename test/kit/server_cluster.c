#include "test/kit/server_cluster.h"

#include "test/kit/loopback.h"
#include "test/kit/programs/arguments.h"

#include <check.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_SIZE = SERVER_CLUSTER_FOLDER_SIZE + 32 };

static char all_folders[SCRATCH_FOLDER_SIZE];

static const char front_format[] = "global\n"
                                   "    maxconn 4000\n"
                                   "    nbthread 1\n"
                                   "    log stderr format raw local0 notice\n"
                                   "defaults\n"
                                   "    mode http\n"
                                   "    log global\n"
                                   "    timeout connect 5s\n"
                                   "    timeout client 1h\n"
                                   "    timeout server 1h\n"
                                   "listen comms\n"
                                   "    bind fd@%d proto h2\n"
                                   "    balance roundrobin\n"
                                   "    option redispatch\n"
                                   "    http-reuse never\n"
                                   "    default-server check inter 100ms fall 2 rise 1\n";

void server_cluster_set_up(void)
{
    scratch_folder_make(all_folders, "comms-servers");
}

void server_cluster_tear_down(void)
{
    scratch_folder_remove(all_folders);
}

/* ---- The servers ----------------------------------------------------------------------------- */

static void start_server(struct server_cluster *cluster, size_t i)
{
    struct cluster_server *server = &cluster->servers[i];
    const struct server_cluster_settings *settings = &cluster->settings;
    char state[PATH_SIZE];
    snprintf(state, sizeof state, "%s/state-%zu-%u", cluster->folder, i, server->machines);
    struct arguments arguments = {NULL, 0};
    const char *const own[] = {"--store",     settings->store, "--store-state",
                               state,         "--interval",    settings->interval,
                               "--log-level", "warn",          NULL};
    arguments_add_array(&arguments, own);
    if (settings->options != NULL) {
        arguments_add_array(&arguments, settings->options);
    }
    server->server =
        server_start_array("stateful", server->port, (const char *const *)arguments.items);
    arguments_cleanup(&arguments);
}

void server_cluster_kill(struct server_cluster *cluster, size_t i)
{
    server_kill(&cluster->servers[i].server);
    cluster->servers[i].is_stopped = false;
}

void server_cluster_terminate(struct server_cluster *cluster, size_t i)
{
    server_stop(&cluster->servers[i].server);
}

void server_cluster_restart(struct server_cluster *cluster, size_t i, bool moves)
{
    cluster->servers[i].machines += moves;
    start_server(cluster, i);
}

void server_cluster_stop(struct server_cluster *cluster, size_t i)
{
    program_signal(cluster->servers[i].server.program, SIGSTOP);
    cluster->servers[i].is_stopped = true;
}

void server_cluster_go_on(struct server_cluster *cluster, size_t i)
{
    program_signal(cluster->servers[i].server.program, SIGCONT);
    cluster->servers[i].is_stopped = false;
}

/* ---- haproxy --------------------------------------------------------------------------------- */

static void start_front(struct server_cluster *cluster)
{
    char path[PATH_SIZE];
    int descriptor = loopback_listen(0, 0, &cluster->front_port);
    ck_assert_int_ge(descriptor, 0);
    snprintf(path, sizeof path, "%s/haproxy.cfg", cluster->folder);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fprintf(file, front_format, descriptor);
    for (size_t i = 0; i < cluster->settings.servers; i++) {
        fprintf(file, "    server comms-%zu 127.0.0.1:%u proto h2\n", i, cluster->servers[i].port);
    }
    ck_assert_int_eq(fclose(file), 0);
    cluster->front = program_start(programs_haproxy_path(), "-db", "-f", path, NULL);
    close(descriptor);
}

/* ---- The cluster ----------------------------------------------------------------------------- */

void server_cluster_start(struct server_cluster *cluster,
                          const struct server_cluster_settings *settings)
{
    ck_assert_uint_le(settings->servers, SERVER_CLUSTER_MAX);
    *cluster = (struct server_cluster){.settings = *settings};
    snprintf(cluster->folder, sizeof cluster->folder, "%s/XXXXXX", all_folders);
    ck_assert_ptr_nonnull(mkdtemp(cluster->folder));
    for (size_t i = 0; i < settings->servers; i++) {
        cluster->servers[i].held = loopback_hold(SOCK_CLOEXEC, &cluster->servers[i].port);
        ck_assert_int_ge(cluster->servers[i].held, 0);
    }
    for (size_t i = 0; i < settings->servers; i++) {
        start_server(cluster, i);
    }
    if (settings->has_front) {
        start_front(cluster);
    }
}

void server_cluster_end(struct server_cluster *cluster)
{
    if (cluster->front != NULL) {
        program_signal(cluster->front, SIGTERM);
        (void)program_wait_exit(cluster->front);
        program_destroy(cluster->front);
    }
    for (size_t i = 0; i < cluster->settings.servers; i++) {
        if (cluster->servers[i].server.program != NULL) {
            server_cluster_terminate(cluster, i);
        }
        close(cluster->servers[i].held);
    }
}
