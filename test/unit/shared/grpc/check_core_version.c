/* shared/grpc/core_version: the C core that is known, and another one. */
#include "shared/grpc/core_version.h"
#include "test/kit/capture.h"
#include "test/suites.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char said[CAPTURE_SIZE];

static void check_captured(const char *version)
{
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    core_version_check(version);
    capture_end(&capture, said);
}

/* The tests of what depends on it try nothing with another one. */
START_TEST(this_core_is_the_known_one)
{
    char text[64];
    ck_assert(core_version_is_known());
    core_version_describe(text, sizeof text);
    ck_assert_str_eq(text, "gRPC C core " CORE_VERSION_KNOWN);
    check_captured(CORE_VERSION_KNOWN);
    ck_assert_str_eq(said, "");
    ck_assert(core_version_is_known());
    ck_assert_ptr_nonnull(core_version_texts());
}
END_TEST

START_TEST(a_description_is_cut)
{
    char text[8];
    core_version_describe(text, sizeof text);
    ck_assert_str_eq(text, "gRPC C ");
}
END_TEST

START_TEST(of_another_core_nothing_is_known)
{
    static const char *const versions[] = {"30.0.0", "29.0.1", "29.0.0-dev", "29", ""};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        check_captured(versions[i]);
        ck_assert(!core_version_is_known());
        ck_assert_ptr_null(core_version_texts());
        core_version_ignore_deadlocks(); /* leaves them as they are */
    }
    check_captured(CORE_VERSION_KNOWN);
    ck_assert(core_version_is_known());
}
END_TEST

START_TEST(another_core_is_warned_of_once)
{
    check_captured("30.0.0");
    const char *line = strchr(said, ' ');
    ck_assert_ptr_nonnull(line);
    ck_assert_str_eq(line,
                     " warn   unknown gRPC C core version=30.0.0 known=29.0.0 effect=\"slower "
                     "locks; no addresses and no cuts of connections; breaks are named "
                     "only by their status\"\n");
}
END_TEST

START_TEST(the_last_reference_of_a_mutator_is_known)
{
    static const struct core_socket_mutator_functions functions = {.destroy = NULL};
    struct core_socket_mutator mutator;
    core_socket_mutator_init(&mutator, &functions);
    core_socket_mutator_ref(&mutator);
    ck_assert(!core_socket_mutator_unref(&mutator));
    ck_assert(core_socket_mutator_unref(&mutator));
}
END_TEST

/* What the user has set stays, also the experiment itself. */
START_TEST(reads_are_bounded_unless_the_user_says_otherwise)
{
    static const struct {
        const char *set;
        const char *wanted;
    } trials[] = {{NULL, "-tcp_read_chunks"},
                  {"", "-tcp_read_chunks"},
                  {"tcp_rcv_lowat", "tcp_rcv_lowat,-tcp_read_chunks"},
                  {"tcp_read_chunks", "tcp_read_chunks"},
                  {"-tcp_read_chunks", "-tcp_read_chunks"},
                  {"a,tcp_read_chunks,b", "a,tcp_read_chunks,b"}};
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        if (trials[i].set == NULL) {
            unsetenv("GRPC_EXPERIMENTS");
        } else {
            setenv("GRPC_EXPERIMENTS", trials[i].set, 1);
        }
        core_version_bound_reads();
        ck_assert_str_eq(getenv("GRPC_EXPERIMENTS"), trials[i].wanted);
    }
}
END_TEST

START_TEST(another_core_keeps_its_reads)
{
    unsetenv("GRPC_EXPERIMENTS");
    check_captured("30.0.0");
    core_version_bound_reads();
    ck_assert_ptr_null(getenv("GRPC_EXPERIMENTS"));
}
END_TEST

Suite *core_version_suite(void)
{
    Suite *suite = suite_create("core-version");
    TCase *tcase = tcase_create("core-version");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, this_core_is_the_known_one);
    tcase_add_test(tcase, a_description_is_cut);
    tcase_add_test(tcase, of_another_core_nothing_is_known);
    tcase_add_test(tcase, another_core_is_warned_of_once);
    tcase_add_test(tcase, the_last_reference_of_a_mutator_is_known);
    tcase_add_test(tcase, reads_are_bounded_unless_the_user_says_otherwise);
    tcase_add_test(tcase, another_core_keeps_its_reads);
    return suite;
}
