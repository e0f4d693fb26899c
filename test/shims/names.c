/*
 * Gives the name many.test several addresses: LD_PRELOAD. NAMES_ADDRESSES has them, with commas
 * between, in the order in which they are found; each must be of the family that is asked for. All
 * other names are the system's. From any thread.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_SIZE = 256 };

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static lookup *find_next(void)
{
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    lookup *found;
    memcpy(&found, &symbol, sizeof found);
    return found;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system has odd ones */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    lookup *next = find_next();
    const char *addresses = getenv("NAMES_ADDRESSES");
    if (addresses == NULL || node == NULL || strcmp(node, "many.test") != 0) {
        return next(node, service, hints, result);
    }
    char list[LIST_SIZE];
    char *rest = NULL;
    struct addrinfo *first = NULL;
    struct addrinfo **end = &first;
    int status = EAI_NONAME;
    (void)snprintf(list, sizeof list, "%s", addresses);
    for (char *word = strtok_r(list, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        struct addrinfo *found;
        int failure = next(word, service, hints, &found);
        status = first != NULL ? 0 : failure;
        if (failure == 0) {
            *end = found;
            for (; *end != NULL; end = &(*end)->ai_next) {
            }
        }
    }
    *result = first;
    return status;
}
