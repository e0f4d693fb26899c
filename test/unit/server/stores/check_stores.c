/* The values of --store, and what each kind of store is. */
#include "server/stores/stores.h"
#include "shared/base/clock.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *place;
    const char *wrong; /* NULL: nothing */
    const char *name;
    bool is_durable;
} rows[] = {
    {"memory", NULL, "memory", false},
    {"file:/var/lib/comms/sessions", NULL, "file", true},
    {"file:relative", NULL, "file", true},
    {"file::", NULL, "file", true},
    {"file:", "a path is missing: write --store file:PATH", "file", true},
    {"memory:x", "memory has no place: write --store memory", "memory", false},
    {"memory ", "memory has no place: write --store memory", "memory", false},
    {"", "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX", NULL, false},
    {"file", "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX", NULL,
     false},
    {"FILE:x", "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX", NULL,
     false},
    {" file:x", "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX", NULL,
     false},
    {"/var/lib/comms/sessions",
     "expected memory, file:PATH, etcd://HOSTS/PREFIX or etcds://HOSTS/PREFIX", NULL, false},
};

START_TEST(values)
{
    const char *wrong = store_check(rows[_i].place);
    if (rows[_i].wrong == NULL) {
        ck_assert_msg(wrong == NULL, "%s", wrong);
    } else {
        ck_assert_ptr_nonnull(wrong);
        ck_assert_str_eq(wrong, rows[_i].wrong);
    }
    ck_assert_pstr_eq(store_name(rows[_i].place), rows[_i].name);
    ck_assert_int_eq(store_is_durable(rows[_i].place), rows[_i].is_durable);
}
END_TEST

START_TEST(each_kind_opens_and_closes)
{
    char place[FILE_PATH_SIZE + 8];
    char problem[STORE_PROBLEM_SIZE];
    snprintf(place, sizeof place, "file:%s", file_path);
    const char *const places[] = {"memory", place};
    for (size_t i = 0; i < 2; i++) {
        const struct sessions_settings settings = {.max_sessions = 10,
                                                   .timeout_ns = NS_PER_S,
                                                   .clock = &clock_monotonic,
                                                   .starts_pending = store_is_durable(places[i])};
        struct sessions *sessions = sessions_create(&settings);
        const struct store_settings open = {.place = places[i]};
        struct store *store = store_open(&open, sessions, problem);
        ck_assert_msg(store != NULL, "%s", problem);
        ck_assert(store->close(store));
        sessions_destroy(sessions);
    }
}
END_TEST

START_TEST(a_kind_that_cannot_open_says_why)
{
    char place[FILE_PATH_SIZE + 8];
    char problem[STORE_PROBLEM_SIZE];
    snprintf(place, sizeof place, "file:%s", file_folder);
    const struct store_settings open = {.place = place};
    ck_assert_ptr_null(store_open(&open, NULL, problem));
    ck_assert_ptr_nonnull(strstr(problem, "is a directory"));
}
END_TEST

Suite *stores_suite(void)
{
    Suite *suite = suite_create("stores");
    TCase *tcase = tcase_create("stores");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_add_loop_test(tcase, values, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, each_kind_opens_and_closes);
    tcase_add_test(tcase, a_kind_that_cannot_open_says_why);
    return suite;
}
