/*
 * Lets one allocation of a program fail, of those that our own objects ask for: number
 * FAIL_ALLOCATION, from 1 on; or the first one at place FAIL_PLACE of the code, from 1 on. The
 * programs in build/allocation are linked with it (--wrap), so that libraries allocate as ever.
 * Says on standard error that it has happened. From any thread.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { PLACES_MAX = 256 };

/* NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the names of ld --wrap
 */
/* The names that ld --wrap gives: what our objects call, and what they would have called. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);

/* The number of the place, from 1 on, in the order in which they first allocate; 0: it has
 * allocated before. */
static unsigned long place_number(const void *place)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static const void *places[PLACES_MAX];
    static unsigned long count;
    bool is_new = true;
    (void)pthread_mutex_lock(&lock);
    for (unsigned long i = 0; i < count && is_new; i++) {
        is_new = places[i] != place;
    }
    unsigned long number = 0;
    if (is_new && count < PLACES_MAX) {
        places[count++] = place;
        number = count;
    }
    (void)pthread_mutex_unlock(&lock);
    return number;
}

static bool is_chosen(const char *variable, unsigned long number)
{
    const char *text = getenv(variable);
    return text != NULL && number == strtoul(text, NULL, 10);
}

/* `place` is the address of the call. */
static bool fails(const void *place)
{
    static const char said[] = "the allocation fails\n";
    static atomic_ulong count;
    bool is_counted = is_chosen("FAIL_ALLOCATION", atomic_fetch_add(&count, 1) + 1);
    if (!is_chosen("FAIL_PLACE", place_number(place)) && !is_counted) {
        return false;
    }
    ssize_t written = write(STDERR_FILENO, said, sizeof said - 1);
    errno = written < 0 ? errno : ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __real_realloc(memory, size);
}
/* NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming) */
