/* server/net/listen_list: each address once, in the order given. */
#include "server/net/listen_list.h"
#include "shared/base/address.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct listen_list list;
static char folder[SCRATCH_FOLDER_SIZE];

static void set_up(void)
{
    scratch_folder_make(folder, "listen-list");
    ck_assert_int_eq(chdir(folder), 0);
}

static void tear_down(void)
{
    listen_list_cleanup(&list);
    ck_assert_int_eq(chdir("/"), 0);
    scratch_folder_remove(folder);
}

static void must_add(const char *text)
{
    const char *wrong = listen_list_add(&list, text);
    ck_assert_msg(wrong == NULL, "%s: %s", text, wrong);
}

static void must_be(const char *wanted)
{
    char all[512] = "";
    for (size_t i = 0; i < list.count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        address_describe((const struct sockaddr *)&list.items[i].address, list.items[i].length,
                         text, sizeof text);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", text);
        ck_assert(!list.items[i].is_skipped);
    }
    ck_assert_str_eq(all, wanted);
}

START_TEST(addresses_are_kept_in_order_each_once)
{
    static const char *const texts[] = {
        "127.0.0.2",       "::1",       "127.0.0.1",      "[::1]",
        "127.0.0.2",       "0:0::0:01", "ipv4:127.0.0.1", "::ffff:127.0.0.1",
        "::ffff:127.0.0.3"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        must_add(texts[i]);
    }
    must_be("127.0.0.2:0 [::1]:0 127.0.0.1:0 127.0.0.3:0 ");
}
END_TEST

START_TEST(an_address_of_several_interfaces_is_several)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    const void *any = &address;
    ck_assert_int_eq(inet_pton(AF_INET6, "fe80::1", &address.sin6_addr), 1);
    for (uint32_t i = 1; i <= 4; i++) {
        address.sin6_scope_id = i % 2 + 1000;
        ck_assert(listen_list_add_address(&list, any, sizeof address));
    }
    ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(a_path_is_one_socket_however_it_is_written)
{
    char whole[128];
    ck_assert_int_eq(mkdir("below", 0700), 0);
    ck_assert_int_eq(symlink("below", "link"), 0);
    snprintf(whole, sizeof whole, "unix:%s/a", folder);
    must_add("unix:a");
    must_add("unix:./a");
    must_add("unix:below/../a");
    must_add(whole);
    must_add("unix:below/a");
    must_add("unix:link/a");
    must_add("unix:b");
    must_add("unix:missing/a");
    must_add("unix:missing/a");
    must_add("unix:missing/b");
    must_be("unix:a unix:below/a unix:b unix:missing/a unix:missing/b ");
}
END_TEST

START_TEST(what_is_no_address_is_said)
{
    ck_assert_ptr_nonnull(strstr(listen_list_add(&list, "127.0.0.1:80"), "without a port"));
    ck_assert_ptr_nonnull(strstr(listen_list_add(&list, "unix:"), "path"));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(all_interfaces_overlap_with_each_of_their_family)
{
    static const char *const texts[] = {"0.0.0.0", "127.0.0.1", "::", "::1", "127.0.0.2", "unix:a"};
    static const char overlaps[6][6] = {"xx..x", "x....", "..xx.", "..x..", "x....", "....."};
    for (size_t i = 0; i < 6; i++) {
        must_add(texts[i]);
    }
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 5; k++) {
            ck_assert(listen_address_overlaps(&list.items[i], &list.items[k]) ==
                      (overlaps[i][k] == 'x'));
        }
    }
}
END_TEST

Suite *listen_list_suite(void)
{
    Suite *suite = suite_create("listen-list");
    TCase *tcase = tcase_create("listen-list");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, addresses_are_kept_in_order_each_once);
    tcase_add_test(tcase, an_address_of_several_interfaces_is_several);
    tcase_add_test(tcase, a_path_is_one_socket_however_it_is_written);
    tcase_add_test(tcase, what_is_no_address_is_said);
    tcase_add_test(tcase, all_interfaces_overlap_with_each_of_their_family);
    return suite;
}
