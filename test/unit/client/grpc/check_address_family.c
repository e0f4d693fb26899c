/* client/grpc/address_family: the addresses that names stand for, here and in C core. */
#include "client/grpc/address_family.h"
#include "test/kit/channel_fixture.h"
#include "test/kit/serving.h"
#include "test/suites.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void tear_down(void)
{
    address_family_choose(ADDRESS_ANY);
}

/* How many addresses of a family localhost has, whose hints ask for `asked`. */
static unsigned count_found(int asked, int family)
{
    const struct addrinfo hints = {.ai_family = asked, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    unsigned count = 0;
    int status = getaddrinfo("localhost", "80", &hints, &found);
    for (const struct addrinfo *at = found; status == 0 && at != NULL; at = at->ai_next) {
        count += at->ai_family == family ? 1 : 0;
    }
    if (status == 0) {
        freeaddrinfo(found);
    }
    return count;
}

/* A machine may have no IPv6 address for localhost. */
START_TEST(only_addresses_of_the_family_are_found)
{
    unsigned ipv6 = count_found(AF_UNSPEC, AF_INET6);
    ck_assert_uint_gt(count_found(AF_UNSPEC, AF_INET), 0);
    address_family_choose(ADDRESS_IPV4);
    ck_assert_uint_gt(count_found(AF_UNSPEC, AF_INET), 0);
    ck_assert_uint_eq(count_found(AF_UNSPEC, AF_INET6), 0);
    address_family_choose(ADDRESS_IPV6);
    ck_assert_uint_eq(count_found(AF_UNSPEC, AF_INET), 0);
    ck_assert_uint_eq(count_found(AF_UNSPEC, AF_INET6), ipv6);
    ck_assert_uint_gt(count_found(AF_INET, AF_INET), 0); /* who asks for a family gets it */
}
END_TEST

START_TEST(a_literal_address_stays_what_it_is)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    address_family_choose(ADDRESS_IPV6);
    ck_assert_int_eq(getaddrinfo("127.0.0.1", "80", &hints, &found), 0);
    ck_assert_int_eq(found->ai_family, AF_INET);
    freeaddrinfo(found);
}
END_TEST

/* The server has an IPv4 address only. */
START_TEST(c_core_looks_names_up_in_this_way)
{
    char target[64];
    static struct channel_route route;
    setenv("GRPC_DNS_RESOLVER", "native", 1); /* NOLINT(concurrency-mt-unsafe) */
    channel_set_up();
    channel_serve_one_by_one();
    const char *port = strrchr(scripted_server_target(scripted_server), ':');
    snprintf(target, sizeof target, "dns:///localhost%s", port);
    route = (struct channel_route){.target = target, .connect_timeout_ns = 20 * NS_PER_S};
    address_family_choose(_i == 0 ? ADDRESS_IPV4 : ADDRESS_IPV6);
    channel_cleanup(&channels[0]);
    ck_assert(channel_init(&channels[0], &route, 1));
    begin_call(&callers[0], &channels[0]);
    if (_i == 0) {
        await_replies(&callers[0], 1);
        hang_up(&callers[0]);
    } else {
        ck_assert_int_eq(await_end(&callers[0]), STATUS_UNAVAILABLE);
        ck_assert_uint_eq(scripted_server_request_count(scripted_server), 0);
    }
    channel_tear_down();
}
END_TEST

Suite *address_family_suite(void)
{
    Suite *suite = suite_create("address-family");
    TCase *tcase = tcase_create("address-family");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, only_addresses_of_the_family_are_found);
    tcase_add_test(tcase, a_literal_address_stays_what_it_is);
    tcase_add_loop_test(tcase, c_core_looks_names_up_in_this_way, 0, 2);
    return suite;
}
