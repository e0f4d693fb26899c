/* The options of the store: which belong together, and what is said of wrong ones. */
#include "shared/base/clock.h"
#include "test/kit/server_options_fixture.h"
#include "test/suites.h"

START_TEST(a_shared_store_has_its_options)
{
    server_must_parse(
        "--mode stateful --store etcds://a,b:99/p --store-ca ca.pem --store-cert c.pem "
        "--store-key c.key --store-user me --store-password-file pw --store-state st "
        "--session-timeout 7s");
    const struct store_settings *store = &parsed_options.store;
    ck_assert_str_eq(store->place, "etcds://a,b:99/p");
    ck_assert_str_eq(store->tls.authorities, "ca.pem");
    ck_assert_str_eq(store->tls.certificate, "c.pem");
    ck_assert_str_eq(store->tls.key, "c.key");
    ck_assert_str_eq(store->user, "me");
    ck_assert_str_eq(store->password_file, "pw");
    ck_assert_str_eq(store->state_file, "st");
    ck_assert_int_eq(store->session_timeout_ns, 7 * NS_PER_S);
    ck_assert(store_is_durable(store->place));
    server_options_cleanup(&parsed_options);
    server_must_parse("--mode stateful --store etcd://a");
    server_options_cleanup(&parsed_options);
}
END_TEST

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"--store etcd://a", "--store requires --mode stateful"},
    {"-m stateful --store etcd://",
     "invalid --store 'etcd://': expected HOST:PORT,HOST:PORT/PREFIX, "
     "without an empty member"},
    {"-m stateful --store etcds://a", "--store etcds:// requires --store-ca"},
    {"-m stateful --store etcds://a --store-ca c --store-key k",
     "--store-cert and --store-key require each other"},
    {"-m stateful --store etcds://a --store-ca c --store-cert k",
     "--store-cert and --store-key require each other"},
    {"-m stateful --store etcd://a --store-ca c",
     "--store-ca, --store-cert and --store-key require --store etcds://"},
    {"-m stateful --store etcd://a --store-user u",
     "--store-user and --store-password-file require each other"},
    {"-m stateful --store etcd://a --store-password-file u",
     "--store-user and --store-password-file require each other"},
    {"-m stateful --store-user u --store-password-file p",
     "--store-user and --store-password-file require --store etcd:// or etcds://"},
    {"-m stateful --store memory --store-state s",
     "--store-state requires --store etcd:// or etcds://"},
};

START_TEST(what_does_not_belong_together_is_refused)
{
    server_must_refuse(refusals[_i].words, refusals[_i].line);
}
END_TEST

Suite *server_options_store_suite(void)
{
    Suite *suite = suite_create("server-options-store");
    TCase *test_case = tcase_create("all");
    tcase_add_test(test_case, a_shared_store_has_its_options);
    tcase_add_loop_test(test_case, what_does_not_belong_together_is_refused, 0,
                        (int)(sizeof refusals / sizeof refusals[0]));
    suite_add_tcase(suite, test_case);
    return suite;
}
