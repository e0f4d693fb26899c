#include "test/kit/etcd_cluster.h"

#include "shared/base/clock.h"
#include "test/kit/etcd_arguments.h"
#include "test/kit/loopback.h"
#include "test/kit/programs/held_calls.h"

#include <check.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (30 * NS_PER_S)

enum { PAUSE_MS = 20, PATH_SIZE = 160, LOG_END = 1500 };

static char all_folders[SCRATCH_FOLDER_SIZE];

START_TEST(etcd_is_missing)
{
    printf("  skipped: COMMS_ETCD names no etcd\n");
}
END_TEST

bool etcd_cluster_is_here(TCase *tcase)
{
    const char *path = getenv("COMMS_ETCD");
    const bool is_here = path != NULL && access(path, X_OK) == 0;
    if (!is_here) {
        tcase_add_test(tcase, etcd_is_missing);
    }
    return is_here;
}

void etcd_cluster_set_up(void)
{
    scratch_folder_make(all_folders, "comms-etcd");
}

void etcd_cluster_tear_down(void)
{
    scratch_folder_remove(all_folders);
}

/* ---- One member ------------------------------------------------------------------------------ */

static struct etcd_gateway gateway_of(const struct etcd_cluster *cluster, size_t member)
{
    struct etcd_gateway gateway = {.port = cluster->members[member].port};
    memcpy(gateway.token, cluster->token, sizeof gateway.token);
    return gateway;
}

static bool is_running(const struct etcd_cluster_member *member)
{
    return member->program != NULL && !member->is_stopped;
}

static void run(struct etcd_cluster *cluster, size_t i)
{
    struct etcd_cluster_member *member = &cluster->members[i];
    struct arguments arguments = etcd_arguments(cluster, i);
    if (cluster->settings.has_disk) {
        member->disk = held_calls_create();
    }
    const struct program_spec spec = {.path = programs_etcd_path(),
                                      .arguments = (const char *const *)arguments.items,
                                      .held_calls = member->disk};
    member->program = program_start_spec(&spec);
    arguments_cleanup(&arguments);
}

/* What a member has logged last, for whoever reads why a test failed. */
static void print_log(const struct etcd_cluster_member *member)
{
    char path[PATH_SIZE];
    char text[LOG_END + 1];
    snprintf(path, sizeof path, "%s/log", member->folder);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    if (fseek(file, -LOG_END, SEEK_END) != 0) {
        rewind(file);
    }
    size_t length = fread(text, 1, LOG_END, file);
    fclose(file);
    printf("--- the end of %s\n%.*s", path, (int)length, text);
    fflush(stdout);
}

_Noreturn static void give_up(const struct etcd_cluster *cluster, const char *what)
{
    for (size_t i = 0; i < cluster->settings.members; i++) {
        print_log(&cluster->members[i]);
    }
    ck_abort_msg("%s", what);
    abort();
}

/* ---- The cluster ----------------------------------------------------------------------------- */

static void reserve(struct etcd_cluster_member *member, size_t i)
{
    uint16_t *const ports[] = {&member->port, &member->tls_port, &member->peer_port};
    snprintf(member->folder, sizeof member->folder, "%s/%zu-XXXXXX", all_folders, i);
    ck_assert_ptr_nonnull(mkdtemp(member->folder));
    for (size_t port = 0; port < sizeof ports / sizeof *ports; port++) {
        member->held[port] = loopback_hold(SOCK_CLOEXEC, ports[port]);
        ck_assert_int_ge(member->held[port], 0);
    }
}

/* Makes ETCD_CLUSTER_USER, and has nobody else let in but root. */
static void make_users(struct etcd_cluster *cluster)
{
    static const char root[] = "root";
    json_t *permission = etcd_gateway_prefix(cluster->settings.user_prefix);
    (void)json_object_set_new(permission, "permType", json_string("READWRITE"));
    struct etcd_gateway gateway = gateway_of(cluster, 0);
    etcd_gateway_tell(&gateway, "/v3/auth/user/add",
                      json_pack("{ss ss}", "name", root, "password", ETCD_CLUSTER_PASSWORD));
    etcd_gateway_tell(
        &gateway, "/v3/auth/user/add",
        json_pack("{ss ss}", "name", ETCD_CLUSTER_USER, "password", ETCD_CLUSTER_PASSWORD));
    etcd_gateway_tell(&gateway, "/v3/auth/role/add", json_pack("{ss}", "name", ETCD_CLUSTER_USER));
    etcd_gateway_tell(&gateway, "/v3/auth/role/grant",
                      json_pack("{ss so}", "name", ETCD_CLUSTER_USER, "perm", permission));
    etcd_gateway_tell(&gateway, "/v3/auth/user/grant",
                      json_pack("{ss ss}", "user", ETCD_CLUSTER_USER, "role", ETCD_CLUSTER_USER));
    etcd_gateway_tell(&gateway, "/v3/auth/user/grant",
                      json_pack("{ss ss}", "user", root, "role", root));
    etcd_gateway_tell(&gateway, "/v3/auth/enable", json_object());
    etcd_gateway_log_in(&gateway, root, ETCD_CLUSTER_PASSWORD);
    memcpy(cluster->token, gateway.token, sizeof cluster->token);
}

void etcd_cluster_start(struct etcd_cluster *cluster, const struct etcd_cluster_settings *settings)
{
    *cluster = (struct etcd_cluster){.settings = *settings};
    if (cluster->settings.members == 0) {
        cluster->settings.members = ETCD_CLUSTER_MAX;
    }
    for (size_t i = 0; i < cluster->settings.members; i++) {
        reserve(&cluster->members[i], i);
    }
    for (size_t i = 0; i < cluster->settings.members; i++) {
        run(cluster, i);
    }
    etcd_cluster_await(cluster);
    if (settings->user_prefix != NULL) {
        make_users(cluster);
    }
}

void etcd_cluster_end(struct etcd_cluster *cluster)
{
    for (size_t i = 0; i < cluster->settings.members; i++) {
        struct etcd_cluster_member *member = &cluster->members[i];
        if (member->program != NULL) {
            etcd_cluster_kill(cluster, i, SIGKILL);
        }
        for (size_t port = 0; port < sizeof member->held / sizeof *member->held; port++) {
            close(member->held[port]);
        }
    }
}

void etcd_cluster_place(const struct etcd_cluster *cluster, const char *prefix,
                        char place[static ETCD_CLUSTER_PLACE_SIZE])
{
    const bool has_tls = cluster->settings.certificates != NULL;
    size_t length =
        (size_t)snprintf(place, ETCD_CLUSTER_PLACE_SIZE, has_tls ? "etcds://" : "etcd://");
    for (size_t i = 0; i < cluster->settings.members; i++) {
        const struct etcd_cluster_member *member = &cluster->members[i];
        length +=
            (size_t)snprintf(place + length, ETCD_CLUSTER_PLACE_SIZE - length, "%s127.0.0.1:%u",
                             i == 0 ? "" : ",", has_tls ? member->tls_port : member->port);
    }
    length += (size_t)snprintf(place + length, ETCD_CLUSTER_PLACE_SIZE - length, "/%s", prefix);
    ck_assert_uint_lt(length, ETCD_CLUSTER_PLACE_SIZE);
}

static int64_t now_ns(void)
{
    return clock_monotonic.now(&clock_monotonic);
}

/* Which of the members that run is the leader; their count: none. */
static size_t find_leader(const struct etcd_cluster *cluster)
{
    size_t i = 0;
    for (; i < cluster->settings.members; i++) {
        const struct etcd_gateway gateway = gateway_of(cluster, i);
        if (is_running(&cluster->members[i]) && etcd_gateway_is_leader(&gateway)) {
            break;
        }
    }
    return i;
}

size_t etcd_cluster_leader(const struct etcd_cluster *cluster)
{
    const int64_t until = now_ns() + PATIENCE_NS;
    size_t leader;
    while ((leader = find_leader(cluster)) == cluster->settings.members) {
        if (now_ns() > until) {
            give_up(cluster, "etcd has no leader");
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
    return leader;
}

static bool all_are_healthy(const struct etcd_cluster *cluster)
{
    bool all = true;
    for (size_t i = 0; i < cluster->settings.members && all; i++) {
        const struct etcd_gateway gateway = gateway_of(cluster, i);
        all = !is_running(&cluster->members[i]) || etcd_gateway_is_healthy(&gateway);
    }
    return all;
}

void etcd_cluster_await(const struct etcd_cluster *cluster)
{
    const int64_t until = now_ns() + PATIENCE_NS;
    while (!all_are_healthy(cluster)) {
        if (now_ns() > until) {
            give_up(cluster, "etcd does not serve");
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
}

/* ---- Faults ---------------------------------------------------------------------------------- */

void etcd_cluster_kill(struct etcd_cluster *cluster, size_t i, int number)
{
    struct etcd_cluster_member *member = &cluster->members[i];
    program_signal(member->program, number);
    (void)program_wait_exit(member->program);
    program_destroy(member->program);
    held_calls_destroy(member->disk);
    member->program = NULL;
    member->disk = NULL;
    member->is_stopped = false;
}

void etcd_cluster_restart(struct etcd_cluster *cluster, size_t i)
{
    run(cluster, i);
}

void etcd_cluster_stop(struct etcd_cluster *cluster, size_t i)
{
    program_signal(cluster->members[i].program, SIGSTOP);
    cluster->members[i].is_stopped = true;
}

void etcd_cluster_go_on(struct etcd_cluster *cluster, size_t i)
{
    program_signal(cluster->members[i].program, SIGCONT);
    cluster->members[i].is_stopped = false;
}

void etcd_cluster_freeze(struct etcd_cluster *cluster, size_t i)
{
    ck_assert_ptr_nonnull(cluster->members[i].disk);
    held_calls_hold(cluster->members[i].disk);
}

void etcd_cluster_thaw(struct etcd_cluster *cluster, size_t i)
{
    held_calls_release(cluster->members[i].disk);
}

/* ---- Space ----------------------------------------------------------------------------------- */

#define FILLING "filling/"

void etcd_cluster_fill(const struct etcd_cluster *cluster)
{
    enum { BYTES = 1 << 19, MORE = 100 };
    const struct etcd_gateway gateway = gateway_of(cluster, etcd_cluster_leader(cluster));
    char key[32];
    ck_assert_uint_gt(cluster->settings.quota_bytes, 0);
    for (unsigned i = 0; !etcd_gateway_has_alarm(&gateway); i++) {
        snprintf(key, sizeof key, FILLING "%u", i);
        ck_assert_uint_lt(i, cluster->settings.quota_bytes / BYTES + MORE);
        etcd_gateway_put(&gateway, key, BYTES);
    }
}

void etcd_cluster_make_room(const struct etcd_cluster *cluster)
{
    const struct etcd_gateway leader = gateway_of(cluster, etcd_cluster_leader(cluster));
    etcd_cluster_delete(cluster, FILLING);
    etcd_gateway_compact(&leader);
    for (size_t i = 0; i < cluster->settings.members; i++) {
        const struct etcd_gateway gateway = gateway_of(cluster, i);
        etcd_gateway_defragment(&gateway);
    }
    etcd_gateway_disarm(&leader);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

void etcd_cluster_delete(const struct etcd_cluster *cluster, const char *prefix)
{
    const struct etcd_gateway gateway = gateway_of(cluster, etcd_cluster_leader(cluster));
    etcd_gateway_tell(&gateway, "/v3/kv/deleterange", etcd_gateway_prefix(prefix));
}

uint64_t etcd_cluster_count(const struct etcd_cluster *cluster, const char *prefix)
{
    const struct etcd_gateway gateway = gateway_of(cluster, etcd_cluster_leader(cluster));
    json_t *question = etcd_gateway_prefix(prefix);
    json_object_set_new(question, "count_only", json_true());
    json_t *answer = etcd_gateway_ask(&gateway, "/v3/kv/range", question);
    ck_assert_msg(answer != NULL, "etcd does not count");
    const json_t *count = json_object_get(answer, "count"); /* absent: zero */
    uint64_t result = count == NULL ? 0 : strtoull(json_string_value(count), NULL, 10);
    json_decref(answer);
    return result;
}
