#include "server/stores/stores.h"

#include "server/sessions/store_memory.h"
#include "server/stores/etcd/etcd_place.h"
#include "server/stores/file_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One kind of store. */
struct store_kind {
    const char *name;   /* as store_name */
    const char *prefix; /* the value of --store begins with it */
    bool is_durable;    /* as store_is_durable */
    bool is_shared;     /* it has a user, and a file of --store-state */
    bool has_tls;
    const char *(*check)(const char *); /* as store_check, of what follows the prefix */
    struct store *(*open)(const struct store_settings *settings, const char *rest,
                          struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE]);
};

static const char *check_memory(const char *rest)
{
    return *rest == '\0' ? NULL : "memory has no place: write --store memory";
}

static bool close_memory(struct store *store)
{
    free(store);
    return true;
}

static struct store *open_memory(const struct store_settings *settings, const char *rest,
                                 struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE])
{
    (void)settings;
    (void)rest;
    struct store_memory *memory = malloc(sizeof *memory);
    if (memory == NULL) {
        (void)snprintf(problem, STORE_PROBLEM_SIZE, "cannot start: out of memory");
        return NULL;
    }
    store_memory_init(memory, sessions);
    memory->store.close = close_memory;
    return &memory->store;
}

static const char *check_file(const char *path)
{
    return *path != '\0' ? NULL : "a path is missing: write --store file:PATH";
}

static struct store *open_file(const struct store_settings *settings, const char *path,
                               struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE])
{
    (void)settings;
    return file_store_open(path, &clock_monotonic, sessions, problem);
}

static const struct store_kind kinds[] = {
    {.name = "memory", .prefix = "memory", .check = check_memory, .open = open_memory},
    {.name = "file", .prefix = "file:", .is_durable = true, .check = check_file, .open = open_file},
    {.name = "etcd",
     .prefix = "etcd://",
     .is_durable = true,
     .is_shared = true,
     .check = etcd_place_check,
     .open = etcd_place_open},
    {.name = "etcd",
     .prefix = "etcds://",
     .is_durable = true,
     .is_shared = true,
     .has_tls = true,
     .check = etcd_place_check,
     .open = etcd_place_open_tls},
};

static const struct store_kind *find_kind(const char *place)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(place, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const char *store_check(const char *place)
{
    const struct store_kind *kind = find_kind(place);
    return kind == NULL ? "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX"
                        : kind->check(place + strlen(kind->prefix));
}

const char *store_name(const char *place)
{
    const struct store_kind *kind = find_kind(place);
    return kind == NULL ? NULL : kind->name;
}

const char *store_check_settings(const struct store_settings *settings)
{
    const struct store_kind *kind = find_kind(settings->place);
    const struct certificate_paths *tls = &settings->tls;
    const bool is_shared = kind != NULL && kind->is_shared;
    const bool has_tls = kind != NULL && kind->has_tls;
    if (!has_tls && (tls->authorities != NULL || tls->certificate != NULL || tls->key != NULL)) {
        return "--store-ca, --store-cert and --store-key require --store etcds://";
    }
    if (has_tls && tls->authorities == NULL) {
        return "--store etcds:// requires --store-ca";
    }
    if ((tls->certificate == NULL) != (tls->key == NULL)) {
        return "--store-cert and --store-key require each other";
    }
    if (!is_shared && (settings->user != NULL || settings->password_file != NULL)) {
        return "--store-user and --store-password-file require --store etcd:// or etcds://";
    }
    if ((settings->user == NULL) != (settings->password_file == NULL)) {
        return "--store-user and --store-password-file require each other";
    }
    if (!is_shared && settings->state_file != NULL) {
        return "--store-state requires --store etcd:// or etcds://";
    }
    return NULL;
}

bool store_is_durable(const char *place)
{
    const struct store_kind *kind = find_kind(place);
    return kind != NULL && kind->is_durable;
}

struct store *store_open(const struct store_settings *settings, struct sessions *sessions,
                         char problem[static STORE_PROBLEM_SIZE])
{
    const struct store_kind *kind = find_kind(settings->place);
    if (kind == NULL) {
        (void)snprintf(problem, STORE_PROBLEM_SIZE, "no such store: %s", settings->place);
        return NULL;
    }
    return kind->open(settings, settings->place + strlen(kind->prefix), sessions, problem);
}
