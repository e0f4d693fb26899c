/* The place of a shared store, as --store names it. */
#include "server/stores/etcd/etcd_target.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>

static struct etcd_target parsed;

static void must_parse(const char *text)
{
    const char *wrong = etcd_target_parse(text, &parsed);
    ck_assert_msg(wrong == NULL, "'%s': %s", text, wrong);
}

static void must_refuse(const char *text, const char *because)
{
    const char *wrong = etcd_target_parse(text, &parsed);
    ck_assert_msg(wrong != NULL, "'%s' is accepted", text);
    ck_assert_msg(strstr(wrong, because) != NULL, "'%s': '%s' does not say '%s'", text, wrong,
                  because);
}

static void must_be_uri(size_t member, const char *uri)
{
    char text[ETCD_MEMBER_SIZE];
    etcd_target_uri(&parsed.members[member], text);
    ck_assert_str_eq(text, uri);
}

START_TEST(members_and_prefix_are_read)
{
    must_parse("a.example:1234,10.0.0.2,[2001:db8::1]:99/comms/production");
    ck_assert_uint_eq(parsed.member_count, 3);
    ck_assert_str_eq(parsed.prefix, "comms/production");
    must_be_uri(0, "dns:///a.example:1234");
    must_be_uri(1, "ipv4:10.0.0.2:2379");
    must_be_uri(2, "ipv6:[2001:db8::1]:99");
}
END_TEST

START_TEST(port_and_prefix_have_defaults)
{
    static const char *const texts[] = {"localhost", "localhost/", "localhost/comms",
                                        "localhost:2379/comms"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        must_parse(texts[i]);
        ck_assert_str_eq(parsed.prefix, "comms");
        must_be_uri(0, "dns:///localhost:2379");
    }
}
END_TEST

START_TEST(an_ipv6_address_may_stand_alone_and_have_an_interface)
{
    must_parse("::1,fe80::1%eth0/x");
    must_be_uri(0, "ipv6:[::1]:2379");
    must_be_uri(1, "ipv6:[fe80::1%25eth0]:2379");
}
END_TEST

START_TEST(wrong_members_are_refused)
{
    must_refuse("", "empty member");
    must_refuse("/comms", "empty member");
    must_refuse("a,,b", "empty member");
    must_refuse("a,", "empty member");
    must_refuse(",a", "empty member");
    must_refuse("a:0", "port from 1 to 65535");
    must_refuse("a:65536", "port from 1 to 65535");
    must_refuse("a:", "port from 1 to 65535");
    must_refuse("a b", "host name");
    must_refuse("1.2.3", "four numbers");
    must_refuse("[::1", "[ADDRESS]");
    must_refuse("a:1,b:2,a:1", "each member once");
    must_refuse("a,a:2379", "each member once");
    must_refuse("unix:etcd", "TCP");
}
END_TEST

START_TEST(a_user_does_not_belong_into_it)
{
    must_refuse("me:secret@a:2379/x", "--store-password-file");
    must_refuse("me@a", "--store-user");
}
END_TEST

START_TEST(wrong_prefixes_are_refused)
{
    must_refuse("a//", "empty parts");
    must_refuse("a//b", "empty parts");
    must_refuse("a/b/", "empty parts");
    must_refuse("a/b//c", "empty parts");
    must_refuse("a/b c", "letters, digits");
    must_refuse("a/b?c", "letters, digits");
    must_refuse("a/\xc3\xa4", "letters, digits");
    must_refuse("a/b,c", "letters, digits");
}
END_TEST

START_TEST(the_longest_of_all_fits)
{
    char text[ETCD_MEMBERS_MAX * 8 + ETCD_PREFIX_SIZE + 16];
    size_t length = 0;
    for (int i = 0; i < ETCD_MEMBERS_MAX; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%sh%d", i == 0 ? "" : ",", i);
    }
    text[length] = '/';
    memset(text + length + 1, 'p', ETCD_PREFIX_SIZE);
    text[length + ETCD_PREFIX_SIZE] = '\0';
    must_parse(text);
    ck_assert_uint_eq(parsed.member_count, ETCD_MEMBERS_MAX);
    ck_assert_uint_eq(strlen(parsed.prefix), ETCD_PREFIX_SIZE - 1);
    text[length + ETCD_PREFIX_SIZE] = 'p';
    text[length + ETCD_PREFIX_SIZE + 1] = '\0';
    must_refuse(text, "at most 128");
    memcpy(text + length, ",one", sizeof ",one");
    must_refuse(text, "at most 15 members");
}
END_TEST

Suite *etcd_target_suite(void)
{
    Suite *suite = suite_create("etcd-target");
    TCase *test_case = tcase_create("all");
    tcase_add_test(test_case, members_and_prefix_are_read);
    tcase_add_test(test_case, port_and_prefix_have_defaults);
    tcase_add_test(test_case, an_ipv6_address_may_stand_alone_and_have_an_interface);
    tcase_add_test(test_case, wrong_members_are_refused);
    tcase_add_test(test_case, a_user_does_not_belong_into_it);
    tcase_add_test(test_case, wrong_prefixes_are_refused);
    tcase_add_test(test_case, the_longest_of_all_fits);
    suite_add_tcase(suite, test_case);
    return suite;
}
