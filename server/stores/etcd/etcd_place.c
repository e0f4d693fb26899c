#include "server/stores/etcd/etcd_place.h"

#include "server/stores/etcd/etcd_client.h"
#include "server/stores/etcd/etcd_state_file.h"
#include "server/stores/etcd/etcd_store.h"
#include "shared/base/log.h"
#include "shared/base/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
    struct etcd_store store; /* first: a pointer to one is a pointer to the other */
    struct etcd_target target;
    struct etcd_secrets secrets;
    struct etcd_state_file state;
    struct etcd_client *client;
    pthread_t thread;
};

const char *etcd_place_check(const char *rest)
{
    struct etcd_target target;
    return etcd_target_parse(rest, &target);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void *run(void *argument)
{
    struct place *place = argument;
    int64_t next;
    thread_set_name("store");
    while ((next = etcd_store_run(&place->store)) >= 0) {
        const int64_t wait = next - clock_boottime.now(&clock_boottime);
        etcd_client_run(place->client, wait < 0 ? 0 : wait);
    }
    return NULL;
}

static void wake(void *context)
{
    const struct place *place = context;
    etcd_client_wake(place->client);
}

static void took_id(void *context, uint64_t id, bool is_alone)
{
    struct place *place = context;
    etcd_state_file_write(&place->state, id, is_alone);
}

/* ---- The end --------------------------------------------------------------------------------- */

static void free_place(struct place *place)
{
    etcd_client_destroy(place->client);
    etcd_state_file_close(&place->state);
    etcd_secrets_cleanup(&place->secrets);
    free(place);
}

/* What was not given away is in etcd as this server's own. */
static void log_counts(struct store *store, struct sessions *sessions)
{
    struct store_status status;
    store->status(store, &status);
    const bool is_complete = status.queue == 0 && sessions_count(sessions) == 0;
    log_event(is_complete ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARN, "store closed",
              log_number("writes", status.writes), log_number("refused", status.refusals),
              log_number("unwritten", status.queue),
              log_text("effect", is_complete
                                     ? NULL
                                     : "its sessions go on elsewhere when it is declared dead"));
}

/* The thread ends within two seconds, whatever etcd does. */
static bool close_place(struct store *store)
{
    struct place *place = (struct place *)(void *)store;
    etcd_store_end(&place->store);
    (void)pthread_join(place->thread, NULL);
    log_counts(store, place->store.sessions);
    etcd_client_drop_calls(place->client);
    etcd_store_cleanup(&place->store);
    free_place(place);
    return true;
}

/* ---- The beginning --------------------------------------------------------------------------- */

static bool read_files(struct place *place, const struct store_settings *settings, bool has_tls,
                       char problem[static STORE_PROBLEM_SIZE])
{
    place->secrets = (struct etcd_secrets){
        .has_tls = has_tls, .paths = settings->tls, .password_file = settings->password_file};
    return etcd_secrets_read(&place->secrets, problem, STORE_PROBLEM_SIZE) &&
           etcd_state_file_open(&place->state, settings->state_file, problem, STORE_PROBLEM_SIZE);
}

static bool start(struct place *place, const struct store_settings *settings,
                  struct sessions *sessions)
{
    const struct etcd_client_settings client = {
        .target = &place->target, .secrets = &place->secrets, .user = settings->user};
    place->client = etcd_client_create(&client);
    if (place->client == NULL) {
        return false;
    }
    const struct etcd_core_settings core = {.sessions = sessions,
                                            .prefix = place->target.prefix,
                                            .link = etcd_client_link(place->client),
                                            .clock = &clock_boottime,
                                            .session_timeout_ns = settings->session_timeout_ns,
                                            .predecessors = place->state.predecessors,
                                            .predecessor_count = place->state.predecessor_count,
                                            .took_id = took_id,
                                            .context = place};
    if (etcd_store_init(&place->store, &core, wake, place) != 0) {
        return false;
    }
    place->store.store.close = close_place;
    if (thread_start(&place->thread, 0, run, place) != 0) {
        etcd_store_cleanup(&place->store);
        return false;
    }
    return true;
}

static struct store *open_place(const struct store_settings *settings, const char *rest,
                                bool has_tls, struct sessions *sessions,
                                char problem[static STORE_PROBLEM_SIZE])
{
    struct place *place = calloc(1, sizeof *place);
    (void)snprintf(problem, STORE_PROBLEM_SIZE, "cannot start: no thread or memory left");
    if (place == NULL) {
        return NULL;
    }
    place->state.descriptor = -1;
    const char *wrong = etcd_target_parse(rest, &place->target);
    if (wrong != NULL) {
        (void)snprintf(problem, STORE_PROBLEM_SIZE, "%s", wrong);
    }
    if (wrong == NULL && read_files(place, settings, has_tls, problem) &&
        start(place, settings, sessions)) {
        return &place->store.store;
    }
    free_place(place);
    return NULL;
}

struct store *etcd_place_open(const struct store_settings *settings, const char *rest,
                              struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE])
{
    return open_place(settings, rest, false, sessions, problem);
}

struct store *etcd_place_open_tls(const struct store_settings *settings, const char *rest,
                                  struct sessions *sessions,
                                  char problem[static STORE_PROBLEM_SIZE])
{
    return open_place(settings, rest, true, sessions, problem);
}
