#include "server/stores/stores.h"

#include "server/sessions/store_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One kind of store. */
struct store_kind {
    const char *prefix;                 /* the value of --store begins with it */
    bool is_durable;                    /* as store_is_durable */
    const char *(*check)(const char *); /* as store_check, of what follows the prefix */
    struct store *(*open)(const struct store_settings *settings, const char *rest,
                          struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE]);
};

static const char *check_memory(const char *rest)
{
    return *rest == '\0' ? NULL : "memory has no place: write --store memory";
}

static void close_memory(struct store *store)
{
    free(store);
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

static const struct store_kind kinds[] = {
    {.prefix = "memory", .check = check_memory, .open = open_memory},
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
    return kind == NULL ? "expected memory" : kind->check(place + strlen(kind->prefix));
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
